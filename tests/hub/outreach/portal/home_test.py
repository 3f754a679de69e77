"""Test the start page: what matters to the patron now, what a visitor sees, the hours, and the installable app."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from hub.catalogue.models import Branch
from hub.circulation.models import ClosedDay, Fee, Loan, Patron
from hub.circulation.operations import fees, hold_queue
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person
from hub.outreach.portal.pages import home, loans
from tests.hub.outreach.portal.phone import link, sign_in
from tests.hub.staff.staff_client import words
from tests.hub.support.world import World

HOME, LOANS, FEES = "/p/", "/p/loans/", "/p/fees/"
WEEK = ["09:00-18:00"] * 5 + ["10:00-16:00", ""]


@pytest.fixture
def phone(world: World, ada: Person) -> Client:
    """Return the phone of the signed-in patron."""
    client = Client(headers={"Accept-Language": "en"})
    sign_in(client, world.ada.identifier)
    return client


def sees(phone: Client, path: str = HOME) -> str:
    response = phone.get(path)
    assert response.status_code == 200
    return words(response.content)


def test_loan_due_soon_comes_first_and_is_renewable(world: World, phone: Client) -> None:
    world.upload(world.checkout(world.dune))
    assert "On loan All loans Dune Dune Wed 23 Dec" in sees(phone)
    assert "Renew Dune" not in sees(phone), "an early renewal would lose days"
    world.make_due_soon()
    assert "Due soon All loans Dune Dune Sat 28 Nov Renew Dune" in sees(phone)
    Loan.objects.update(due=hub_clock().now())
    assert "Due today" in sees(phone)


def test_loan_with_hold_offers_no_renewal(world: World, phone: Client) -> None:
    world.upload(world.checkout(world.dune))
    world.make_due_soon()
    world.place_hold(world.lin, world.dune)
    assert "Renew Dune" not in sees(phone)
    assert "Someone is waiting, no renewals" in sees(phone, LOANS)


def test_ready_hold_is_shown_with_last_day_and_counted(world: World, phone: Client) -> None:
    hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    assert "Ready to collect" not in sees(phone)
    hold_queue.trap(world.by, world.emma)
    seen = sees(phone)
    assert "Ready to collect Emma Hold shelf 0012, until Wed 2 Dec" in seen
    Branch.objects.create(code="up", name="Upstairs")
    assert "Ready at Main Emma Hold shelf 0012, until Wed 2 Dec" in sees(phone)
    assert "Loans 1 due today or ready to collect" in seen


def test_home_without_loans_offers_new_titles(world: World, phone: Client) -> None:
    seen = sees(phone)
    assert "Nothing on loan" in seen and "Emma" in seen and "Find a book" in seen


def test_visitor_sees_no_loans_and_can_sign_in(world: World, ada: Person) -> None:
    world.upload(world.checkout(world.dune))
    world.make_due_soon()
    seen = sees(Client(headers={"Accept-Language": "en"}))
    assert "Sign in" in seen and "Due soon" not in seen and "due today or ready" not in seen
    assert "I forgot my PIN" in seen and "Report lost card" in seen


def test_link_for_answers_shows_no_loans_on_home_page(world: World, ada: Person) -> None:
    world.upload(world.checkout(world.dune))
    world.make_due_soon()
    guest, url = Client(headers={"Accept-Language": "en"}), link(ada, "a", "portal:answers_by_link")
    guest.post(url, {"topic": "find", "words": "Where is the atlas?", "transaction": ""})
    assert guest.get("/p/ask/").status_code == 200
    assert "Due soon" not in sees(guest)


def test_new_titles_are_announced_only_if_there_are_any(
    world: World, phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for page in (HOME, LOANS):
        assert "New in the library:" in sees(phone, page)
    for module in (home, loans):
        monkeypatch.setattr(module, "new_books", lambda now: [])
    for page in (HOME, LOANS):
        assert "New in the library:" not in sees(phone, page)


def test_loans_name_the_limit_unless_the_patron_is_blocked(world: World, phone: Client) -> None:
    assert "You can borrow up to 3 books." in sees(phone, LOANS)
    Patron.objects.filter(pk=world.ada.pk).update(status=Patron.Status.BLOCKED)
    assert "You can borrow" not in sees(phone, LOANS)


def test_renew_both_shows_new_due_date_and_renews_once(world: World, phone: Client) -> None:
    world.upload(world.checkout(world.dune))
    world.upload(world.checkout(world.emma))
    world.make_due_soon()
    assert "Renew both to Wed 23 Dec" in sees(phone, LOANS)
    every = [f"{each.item.barcode} {each.due.isoformat()}" for each in Loan.objects.all()]
    done = words(phone.post(LOANS, {"every": every}, follow=True).content)
    assert done.count("Renewed to Wed 23 Dec") == 2
    assert list(Loan.objects.values_list("renewals", flat=True)) == [1, 1]
    again = words(phone.post(LOANS, {"every": every}, follow=True).content)
    assert again.count("Already renewed, due Wed 23 Dec") == 2
    assert list(Loan.objects.values_list("renewals", flat=True)) == [1, 1], "a page sent twice renews once"


def test_past_loans_require_consent_and_full_session(world: World, ada: Person, phone: Client) -> None:
    assert "We forget what you borrowed when you return it." in sees(phone, f"{LOANS}?show=past")
    guest, url = Client(headers={"Accept-Language": "en"}), link(ada)
    world.upload(world.checkout(world.dune))
    carry()
    assert "Past" not in words(guest.get(url).content)
    assert "You have no loans" not in words(guest.get(f"{url}?show=past").content)


def test_fees_are_listed_with_reason(world: World, phone: Client) -> None:
    assert "Nothing to pay" in sees(phone, FEES)
    fees.charge(world.by, world.ada, str(Fee.Kind.OVERDUE), Decimal("2.50"), item=world.dune)
    fees.charge(world.by, world.ada, str(Fee.Kind.OTHER), Decimal(4))
    fees.charge(world.by, world.lin, str(Fee.Kind.DAMAGE), Decimal(9))
    seen = sees(phone, FEES)
    assert "6.50 CNY to pay Returned late Dune Wed 25 Nov 2.50 CNY Other fee Wed 25 Nov 4.00 CNY" in seen
    assert "9.00" not in seen
    assert "6.50 CNY to pay" in sees(phone) and "6.50 CNY to pay" in sees(phone, LOANS)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "Open today until 18:00"),
        (-6, "Opens today at 9:00"),
        (4, "Closed, opens tomorrow at 9:00"),
        (24 * 2 + 4, "Closed, opens tomorrow at 10:00"),
        (24 * 3 + 2, "Closed, opens Mon 30 Nov at 9:00"),
        (24 * 4, "Closed today, opens tomorrow at 9:00"),
    ],
)
def test_opening_hours_are_shown_as_sentence(world: World, phone: Client, hours: int, said: str) -> None:
    Branch.objects.update(opening_hours=WEEK)
    world.advance(hours=hours)
    assert said in sees(Client(headers={"Accept-Language": "en"}))


def test_closed_days_are_shown_and_missing_hours_are_omitted(world: World, phone: Client) -> None:
    assert home.opening_hours(hub_clock().now()) == [], "the library publishes none"
    Branch.objects.update(opening_hours=WEEK)
    ClosedDay.objects.create(day=date(2026, 11, 25))
    assert "Closed today, opens tomorrow at 9:00" in sees(phone)
    for days in range(8):
        ClosedDay.objects.get_or_create(day=date(2026, 11, 25) + timedelta(days=days))
    assert "Closed today" in sees(phone) and "opens" not in sees(phone)
