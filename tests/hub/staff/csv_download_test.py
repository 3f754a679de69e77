"""Lists are downloaded as CSV with their filter, showing of patrons no more than the page does."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from hub.catalogue.models import Branch, Title
from hub.circulation.models import Transit
from hub.circulation.operations import fees, loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from lending.transactions import ReturnMode
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db
FULL_NAMES = ("Ada Sample", "20000000000012")


@pytest.fixture
def grace(world: World) -> Grace:
    """A member of staff, in a library with an open and a closed loan, a hold and a fee of Ada."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkout(world.by, world.ada, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    world.place_hold(world.ada, world.utopia)
    fees.charge(world.by, world.ada, "lost", Decimal(30), item=world.dune)
    return Grace(role="librarian")


def sheet(grace: Grace, page: str, query: str = "") -> list[dict[str, str]]:
    view = page if ":" in page else f"staff:{page}"
    response = grace.client.get(f"{reverse(view)}?form=csv{query}")
    assert response["Content-Disposition"] == f'attachment; filename="{page.rpartition(":")[2]}.csv"'
    text = response.content.decode("utf-8-sig")
    assert [each for each in FULL_NAMES if each in text] == []
    return list(csv.DictReader(io.StringIO(text)))


def test_open_loan_has_its_masked_patron_and_a_closed_one_none(world: World, grace: Grace) -> None:
    (row,) = sheet(grace, "loans")
    assert (row["Title"], row["Barcode"], row["Patron"]) == ("Dune", world.dune.barcode, "Ada S. ···0012")
    (closed,) = sheet(grace, "loans", "&show=closed")
    assert (closed["Title"], closed["Patron"]) == ("Emma", "")


def test_holds_fees_items_and_patrons_are_listed(world: World, grace: Grace) -> None:
    (hold,) = sheet(grace, "holds")
    assert (hold["Title"], hold["Pickup branch"]) == ("Utopia", "Main")
    (fee,) = sheet(grace, "fees")
    assert (fee["Type"], fee["Title"], fee["Owed"]) == ("lost item", "Dune", "30.00")
    assert [each["Barcode"] for each in sheet(grace, "items", "&show=on_loan")] == [world.dune.barcode]
    assert {each["Patron"] for each in sheet(grace, "patrons")} >= {"Ada S. ···0012"}


def test_catalogue_overdue_loans_and_transfers_are_listed(world: World, grace: Grace) -> None:
    (title,) = sheet(grace, "search:titles", "&q=dune")
    assert (title["Title"], title["Author"]) == ("Dune", "Herbert, Frank")
    carry()
    world.advance(days=60)
    grace.sign_in()
    (late,) = sheet(grace, "reminders:overdue")
    assert (late["Title"], late["Patron"], late["Barcode"]) == ("Dune", "Ada S. ···0012", world.dune.barcode)
    assert "days overdue" in late["State"]
    east = Branch.objects.create(code="east", name="East")
    Transit.objects.create(item=world.emma, origin=world.main, target=east, noted_at=hub_clock().now())
    (way,) = sheet(grace, "transits")
    assert (way["Title"], way["Origin"], way["Destination"]) == ("Emma", "Main", "East")


def test_cell_that_a_spreadsheet_would_run_is_quoted(world: World, grace: Grace) -> None:
    Title.objects.filter(pk=world.dune.title_id).update(title="=HYPERLINK(1)")
    (row,) = sheet(grace, "loans")
    assert row["Title"] == "'=HYPERLINK(1)"


def test_every_list_links_to_its_download(grace: Grace) -> None:
    for page in ("loans", "holds", "fees", "items", "patrons"):
        assert "Download CSV" in grace.page(page), page
