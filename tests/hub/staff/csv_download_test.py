"""Lists are downloaded as CSV with their filter, showing of patrons no more than the page does."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

import hub
from hub.audit import access_log
from hub.audit.models import Act, Reason
from hub.catalogue.models import DEAD_AFTER, Branch, Edition, Title
from hub.circulation.models import ExceptionCase, Fee, Library, Transit
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.core.clock import hub_clock
from hub.core.pages.csv_download import BATCH
from hub.ils.bridge.feed_relay import carry
from hub.ils.models import Conflict
from hub.outreach.engagement.feedback import tickets
from hub.outreach.engagement.feedback.models import Feedback, Suggestion, TitleRating
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.statistics.models import Borrower
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


def sheet(grace: Grace, page: str, query: str = "", name: str = "") -> list[dict[str, str]]:
    view = page if ":" in page else f"staff:{page}"
    response = grace.client.get(f"{reverse(view)}?form=csv{query}")
    assert response["Content-Disposition"] == f'attachment; filename="{name or page.rpartition(":")[2]}.csv"'
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


def test_messages_records_feedback_and_suggestions_are_listed(world: World, grace: Grace) -> None:
    carry()
    person = Person.objects.get(ref=world.ada.ref)
    queue_message(person, MessageKind.ANSWER, "ada", {"answer": "Yes."})
    now = hub_clock().now()
    Feedback.objects.create(person=person, branch=world.main, words="=Too loud", came_at=now, due=now)
    tickets.ask(person, "find", "Where is it?", now, world.main, "t1")
    (question,) = sheet(grace, "feedback:questions")
    assert (question["Question"], question["Patron"]) == ("Where is it?", "Ada S. ···0012")
    assert sheet(grace, "feedback:questions", "&show=ended") == []
    Suggestion.objects.create(words="Solaris", isbn="", asked=2, first_at=now, changed_at=now)
    (message,) = sheet(grace, "messaging:log", name="messages")
    assert (message["Message"], message["Patron"], message["State"]) == ("reply", "Ada S. ···0012", "pending")
    assert sheet(grace, "messaging:log", "&show=failed", "messages") == []
    (comment,) = sheet(grace, "feedback:feedback")
    assert (comment["Feedback text"], comment["Patron"]) == ("'=Too loud", "Ada S. ···0012")
    (wish,) = sheet(grace, "feedback:suggestions")
    assert (wish["Title"], wish["Requests"]) == ("Solaris", "2")
    assert "Ada S. ···0012" in {each["Patron"] for each in sheet(grace, "patrons:lists", "&show=unreached", "records")}


def test_exceptions_and_accesses_are_listed(world: World, grace: Grace) -> None:
    ExceptionCase.objects.create(kiosk=world.kiosk, kind=ExceptionCase.Kind.GAP, opened_at=hub_clock().now())
    (case,) = sheet(grace, "exceptions")
    assert case["Resolution"] == ""
    assert sheet(grace, "exceptions", "&show=settled") == []
    access_log.write("grace", world.ada.ref, Act.PAGE, Reason.CARD)
    admin = Grace(role="administrator")
    assert world.ada.ref in {each["Pseudonym"] for each in sheet(admin, "audit:accesses")}
    assert sheet(admin, "audit:accesses", "&staff=linus") == []
    Library.objects.get().save()
    assert {each["Change"] for each in sheet(admin, "audit:changes", "&show=library")} >= {"changed"}


def test_key_patrons_away_are_listed(world: World, grace: Grace) -> None:
    carry()
    person = Person.objects.get(ref=world.ada.ref)
    last = hub_clock().now().date() - timedelta(days=70)
    Borrower.objects.update_or_create(person=person, defaults={"key": True, "last_on": last})
    (row,) = sheet(grace, "statistics:lapsed_key_patrons", name="key-patrons-away")
    assert (row["Patron"], row["Away"]) == ("Ada S. ···0012", "70 days ago")


def test_returns_to_check_and_holds_without_a_slip_are_listed(world: World, grace: Grace) -> None:
    loan_changes.checkout(world.by, world.lin, world.utopia)
    loan_changes.checkin(world.by, world.utopia, ReturnMode.PROVISIONAL)
    (row,) = sheet(grace, "pending_returns", name="returns-to-check")
    assert (row["Title"], row["Barcode"], row["Patron"]) == ("Utopia", world.utopia.barcode, "林** ···0020")
    world.place_hold(world.ada, world.emma)
    hold_queue.trap(world.by, world.emma)
    (slip,) = sheet(grace, "paper:slips", name="hold-slips")
    assert (slip["Hold shelf"], slip["Title"], slip["Patron"]) == ("0012", "Emma", "Ada S. ···0012")


def test_letters_due_are_listed_with_masked_patrons(world: World, grace: Grace) -> None:
    carry()
    world.advance(days=120)
    grace.sign_in()
    OpenLoan.objects.update(rung=1)
    (row,) = sheet(grace, "paper:letters")
    assert (row["Patron"], row["Items"], row["State"]) == ("Ada S. ···0012", "1", "No postal address")


def test_title_ratings_and_editions_are_listed(world: World, grace: Grace) -> None:
    month = hub_clock().now().date().replace(day=1)
    TitleRating.objects.create(title=world.dune.title, month=month, face=3, count=7)
    (row,) = sheet(grace, "feedback:books", name="title-ratings")
    assert (row["Title"], row["very happy"], row["so-so"]) == ("Dune", "5", "under 5")
    edition = Edition.objects.create(title=world.dune.title, url="http://e.example/dune")
    (title,) = sheet(grace, "online_editions:editions", "&show=all", "e-editions")
    assert (title["Title"], title["E-editions"], title["Opened in 30 days"]) == ("Dune", "1", "0")
    Edition.objects.filter(pk=edition.pk).update(fault="gone", failures=DEAD_AFTER, failing_since=hub_clock().now())
    (dead,) = sheet(grace, "online_editions:editions", "&show=dead", "e-editions")
    assert (dead["Title"], dead["Web address"]) == ("Dune", "http://e.example/dune")


def test_import_conflicts_are_listed(world: World, grace: Grace) -> None:
    now = hub_clock().now()
    Conflict.objects.create(
        source="patrons", line=7, column="name", wrong="empty", written_at=now, opened_at=now, seen_at=now
    )
    (row,) = sheet(grace, "ils:overview", name="import-conflicts")
    assert (row["Source"], row["Row"], row["Resolved"]) == ("patrons", "7", "")
    assert sheet(grace, "ils:overview", "&show=settled", "import-conflicts") == []


def test_long_list_is_sent_while_it_is_read_in_the_language_of_its_page(world: World) -> None:
    """Language, time zone and currency of the request hold for rows that are read after the view."""
    many = range(2 * BATCH + 3)
    Fee.objects.bulk_create(
        Fee(patron=world.ada, kind=Fee.Kind.OTHER, amount=Decimal(1), charged_at=hub_clock().now()) for _each in many
    )
    answer = Grace("zh-hans").client.get(f"{reverse('staff:fees')}?form=csv")
    pieces = list(answer.streaming_content)
    assert answer.streaming and len(pieces) == 4 and max(map(len, pieces)) < sum(map(len, pieces)) / 2
    lines = b"".join(pieces).decode("utf-8-sig").splitlines()
    assert len(lines) == len(many) + 1 and {each.split(",")[0] for each in lines[1:]} == {"其他"}


def lists_without_download(root: Path) -> set[str]:
    """Return the templates below `root` with the pages of a list, and no link to its download."""
    found = ((each, each.read_text(encoding="utf-8")) for each in root.rglob("*.html"))
    return {f"{each.parent.name}/{each.name}" for each, text in found if 'include "staff/pages.html" %}' in text}


def test_every_list_links_to_its_download(tmp_path: Path) -> None:
    assert lists_without_download(Path(hub.__file__).parent) == set()
    (tmp_path / "new.html").write_text('{% include "staff/pages.html" %}', encoding="utf-8")
    assert lists_without_download(tmp_path) == {f"{tmp_path.name}/new.html"}
