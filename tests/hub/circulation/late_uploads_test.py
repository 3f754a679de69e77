"""Test transactions uploaded late: they do not undo what the hub has recorded since."""

from datetime import timedelta
from typing import Any

import pytest

from hub.catalogue.models import Item
from hub.circulation.intake import exceptions
from hub.circulation.models import InHouseUse, Loan, PendingReturn, Sighting
from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from lending.transactions import ReturnMode
from tests.hub.support.device import Device
from tests.hub.support.world import ADA_UID, DUE, LIN_UID, NOW, World


def loan_states(world: World, item: str) -> list[tuple[str, str]]:
    """Return patron name and state of every loan of the item, oldest first."""
    loans = Loan.objects.filter(item__barcode=item).order_by("checked_out_at", "pk")
    return [(loan.patron.name, loan.state) for loan in loans]


def check_in_and_lend_to_lin(world: World) -> None:
    world.advance(minutes=30)
    loan_changes.receive(world.by, world.dune)
    world.advance(minutes=30)
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.advance(minutes=30)


@pytest.mark.parametrize("mode", ["provisional", "bin", "trusted"])
def test_late_return_leaves_the_next_patrons_loan_unchanged(world: World, mode: str) -> None:
    world.upload(world.checkout(world.dune))
    world.advance(days=1)
    late = world.checkin(world.dune, mode, no_block=True)
    check_in_and_lend_to_lin(world)
    before = world.event_kinds()
    assert world.upload(late)["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]
    assert world.event_kinds() == before
    assert world.open_cases() == []


def test_late_renewal_leaves_the_next_loan_unchanged(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.advance(days=1)
    late = world.renewal(world.dune, no_block=True, due=DUE + timedelta(days=9))
    world.advance(minutes=5)
    loan_changes.receive(world.by, world.dune)
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert world.upload(late)["outcome"] == "accepted"
    newer = world.loans(world.dune)[-1]
    assert (newer.renewals, newer.due) == (0, DUE + timedelta(days=1))
    assert world.open_cases() == []


def test_late_renewal_of_a_returned_item_is_accepted_without_effect(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.advance(days=1)
    late = world.renewal(world.dune, no_block=True)
    world.advance(minutes=30)
    loan_changes.receive(world.by, world.dune)
    assert world.upload(late)["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "returned")]
    assert world.open_cases() == []


@pytest.mark.parametrize(("kind", "trust"), [("checkin", "unknown"), ("renew", "unknown"), ("checkin", "restored")])
def test_row_with_ambiguous_time_is_set_aside(world: World, kind: str, trust: str) -> None:
    world.upload(world.checkout(world.dune))
    world.advance(days=1)
    late = world.checkin(world.dune, no_block=True) if kind == "checkin" else world.renewal(world.dune, no_block=True)
    at = "1970-01-01T00:00:07+00:00" if trust == "unknown" else (NOW + timedelta(hours=3)).isoformat()
    check_in_and_lend_to_lin(world)
    answer = world.upload({**late, "trust": trust, "at": at, "boot": "second-boot"})
    assert answer["outcome"] == "set_aside"
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]
    (case,) = world.open_cases()
    assert case.reason == exceptions.UNCLEAR


def test_row_reapplied_by_staff_is_applied(world: World) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.upload({**world.checkin(world.dune, "bin", no_block=True), "trust": "unknown"})
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    assert loan_states(world, world.dune.barcode) == [("林样本", "returned")]
    assert world.open_cases() == []


@pytest.mark.parametrize("trust", ["unknown", "restored"])
def test_return_with_untrusted_clock_is_applied_where_the_order_is_known(world: World, trust: str) -> None:
    """One loan is this kiosk's own; the other is older than the kiosk's last trusted row."""
    loan_changes.checkout(world.by, world.lin, world.emma)
    world.advance(hours=1)
    own = world.checkout(world.dune, no_block=True)
    world.upload(own)
    world.advance(hours=1)
    rows = [world.checkin(item, no_block=True) for item in (world.dune, world.emma)]
    answers = world.upload_all(*({**row, "trust": trust, "at": own["at"]} for row in rows))
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "handed_in")]
    assert loan_states(world, world.emma.barcode) == [("林样本", "handed_in")]


def test_return_with_restored_clock_after_the_loan_is_applied(world: World) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.advance(hours=1)
    row = world.checkin(world.dune, no_block=True)
    world.advance(hours=1)
    assert world.upload({**row, "trust": "restored"})["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("林样本", "handed_in")]


def test_row_two_minutes_ahead_of_the_hub_is_accepted(world: World) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    row = world.checkin(world.dune, no_block=True)
    answer = world.upload({**row, "at": (hub_clock().now() + timedelta(minutes=2)).isoformat()})
    assert answer["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("林样本", "handed_in")]


@pytest.mark.parametrize("at", ["2023-02-01T00:00:00+00:00", (NOW - timedelta(days=21)).isoformat()])
def test_clock_behind_the_kiosks_previous_row_does_not_date_a_loan(world: World, at: str) -> None:
    """The row claims a synced clock, but the kiosk's previous row is later."""
    world.upload(world.checkin(world.emma, no_block=True))
    world.upload({**world.checkout(world.dune, no_block=True), "at": at})
    (loan,) = world.loans(world.dune)
    assert loan.checked_out_at - NOW < timedelta(minutes=1)
    assert loan.due == DUE


@pytest.mark.parametrize(("no_block", "days"), [(True, 1400), (False, 21)])
def test_first_row_of_a_kiosk_with_an_old_time_does_not_date_a_loan(world: World, no_block: bool, days: int) -> None:
    """A no-block row may be weeks late, not years; while the patron waits, no delay is believed."""
    row = world.checkout(world.dune, ADA_UID, no_block=no_block)
    world.upload({**row, "at": (NOW - timedelta(days=days)).isoformat()})
    assert world.loans(world.dune)[0].due == DUE


A_JOURNAL, ANOTHER = "01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b"


def upload_from_journal(world: World, journal: str, seq: int, row: dict[str, Any]) -> None:
    envelope = {"wire": 1, "journal": journal, "rows": [{**row, "seq": seq}]}
    (answer,) = world.device.post("/api/v1/transactions", envelope).json()["answers"]
    assert answer["outcome"] == "accepted"


def dated_before_now(row: dict[str, Any], **span: float) -> dict[str, Any]:
    return {**row, "at": (hub_clock().now() - timedelta(**span)).isoformat()}


def test_new_journal_continues_after_the_last_row_of_the_old_one(world: World) -> None:
    """The disk was replaced, and the clock is three weeks behind but claims to be synced."""
    upload_from_journal(world, A_JOURNAL, 1, world.checkin(world.emma, no_block=True))
    world.advance(hours=3)
    upload_from_journal(world, ANOTHER, 1, dated_before_now(world.checkout(world.dune, no_block=True), days=21))
    upload_from_journal(
        world, ANOTHER, 2, dated_before_now(world.checkout(world.utopia, no_block=True), days=21, minutes=-1)
    )
    for item in (world.dune, world.utopia):
        assert hub_clock().now() - world.loans(item)[0].checked_out_at < timedelta(minutes=1)


@pytest.mark.parametrize("reused", [False, True], ids=["new journal", "old journal again"])
def test_row_later_than_the_last_row_of_another_journal_keeps_its_time(world: World, reused: bool) -> None:
    """A journal found again is compared with its own rows only."""
    upload_from_journal(world, A_JOURNAL, 1, world.checkin(world.emma, no_block=True))
    world.advance(days=3)
    if reused:
        upload_from_journal(world, ANOTHER, 1, world.checkin(world.utopia, no_block=True))
    journal, seq = (A_JOURNAL, 2) if reused else (ANOTHER, 1)
    upload_from_journal(world, journal, seq, dated_before_now(world.checkout(world.dune, no_block=True), days=2))
    assert hub_clock().now() - world.loans(world.dune)[0].checked_out_at >= timedelta(days=2)


def test_late_loan_of_an_item_checked_in_since_is_closed(world: World) -> None:
    """The loan was made offline; the item was checked in at the staff desk before the upload."""
    late = world.checkout(world.dune, no_block=True)
    world.advance(minutes=30)
    loan_changes.receive(world.by, world.dune)
    received = hub_clock().now()
    world.advance(minutes=30)
    assert world.upload(late)["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.state, loan.transaction is not None) == ("returned", True)
    assert loan.closed_at is not None and abs(loan.closed_at - received) < timedelta(seconds=10)
    happened = world.event_kinds()
    assert (happened[0], happened[-1]) == ("used_in_house", "promise_confirmed"), "the loan was not uploaded yet"
    assert happened[1:-1] == ["checkout", "checkin", "used_in_house_undone"]
    assert not InHouseUse.objects.exists()
    assert world.open_cases() == []


def test_late_loan_is_closed_by_a_later_loan_to_another_patron(world: World) -> None:
    late = world.checkout(world.dune, no_block=True)
    world.advance(hours=1)
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.advance(hours=1)
    assert world.upload(late)["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]


def test_late_loan_of_an_item_scanned_at_another_kiosk_is_handed_in(world: World) -> None:
    """A scan is not a confirmed return: staff look in the bin; if the item is missing, the loan continues."""
    back_kiosk = world.add_kiosk("back")
    late = world.checkout(world.dune, no_block=True)
    world.advance(minutes=30)
    refused = {**world.checkin(world.dune), "seq": 1}
    assert world.post(refused, by=back_kiosk).json()["answers"][0]["reason"] == "not_on_loan"
    world.advance(minutes=30)
    assert world.upload(late)["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "handed_in")]
    handed_in = PendingReturn.objects.get()
    assert (handed_in.kiosk.name if handed_in.kiosk else "", handed_in.state) == ("back", "waiting")


def test_late_loan_of_an_item_staff_did_not_find_is_set_aside(world: World) -> None:
    loan_changes.checkout(world.by, world.lin, world.dune)
    late = world.checkout(world.dune, no_block=True)
    world.advance(minutes=30)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    loan_changes.reopen(world.by, PendingReturn.objects.get())
    assert Sighting.objects.filter(seen=False).count() == 0
    assert world.upload(late)["outcome"] == "set_aside"


def test_return_undone_by_staff_does_not_close_a_later_loan(world: World) -> None:
    """Ada returns and Lin borrows at a kiosk that is offline; the desk takes Lin's copy as returned by mistake."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.advance(days=1)
    checkin, checkout = world.checkin(world.dune), world.checkout(world.dune, uid=LIN_UID, no_block=True)
    world.advance(minutes=30)
    loan_changes.receive(world.by, world.dune)
    loan_changes.undo_return(world.by, world.loans(world.dune)[0])
    world.advance(minutes=30)
    world.upload_all(checkin, checkout)
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]
    assert world.open_cases() == []


def test_late_loan_undone_by_the_patron_is_undone(world: World) -> None:
    late = world.checkout(world.dune, no_block=True)
    undo = world.undo(late, no_block=True)
    world.advance(minutes=30)
    loan_changes.receive(world.by, world.dune)
    assert [each["outcome"] for each in world.upload_all(late, undo)] == ["accepted", "accepted"]
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "undone")]
    assert world.open_cases() == []


def test_checkout_shortly_after_a_return_is_a_new_loan_despite_clock_skew(world: World) -> None:
    """Lin returns the item at the staff desk, and Ada borrows it at an offline kiosk."""
    loan_changes.checkout(world.by, world.lin, world.dune)
    world.advance(days=3)
    loan_changes.receive(world.by, world.dune)
    row = world.checkout(world.dune, no_block=True)
    world.upload({**row, "at": (hub_clock().now() - timedelta(minutes=1)).isoformat()})
    assert loan_states(world, world.dune.barcode) == [("林样本", "returned"), ("Ada Sample", "on_loan")]


def scan_without_loan(back_kiosk: Device, world: World, item: Item) -> None:
    """Scan a return at another kiosk while the hub has no loan of the item."""
    row = {**world.checkin(item), "seq": 1}
    assert world.post(row, by=back_kiosk).json()["answers"][0]["reason"] == "not_on_loan"


def is_pending_at(world: World, kiosk: str) -> bool:
    (handed_in,) = PendingReturn.objects.filter(state=PendingReturn.State.WAITING)
    where = handed_in.kiosk.name if handed_in.kiosk else ""
    return loan_states(world, world.dune.barcode)[-1] == ("Ada Sample", "handed_in") and where == kiosk


@pytest.mark.parametrize(("seconds", "kiosk"), [(3, "back"), (110, "back"), (30, "")])
def test_item_returned_elsewhere_within_clock_skew_is_handed_in(world: World, seconds: int, kiosk: str) -> None:
    """Borrowed offline and returned at another kiosk or the desk within the tolerated clock difference."""
    late = world.checkout(world.dune, no_block=True)
    world.advance(seconds=seconds)
    if kiosk:
        scan_without_loan(world.add_kiosk(kiosk), world, world.dune)
    else:
        loan_changes.receive(world.by, world.dune)
    world.advance(hours=1)
    assert world.upload(late)["outcome"] == "accepted"
    assert is_pending_at(world, kiosk)


def test_late_no_block_flag_closes_the_loan_with_the_missed_return(world: World) -> None:
    """The kiosk confirmed the checkout offline; the book was returned at another kiosk before the upload."""
    back_kiosk = world.add_kiosk("back")
    asked = world.checkout(world.dune)
    world.advance(seconds=4)
    scan_without_loan(back_kiosk, world, world.dune)
    world.advance(seconds=18)
    assert world.upload(asked)["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "on_loan")]
    world.advance(seconds=40)
    assert world.upload({**asked, "no_block": True})["outcome"] == "accepted"
    assert is_pending_at(world, "back")
    assert world.upload({**asked, "no_block": True})["outcome"] == "accepted"
    assert is_pending_at(world, "back")


@pytest.mark.parametrize("trust", ["unknown", "restored"])
def test_loan_with_untrusted_clock_is_handed_in_if_the_item_was_scanned(world: World, trust: str) -> None:
    world.upload(world.checkin(world.emma, no_block=True))
    world.advance(hours=1)
    back_kiosk = world.add_kiosk("back")
    late = {**world.checkout(world.dune, no_block=True), "boot": "second-boot", "trust": trust}
    world.advance(days=1)
    scan_without_loan(back_kiosk, world, world.dune)
    world.advance(days=1)
    assert world.upload(late)["outcome"] == "accepted"
    assert is_pending_at(world, "back")


def test_return_with_untrusted_clock_closes_a_loan_uploaded_later(world: World) -> None:
    """Both kiosks were offline; the one of the return was restarted meanwhile, and uploads first."""
    back_kiosk = world.add_kiosk("back")
    late = world.checkout(world.dune, no_block=True)
    world.advance(days=1)
    row = {**world.checkin(world.dune, "bin", no_block=True), "seq": 1, "boot": "second-boot", "trust": "unknown"}
    world.advance(days=1)
    assert world.post(row, by=back_kiosk).json()["answers"][0]["outcome"] == "accepted"
    world.advance(hours=1)
    assert world.upload(late)["outcome"] == "accepted"
    assert is_pending_at(world, "back")


def test_undone_late_loan_is_not_pending_return(world: World) -> None:
    back_kiosk = world.add_kiosk("back")
    late = world.checkout(world.dune, no_block=True)
    second_thought = world.undo(late, no_block=True)
    world.advance(seconds=40)
    scan_without_loan(back_kiosk, world, world.dune)
    answers = world.upload_all(late, second_thought)
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert loan_states(world, world.dune.barcode) == [("Ada Sample", "undone")]
    assert not PendingReturn.objects.filter(state=PendingReturn.State.WAITING).exists()
    assert world.open_cases() == []


def test_rows_of_one_kiosk_apply_in_sequence_despite_a_clock_step_back(world: World) -> None:
    """The clock was set back by 40 seconds between the rows."""
    taken = world.checkout(world.dune, no_block=True)
    brought = world.checkin(world.dune, "trusted", no_block=True)
    taken_again = world.checkout(world.dune, no_block=True)
    world.advance(hours=1)
    earlier = (NOW - timedelta(seconds=40)).isoformat()
    world.upload_all(taken, brought, {**taken_again, "at": earlier})
    assert [loan.state for loan in world.loans(world.dune)] == ["returned", "on_loan"]


@pytest.mark.parametrize("seconds", [1, 110])
def test_return_dated_just_before_the_loan_is_set_aside(world: World, seconds: int) -> None:
    """The patron borrowed at the desk and returned at once, at a kiosk whose clock is slightly behind."""
    loan_changes.checkout(world.by, world.ada, world.dune)
    at = hub_clock().now() - timedelta(seconds=seconds)
    row = {**world.checkin(world.dune, "bin", no_block=True), "at": at.isoformat(), "boot": "second-boot"}
    world.advance(hours=1)
    assert world.upload(row)["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert case.reason == exceptions.UNCLEAR


def test_late_undo_of_a_checkout_reapplied_by_staff_is_applied(world: World) -> None:
    """The patron's undo is uploaded late.

    Staff have removed the obstacle and applied the checkout meanwhile.
    """
    loan_changes.checkout(world.by, world.lin, world.dune)
    borrowed = world.checkout(world.dune, no_block=True)
    second_thought = world.undo(borrowed, no_block=True)
    assert world.upload(borrowed)["outcome"] == "set_aside"
    loan_changes.receive(world.by, world.dune)
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    assert loan_states(world, world.dune.barcode)[-1] == ("Ada Sample", "on_loan")
    assert world.upload(second_thought)["outcome"] == "accepted"
    assert loan_states(world, world.dune.barcode)[-1] == ("Ada Sample", "undone")
    assert world.open_cases() == []


def test_loan_uploaded_again_to_a_restored_hub_is_closed_by_the_earlier_return(world: World) -> None:
    """The hub was restored from a backup: the return is uploaded before the lost loan."""
    again = world.checkout(world.dune, no_block=True)
    world.advance(days=1)
    queued = world.checkin(world.dune, no_block=True)
    world.advance(hours=1)
    assert world.upload(queued)["outcome"] == "accepted"
    assert world.upload(again)["outcome"] == "accepted"
    assert is_pending_at(world, "front")
