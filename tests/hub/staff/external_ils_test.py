"""Test that with an external ILS staff cannot change loans, and that exceptions are applied as the ILS did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from hub.catalogue.models import Branch, Item, Title
from hub.circulation.models import (
    ExceptionCase,
    Fee,
    Hold,
    Library,
    Loan,
    Patron,
    PatronCategory,
    Payment,
    Transit,
    Waiver,
)
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.core.rights import required_right
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.staff import exceptions
from hub.staff.ils_redirect import ILS_ACTS
from lending.model import Block
from lending.transactions import ReturnMode
from tests.hub.circulation.external_ils_test import SOON, upload
from tests.hub.circulation.loans_sync_test import follow_sheet, row
from tests.hub.circulation.migration_test import ADA
from tests.hub.outreach.messaging.estimated_due_dates_test import with_estimated_date
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

THERE = "Loans, holds, fees and cards are kept in the ILS"
GUARDED = """staff:pay staff:renew staff:card staff:patron_status staff:receive staff:lose staff:take_back staff:trap
    staff:cancel staff:restore_hold staff:suspend_hold staff:suspend_until staff:resume_hold staff:pickup_day
    staff:pickup_day_before staff:choose_copy staff:choose_copy_before staff:move_hold staff:move_hold_back
    staff:unpacked staff:sent staff:seen staff:found staff:reopen reminders:lose
    staff:correct staff:undo_correction staff:renew_membership staff:undo_membership staff:charge staff:waive
    staff:revoke_waiver
    staff:reverse_payment paper:print_card""".split()
ELSEWHERE = ("collection:", "uploads:", "staff:merge")
"""Begin the names of operations that `collection_test` and `merging_test` try."""


@pytest.fixture
def ada(world: World) -> Person:
    """A patron with a loan, a hold, a fee, and another item that is returned and not yet checked."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    loan_changes.checkout(world.by, world.ada, world.emma)
    loan_changes.checkin(world.by, world.emma, ReturnMode.PROVISIONAL)
    world.place_hold(world.ada, world.utopia)
    PatronCategory.objects.update(membership_months=12)
    other = fees.charge(world.by, world.ada, "other", Decimal(9))
    fees.take(world.by, world.ada, Decimal(1))
    fees.waive(world.by, other, Decimal(1), "goodwill")
    return person(world.ada)


def connect_ils() -> None:
    Library.objects.update(followed_since=NOW)


def post_requests(world: World) -> dict[str, tuple[str, dict[str, str]]]:
    """Return URL and form fields of each guarded operation, on rows where it would succeed."""
    ada, card = world.ada.pk, world.ada.cards.earliest("pk").pk
    hold, unseen = Hold.objects.get().pk, pending_return_pk()
    undone, east = uuid4(), Branch.objects.create(code="east", name="East")
    loan_changes.checkout(
        replace(world.by, transaction=undone), world.lin, add_book(world, "30000000000045", "Ulysses", "Joyce")
    )
    cancelled = world.place_hold(world.lin, world.dune)
    hold_queue.cancel(world.by, cancelled)
    ready, suspended, second = (
        Hold.objects.create(patron=each, title=title, pickup=world.main, placed_at=NOW, **state)
        for each, title, state in hold_states(world)
    )
    departing, arriving = (
        add_book(world, "30000000000052", "Ilias", "Homer"),
        add_book(world, "30000000000060", "Eneis", "Vergil"),
    )
    transfer = Transit.objects.create(item=departing, origin=world.main, target=east, noted_at=NOW)
    Transit.objects.create(item=arriving, origin=east, target=world.main, noted_at=NOW, sent_at=NOW)
    carry()
    return {
        "staff:take_back": (reverse("staff:take_back", args=(undone,)), {}),
        "staff:restore_hold": (reverse("staff:restore_hold", args=(cancelled.pk,)), {}),
        "staff:suspend_hold": (reverse("staff:suspend_hold", args=(hold,)), {"until": "2027-01-05"}),
        "staff:suspend_until": (reverse("staff:suspend_until", args=(hold, "2027-01-05")), {}),
        "staff:resume_hold": (reverse("staff:resume_hold", args=(suspended.pk,)), {}),
        "staff:pickup_day": (reverse("staff:pickup_day", args=(ready.pk,)), {"until": "2027-01-05"}),
        "staff:pickup_day_before": (reverse("staff:pickup_day_before", args=(ready.pk, "2027-01-05")), {}),
        "staff:choose_copy": (reverse("staff:choose_copy", args=(hold,)), {"copy": ""}),
        "staff:choose_copy_before": (reverse("staff:choose_copy_before", args=(hold, "any")), {}),
        "staff:move_hold": (reverse("staff:move_hold", args=(second.pk,)), {"place": "1", "why": "earlier"}),
        "staff:move_hold_back": (reverse("staff:move_hold_back", args=(second.pk, 1)), {}),
        "staff:sent": (reverse("staff:sent", args=(transfer.pk,)), {}),
        "staff:unpacked": (reverse("staff:unpacked"), {"barcode": arriving.barcode}),
        "reminders:lose": (reverse("reminders:lose", args=(OpenLoan.objects.get(item=world.dune.barcode).pk,)), {}),
        "staff:correct": (reverse("staff:correct", args=(ada,)), {"name": "Ada New", "category": "adult"}),
        "staff:undo_correction": (reverse("staff:undo_correction", args=(ada,)), {}),
        "staff:renew_membership": (reverse("staff:renew_membership", args=(ada,)), {}),
        "staff:undo_membership": (reverse("staff:undo_membership", args=(ada, "2031-01-01", 0)), {}),
        "staff:charge": (reverse("staff:charge", args=(ada,)), {"kind": "damage", "amount": "2"}),
        "staff:waive": (reverse("staff:waive", args=(Fee.objects.get().pk,)), {"reason": "goodwill"}),
        "staff:revoke_waiver": (reverse("staff:revoke_waiver", args=(Waiver.objects.get().pk,)), {}),
        "staff:reverse_payment": (reverse("staff:reverse_payment", args=(Payment.objects.get().pk,)), {}),
        "staff:pay": (reverse("staff:pay", args=(ada,)), {"amount": "4"}),
        "staff:renew": (reverse("staff:renew", args=(ada,)), {}),
        "staff:card": (reverse("staff:card", args=(card, "lost")), {}),
        "staff:patron_status": (reverse("staff:patron_status", args=(ada, "blocked")), {}),
        "staff:receive": (reverse("staff:receive", args=(world.dune.pk,)), {}),
        "staff:lose": (reverse("staff:lose", args=(world.dune.pk,)), {}),
        "staff:trap": (reverse("staff:trap"), {"barcode": world.utopia.barcode}),
        "staff:cancel": (reverse("staff:cancel", args=(hold,)), {"why": "no longer wanted"}),
        "staff:seen": (reverse("staff:seen"), {"barcode": world.emma.barcode}),
        "staff:found": (reverse("staff:found", args=(unseen,)), {}),
        "staff:reopen": (reverse("staff:reopen", args=(unseen,)), {}),
        "paper:print_card": (reverse("paper:print_card", args=(ada,)), {"number": "20000000000777", "paper": "card"}),
    }


def hold_states(world: World) -> Iterator[tuple[Patron, Title, dict[str, object]]]:
    """Yield a hold that is ready, one that is suspended, and a second one on a title."""
    copy = add_book(world, "30000000000078", "Kudrun", "Anonymous")
    yield world.lin, copy.title, {"state": "ready", "item": copy, "shelf": "0020", "until": date(2026, 12, 1)}
    yield world.lin, world.emma.title, {"suspended_until": date(2027, 1, 5)}
    yield world.lin, world.utopia.title, {}


def pending_return_pk() -> int:
    found: int = Loan.objects.get(state=Loan.State.HANDED_IN).handed_in.get().pk
    return found


def circulation_state(world: World) -> tuple[object, ...]:
    """Return everything that the operations could change."""
    return (
        list(Loan.objects.order_by("pk").values_list("state", "due", "renewals")),
        list(Hold.objects.order_by("pk").values_list("state")),
        list(Transit.objects.order_by("pk").values_list("sent_at", "arrived_at")),
        list(Fee.objects.values_list("amount", "paid", "waived")),
        list(Patron.objects.values_list("name", "expires")),
        list(world.ada.cards.values_list("status")),
        Patron.objects.get(pk=world.ada.pk).status,
        world.event_kinds(),
    )


def test_staff_operations_change_nothing_when_an_ils_keeps_the_loans(world: World, grace: Grace, ada: Person) -> None:
    """The control is the same request without an ILS."""
    buttons = post_requests(world)
    before = circulation_state(world)
    connect_ils()
    for act, (url, fields) in buttons.items():
        notice = words(grace.client.post(url, fields, follow=True).content)
        assert THERE in notice and "Nothing was changed here" in notice, act
        assert circulation_state(world) == before, act
    Library.objects.update(followed_since=None)
    for act, (url, fields) in buttons.items():
        with transaction.atomic():
            if act == "staff:renew":
                world.make_due_soon()
            if act == "staff:undo_correction":
                grace.client.post(*buttons["staff:correct"])
            before = circulation_state(world)
            assert THERE not in words(grace.client.post(url, fields, follow=True).content), act
            assert circulation_state(world) != before, act
            transaction.set_rollback(True)


def test_every_guarded_operation_is_a_staff_url_and_is_tested() -> None:
    assert {each for each in ILS_ACTS if required_right(each) is None} == set()
    elsewhere = {each for each in ILS_ACTS if each.startswith(ELSEWHERE)}
    assert set(GUARDED) == ILS_ACTS - elsewhere


@pytest.mark.parametrize(
    ("page", "buttons"),
    [
        ("patron", {"Report lost", "Block patron", "Issue card", "Renew membership", "Save"}),
        ("patron_loans", {"Renew all"}),
        ("patron_holds", {"Cancel hold"}),
        ("patron_fees", {"Take payment", "Revoke"}),
        ("item", {"Mark as lost", "Check in item"}),
        ("holds", {"Cancel hold"}),
        ("pending_returns", {"Found", "Confirm return"}),
        ("desk", {"scanned without a card"}),
        ("fees", {"Take payments"}),
    ],
)
def test_buttons_are_replaced_by_a_note_to_use_the_ils(
    world: World, grace: Grace, ada: Person, page: str, buttons: set[str]
) -> None:
    args = {"patron": (world.ada.pk,), "item": (world.dune.pk,)}.get(page.partition("_")[0], ())
    query = "?show=waiting" if page == "holds" else ""
    if page == "holds":
        loan_changes.checkout(world.by, world.lin, world.utopia)
    before = grace.page(page, *args, query=query)
    assert {each for each in buttons if each in before} == buttons and THERE not in before
    connect_ils()
    after = grace.page(page, *args, query=query)
    assert not [each for each in buttons if each in after] and THERE in after


@pytest.mark.parametrize("mode", ["borrow", "return", "renew", "hold", "fee"])
def test_desk_entries_change_nothing(world: World, grace: Grace, ada: Person, mode: str) -> None:
    connect_ils()
    before, text = circulation_state(world), "4" if mode == "fee" else world.dune.barcode
    line = grace.enter(text, world.ada, mode)["line"]
    assert (line["tone"], line["words"]) == ("stop", "Not available here")
    assert THERE in line["then"] and not line["undo"]
    assert circulation_state(world) == before


def test_desk_places_no_hold_on_a_chosen_title(world: World, grace: Grace, ada: Person) -> None:
    connect_ils()
    assert grace.enter(f"title:{world.emma.title_id}", world.lin, "hold")["line"]["words"] == "Not available here"
    assert Hold.objects.count() == 1


def test_desk_does_not_ask_for_items(world: World, grace: Grace) -> None:
    page = grace.client.get(reverse("staff:desk")).content.decode()
    assert "books to check in" in page
    connect_ils()
    page = grace.client.get(reverse("staff:desk")).content.decode()
    assert "books to check in" not in page and "enter a name or receipt" in page


def test_desk_still_finds_a_patron_by_number(world: World, grace: Grace, ada: Person) -> None:
    connect_ils()
    assert grace.enter(world.ada.identifier)["patron"]["name"] == "Ada S."


def test_record_offers_no_card_operations(world: World, grace: Grace, ada: Person) -> None:
    record = reverse("staff:patron", args=(world.ada.pk,))
    give, lose = (reverse(f"patrons:{each}", args=(ada.pk,)) for each in ("new_card", "lose_cards"))
    page = grace.client.get(record).content.decode()
    assert give in page and lose in page
    connect_ils()
    page = grace.client.get(record).content.decode()
    assert give not in page and lose not in page and THERE in page
    for url in (give, lose):
        notice = grace.client.post(url, {"card": "04C0FFEE"}, follow=True)
        assert "Issue and block them there" in words(notice.content)
    assert list(world.ada.cards.values_list("status", flat=True)) == ["active", "active"]


def test_registration_is_refused(world: World, grace: Grace) -> None:
    lists, form = reverse("patrons:lists"), reverse("patrons:register")
    assert form in grace.client.get(lists).content.decode()
    assert "Identity" in words(grace.client.get(form).content)
    connect_ils()
    assert form not in grace.client.get(lists).content.decode()
    before = Patron.objects.count()
    fields = {"name": "Nova Example", "category": "adult", "language": "en"}
    assert "Register the patron there" in words(grace.client.post(form, fields, follow=True).content)
    assert Patron.objects.count() == before


def test_note_to_use_the_ils_is_shown_in_chinese(world: World, ada: Person) -> None:
    connect_ils()
    assert "请在业务系统中办理" in Grace("zh-hans").page("patron", world.ada.pk)


def self_registered(world: World) -> Person:
    """A patron who registered at a kiosk before the ILS was connected, and is not confirmed."""
    Patron.objects.filter(pk=world.lin.pk).update(status="provisional")
    lin = person(world.lin)
    lin.provisional = True
    lin.save(update_fields=("provisional",))
    return lin


def test_provisional_patron_cannot_be_confirmed(world: World, grace: Grace) -> None:
    """The control is the same request without an ILS."""
    lin = self_registered(world)
    url, before = reverse("patrons:seen", args=(lin.pk,)), world.lin.cards.count()
    connect_ils()
    notice = words(grace.client.post(url, {"card": "04C0FFEE"}, follow=True).content)
    assert "Register the patron there" in notice
    assert Patron.objects.get(pk=world.lin.pk).status == "provisional"
    assert (world.lin.cards.count(), person(world.lin).provisional) == (before, True)
    Library.objects.update(followed_since=None)
    assert "The patron can borrow now" in words(grace.client.post(url, {"card": "04C0FFEE"}, follow=True).content)
    assert Patron.objects.get(pk=world.lin.pk).status == "active"
    assert (world.lin.cards.count(), person(world.lin).provisional) == (before + 1, False)


def test_record_of_a_provisional_patron_offers_no_confirmation(world: World, grace: Grace) -> None:
    record = reverse("patrons:record", args=(self_registered(world).pk,))

    def pages() -> list[str]:
        return [words(grace.client.get(record).content), grace.page("patron", world.lin.pk)]

    for page in pages():
        assert "I have checked the patron's ID in person" in page and "Register the patron there" not in page
    connect_ils()
    for page in pages():
        assert "I have checked the patron's ID in person" not in page and "Register the patron there" in page


def test_erasure_page_warns_that_the_next_import_adds_the_patron_again(world: World, grace: Grace, ada: Person) -> None:
    erase = reverse("patrons:erase", args=(ada.pk,))
    assert "the next import will add the patron again" not in words(grace.client.get(erase).content)
    connect_ils()
    assert "the next import will add the patron again" in words(grace.client.get(erase).content)
    assert "请先在业务系统中删除" in words(Grace("zh-hans").client.get(erase).content)


NEW = "30000000099999"
OUT = "2026-11-25 14:30"


def set_aside(world: World, folder: Path, *, estimated: bool = False) -> Item:
    """Upload a checkout of an item that is only added to the catalogue afterwards."""
    follow_sheet(folder, row(ADA, world.emma.barcode, "2026-12-14 23:59", OUT))
    row_data = with_estimated_date(world.checkout(world.dune, no_block=True, due=SOON), estimated)
    row_data["body"] = json.dumps({**json.loads(row_data["body"]), "item": NEW})
    (answer,) = upload(world, row_data)
    assert answer["outcome"] == "set_aside"
    copy: Item = Item.objects.create(
        barcode=NEW, title=world.dune.title, type=world.dune.type, branch=world.dune.branch
    )
    return copy


def apply_fix(world: World, copy: Item, fix: str) -> Block | None:
    about = exceptions.subject_of(ExceptionCase.objects.get())
    return exceptions.repeat(about, world.by) if fix == "again" else exceptions.lend(about, world.by, world.ada, copy)


def loans(copy: Item) -> list[tuple[str, datetime, bool]]:
    return list(Loan.objects.filter(item=copy).values_list("state", "due", "reckoned"))


@pytest.mark.parametrize("estimated", [False, True], ids=["exact", "estimated"])
@pytest.mark.parametrize("fix", ["again", "lend"])
def test_fix_keeps_the_due_date_of_the_ils(world: World, tmp_path: Path, fix: str, estimated: bool) -> None:
    copy = set_aside(world, tmp_path, estimated=estimated)
    assert apply_fix(world, copy, fix) is None
    assert loans(copy) == [("on_loan", SOON, estimated)]


@pytest.mark.parametrize("fix", ["again", "lend"])
def test_fix_keeps_the_loan_that_a_sheet_has_brought_meanwhile(world: World, tmp_path: Path, fix: str) -> None:
    copy = set_aside(world, tmp_path)
    later = SOON + timedelta(days=7)
    follow_sheet(tmp_path, row(ADA, NEW, f"{later:%Y-%m-%d %H:%M}+00:00", OUT), full=False)
    before = world.event_kinds()
    assert apply_fix(world, copy, fix) is None
    assert loans(copy) == [("on_loan", later, False)]
    assert world.event_kinds()[len(before) :] == ["exception_settled"], "the checkout event came with the sheet"


@pytest.mark.parametrize("estimated", [False, True], ids=["exact", "estimated"])
def test_page_shows_the_promised_due_date_unless_it_is_an_estimate(
    world: World, tmp_path: Path, estimated: bool
) -> None:
    set_aside(world, tmp_path, estimated=estimated)
    page = Grace().page("exception", ExceptionCase.objects.get().pk)
    assert ("Confirmed until" in page) is not estimated
