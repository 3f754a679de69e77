"""Test that no staff list shows a patron's reading without a reason in the access log."""

from decimal import Decimal

import pytest
from django.urls import reverse

from hub.audit.models import AccessLogEntry
from hub.circulation.operations import fees, loan_changes
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

ADA = ("Ada", "0012")


@pytest.fixture
def clerk(world: World) -> Grace:
    """Return a clerk without an automatic reason; Ada has returned Dune and paid a fee for it."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.receive(world.by, world.dune)
    fees.take(world.by, world.ada, fees.charge(world.by, world.ada, "damage", Decimal(3), item=world.dune).amount)
    found = Grace(role="clerk", name="ida")
    found.client.reason = ""
    return found


def log_entries() -> list[tuple[str, str, str]]:
    return [(each.act, each.reason, each.ref) for each in AccessLogEntry.objects.order_by("number")]


@pytest.mark.parametrize("name", ["loans", "fees"])
@pytest.mark.parametrize("show", ["closed", "settled", "open", "owed"])
def test_list_of_one_patron_needs_a_reason(world: World, clerk: Grace, name: str, show: str) -> None:
    for typed in ("Ada", "ada sample", "20000000000012", "04A1B2C3", "0012"):
        page = clerk.client.get(reverse(f"staff:{name}"), {"q": typed, "show": show}, follow=True)
        assert "Dune" not in words(page.content), typed
    assert log_entries() == []
    listed = clerk.client.get(reverse(f"staff:{name}"), {"patron": world.ada.ref, "show": show}, follow=True)
    assert "Why are you opening this patron's page?" in words(listed.content)
    clerk.client.reason = "asked"
    shown = words(clerk.client.get(reverse(f"staff:{name}"), {"patron": world.ada.ref, "show": show}).content)
    assert ("Dune" in shown) == (
        show in ("closed", "settled") and (name, show) in {("loans", "closed"), ("fees", "settled")}
    )
    assert log_entries() == [("lists", "asked", world.ada.ref)]


def test_reason_for_the_page_covers_the_lists_and_each_view_is_logged(world: World, clerk: Grace) -> None:
    clerk.client.reason = "loans"
    page = clerk.client.get(reverse("staff:patron_loans", args=(world.ada.pk,))).content.decode()
    closed = f"{reverse('staff:loans')}?show=closed&patron={world.ada.ref}"
    assert closed.replace("&", "&amp;") in page
    clerk.client.reason = ""
    assert "Dune" in words(clerk.client.get(closed).content)
    assert log_entries() == [("page", "loans", world.ada.ref), ("lists", "loans", world.ada.ref)]


def test_closed_loans_and_paid_fees_show_no_patron(world: World, clerk: Grace) -> None:
    pages = [
        clerk.page("loans", query="?show=closed"),
        clerk.page("loans", query="?show=closed&q=Dune"),
        clerk.page("fees", query="?show=settled"),
        clerk.page("item", world.dune.pk),
    ]
    for page in pages:
        assert "Dune" in page
        assert [each for each in ADA if each in page] == []
    assert log_entries() == []


def test_last_borrower_is_shown_with_a_reason(world: World, clerk: Grace) -> None:
    (loan,) = world.loans(world.dune)
    url = reverse("staff:borrower", args=(loan.pk,))
    assert url in clerk.client.get(reverse("staff:item", args=(world.dune.pk,))).content.decode()
    asked = words(clerk.client.get(url, follow=True).content)
    assert "Why are you looking up the last borrower?" in asked
    assert [each for each in ADA if each in asked] == []
    clerk.client.reason = "fault"
    opened = clerk.client.get(url, follow=True)
    assert "Ada Sample" in words(opened.content)
    assert log_entries() == [("borrower", "fault", world.ada.ref), ("page", "fault", world.ada.ref)]


def test_reason_page_of_a_loan_does_not_identify_its_borrower(world: World, clerk: Grace) -> None:
    """A search shows Ada's pseudonym, so a matching string would identify the borrower."""
    (loan,) = world.loans(world.dune)
    url = reverse("staff:borrower", args=(loan.pk,))
    first, second = (clerk.client.get(url)["Location"] for _ in range(2))
    assert first != second
    for query in ("", "&act=page", "&then=https://elsewhere.test/"):
        page = clerk.client.get(first + query)
        assert page.status_code == 200
        assert [each for each in (*ADA, world.ada.ref) if each in first + page.content.decode()] == []
    assert clerk.client.get(f"/staff/why/{world.ada.ref}/").status_code == 404
    assert log_entries() == []


def test_borrower_of_an_anonymised_loan_is_not_found(world: World, clerk: Grace) -> None:
    (loan,) = world.loans(world.dune)
    loan.nameless = True
    loan.save()
    assert clerk.client.get(reverse("staff:borrower", args=(loan.pk,))).status_code == 404
    assert "patron not stored" in clerk.page("item", world.dune.pk)
