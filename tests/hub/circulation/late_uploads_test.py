"""Test transactions uploaded late: they do not undo what the hub has recorded since."""

from datetime import timedelta
from typing import Any

import pytest

from hub.catalogue.models import Item
from hub.circulation import exceptions, operations
from hub.circulation.models import InHouseUse, Loan, PendingReturn, Sighting
from hub.core.clock import hub_clock
from lending.transactions import ReturnMode
from tests.hub.support.device import Device
from tests.hub.support.world import ADA_UID, DUE, LIN_UID, NOW, World


def told(world: World, item: str) -> list[tuple[str, str]]:
    """Whose loans the item has had, oldest first, and how they stand."""
    loans = Loan.objects.filter(item__barcode=item).order_by("checked_out_at", "pk")
    return [(loan.patron.name, loan.state) for loan in loans]


def the_desk_takes_it_and_lends_it_on(world: World) -> None:
    world.ahead(minutes=30)
    operations.receive(world.by, world.dune)
    world.ahead(minutes=30)
    operations.checkout(world.by, world.lin, world.dune)
    world.ahead(minutes=30)


@pytest.mark.parametrize("mode", ["provisional", "bin", "trusted"])
def test_a_late_return_leaves_the_next_patrons_loan_alone(world: World, mode: str) -> None:
    world.tell(world.borrows(world.dune))
    world.ahead(days=1)
    late = world.returns(world.dune, mode, no_block=True)
    the_desk_takes_it_and_lends_it_on(world)
    before = world.happened()
    assert world.tell(late)["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]
    assert world.happened() == before
    assert world.open_cases() == []


def test_a_late_renewal_leaves_the_next_loan_alone(world: World) -> None:
    world.tell(world.borrows(world.dune))
    world.ahead(days=1)
    late = world.renews(world.dune, no_block=True, due=DUE + timedelta(days=9))
    world.ahead(minutes=5)
    operations.receive(world.by, world.dune)
    operations.checkout(world.by, world.ada, world.dune)
    assert world.tell(late)["outcome"] == "accepted"
    newer = world.loans(world.dune)[-1]
    assert (newer.renewals, newer.due) == (0, DUE + timedelta(days=1))
    assert world.open_cases() == []


def test_a_late_renewal_of_a_book_that_is_back_already_is_over(world: World) -> None:
    world.tell(world.borrows(world.dune))
    world.ahead(days=1)
    late = world.renews(world.dune, no_block=True)
    world.ahead(minutes=30)
    operations.receive(world.by, world.dune)
    assert world.tell(late)["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("Ada Sample", "returned")]
    assert world.open_cases() == []


@pytest.mark.parametrize(("kind", "trust"), [("checkin", "unknown"), ("renew", "unknown"), ("checkin", "restored")])
def test_where_the_clock_cannot_tell_staff_decide(world: World, kind: str, trust: str) -> None:
    world.tell(world.borrows(world.dune))
    world.ahead(days=1)
    late = world.returns(world.dune, no_block=True) if kind == "checkin" else world.renews(world.dune, no_block=True)
    at = "1970-01-01T00:00:07+00:00" if trust == "unknown" else (NOW + timedelta(hours=3)).isoformat()
    the_desk_takes_it_and_lends_it_on(world)
    answer = world.tell({**late, "trust": trust, "at": at, "boot": "started-anew"})
    assert answer["outcome"] == "set_aside"
    assert told(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]
    (case,) = world.open_cases()
    assert case.reason == exceptions.UNCLEAR


def test_what_staff_do_again_is_done(world: World) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    world.tell({**world.returns(world.dune, "bin", no_block=True), "trust": "unknown"})
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    assert told(world, world.dune.barcode) == [("林样本", "returned")]
    assert world.open_cases() == []


@pytest.mark.parametrize("trust", ["unknown", "restored"])
def test_a_return_by_a_clock_that_nobody_set_is_done_where_its_order_is_known(world: World, trust: str) -> None:
    """The kiosk's own loan, and a loan that is older than the kiosk's last row with a good clock."""
    operations.checkout(world.by, world.lin, world.emma)
    world.ahead(hours=1)
    own = world.borrows(world.dune, no_block=True)
    world.tell(own)
    world.ahead(hours=1)
    rows = [world.returns(item, no_block=True) for item in (world.dune, world.emma)]
    answers = world.hand_over(*({**row, "trust": trust, "at": own["at"]} for row in rows))
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert told(world, world.dune.barcode) == [("Ada Sample", "handed_in")]
    assert told(world, world.emma.barcode) == [("林样本", "handed_in")]


def test_a_return_by_a_clock_that_went_on_from_the_last_saved_time_came_later(world: World) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    world.ahead(hours=1)
    row = world.returns(world.dune, no_block=True)
    world.ahead(hours=1)
    assert world.tell({**row, "trust": "restored"})["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("林样本", "handed_in")]


def test_a_kiosk_a_little_ahead_of_the_hub_is_believed(world: World) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    row = world.returns(world.dune, no_block=True)
    answer = world.tell({**row, "at": (hub_clock().now() + timedelta(minutes=2)).isoformat()})
    assert answer["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("林样本", "handed_in")]


@pytest.mark.parametrize("at", ["2023-02-01T00:00:00+00:00", (NOW - timedelta(days=21)).isoformat()])
def test_a_clock_that_is_far_behind_does_not_date_a_loan(world: World, at: str) -> None:
    """It says it is in step; the kiosk's own row before it says it is not."""
    world.tell(world.returns(world.emma, no_block=True))
    world.tell({**world.borrows(world.dune, no_block=True), "at": at})
    (loan,) = world.loans(world.dune)
    assert loan.checked_out_at - NOW < timedelta(minutes=1)
    assert loan.due == DUE


@pytest.mark.parametrize(("no_block", "days"), [(True, 1400), (False, 21)])
def test_a_first_row_from_long_ago_does_not_date_a_loan(world: World, no_block: bool, days: int) -> None:
    """Years ago is never believed, and while the patron waits not even minutes."""
    row = world.borrows(world.dune, ADA_UID, no_block=no_block)
    world.tell({**row, "at": (NOW - timedelta(days=days)).isoformat()})
    assert world.loans(world.dune)[0].due == DUE


A_JOURNAL, ANOTHER = "01930000-0000-7000-8000-00000000000a", "01930000-0000-7000-8000-00000000000b"


def of_journal(world: World, journal: str, seq: int, row: dict[str, Any]) -> None:
    envelope = {"wire": 1, "journal": journal, "rows": [{**row, "seq": seq}]}
    (answer,) = world.device.post("/api/v1/transactions", envelope).json()["answers"]
    assert answer["outcome"] == "accepted"


def ago(row: dict[str, Any], **span: float) -> dict[str, Any]:
    return {**row, "at": (hub_clock().now() - timedelta(**span)).isoformat()}


def test_no_row_of_a_new_journal_is_older_than_the_last_of_the_old_one(world: World) -> None:
    """A disk was changed, and the clock of the new one is three weeks behind and says that it is in step."""
    of_journal(world, A_JOURNAL, 1, world.returns(world.emma, no_block=True))
    world.ahead(hours=3)
    of_journal(world, ANOTHER, 1, ago(world.borrows(world.dune, no_block=True), days=21))
    of_journal(world, ANOTHER, 2, ago(world.borrows(world.utopia, no_block=True), days=21, minutes=-1))
    for item in (world.dune, world.utopia):
        assert hub_clock().now() - world.loans(item)[0].checked_out_at < timedelta(minutes=1)


def test_a_new_journals_row_from_after_the_change_of_disks_is_believed(world: World) -> None:
    of_journal(world, A_JOURNAL, 1, world.returns(world.emma, no_block=True))
    world.ahead(days=3)
    of_journal(world, ANOTHER, 1, ago(world.borrows(world.dune, no_block=True), days=2))
    assert hub_clock().now() - world.loans(world.dune)[0].checked_out_at >= timedelta(days=2)


def test_an_old_journal_that_is_found_again_is_held_to_its_own_rows(world: World) -> None:
    of_journal(world, A_JOURNAL, 1, world.returns(world.emma, no_block=True))
    world.ahead(days=3)
    of_journal(world, ANOTHER, 1, world.returns(world.utopia, no_block=True))
    of_journal(world, A_JOURNAL, 2, ago(world.borrows(world.dune, no_block=True), days=2))
    assert hub_clock().now() - world.loans(world.dune)[0].checked_out_at >= timedelta(days=2)


def test_a_late_loan_of_a_book_that_is_back_already_is_over(world: World) -> None:
    """Borrowed while the kiosk was cut off, and brought back to the staff desk, which knew of no loan."""
    late = world.borrows(world.dune, no_block=True)
    world.ahead(minutes=30)
    operations.receive(world.by, world.dune)
    received = hub_clock().now()
    world.ahead(minutes=30)
    assert world.tell(late)["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.state, loan.transaction is not None) == ("returned", True)
    assert loan.closed_at is not None and abs(loan.closed_at - received) < timedelta(seconds=10)
    happened = world.happened()
    assert (happened[0], happened[-1]) == ("used_in_house", "promise_confirmed"), "the desk knew of no loan yet"
    assert happened[1:-1] == ["checkout", "checkin", "used_in_house_undone"]
    assert not InHouseUse.objects.exists()
    assert world.open_cases() == []


def test_a_late_loan_stands_beside_the_one_that_came_after_it(world: World) -> None:
    late = world.borrows(world.dune, no_block=True)
    world.ahead(hours=1)
    operations.checkout(world.by, world.lin, world.dune)
    world.ahead(hours=1)
    assert world.tell(late)["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]


def test_a_late_loan_of_a_book_that_another_kiosk_has_scanned_since_is_handed_in(world: World) -> None:
    """A scan is no return: staff look for the book in the bin, and the loan continues if it is not there."""
    back = world.another("back")
    late = world.borrows(world.dune, no_block=True)
    world.ahead(minutes=30)
    refused = {**world.returns(world.dune), "seq": 1}
    assert world.post(refused, by=back).json()["answers"][0]["reason"] == "not_on_loan"
    world.ahead(minutes=30)
    assert world.tell(late)["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("Ada Sample", "handed_in")]
    handed_in = PendingReturn.objects.get()
    assert (handed_in.kiosk.name if handed_in.kiosk else "", handed_in.state) == ("back", "waiting")


def test_where_staff_did_not_find_what_was_scanned_the_next_late_loan_stands(world: World) -> None:
    operations.checkout(world.by, world.lin, world.dune)
    late = world.borrows(world.dune, no_block=True)
    world.ahead(minutes=30)
    operations.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    operations.reopen(world.by, PendingReturn.objects.get())
    assert Sighting.objects.filter(seen=False).count() == 0
    assert world.tell(late)["outcome"] == "set_aside"


def test_a_return_that_staff_undo_ends_no_loan_that_comes_later(world: World) -> None:
    """Ada returns and Lin borrows at a kiosk that is offline; the desk takes Lin's copy as returned by mistake."""
    operations.checkout(world.by, world.ada, world.dune)
    world.ahead(days=1)
    back, lent = world.returns(world.dune), world.borrows(world.dune, uid=LIN_UID, no_block=True)
    world.ahead(minutes=30)
    operations.receive(world.by, world.dune)
    operations.undo_return(world.by, world.loans(world.dune)[0])
    world.ahead(minutes=30)
    world.hand_over(back, lent)
    assert told(world, world.dune.barcode) == [("Ada Sample", "returned"), ("林样本", "on_loan")]
    assert world.open_cases() == []


def test_a_late_loan_that_the_patron_took_back_themselves_is_undone(world: World) -> None:
    late = world.borrows(world.dune, no_block=True)
    undo = world.undoes(late, no_block=True)
    world.ahead(minutes=30)
    operations.receive(world.by, world.dune)
    assert [each["outcome"] for each in world.hand_over(late, undo)] == ["accepted", "accepted"]
    assert told(world, world.dune.barcode) == [("Ada Sample", "undone")]
    assert world.open_cases() == []


def test_what_happened_just_after_a_book_was_brought_back_is_a_loan_though_clocks_differ(world: World) -> None:
    """Lin gives it back at the staff desk, and Ada takes it from there to a kiosk that is cut off."""
    operations.checkout(world.by, world.lin, world.dune)
    world.ahead(days=3)
    operations.receive(world.by, world.dune)
    row = world.borrows(world.dune, no_block=True)
    world.tell({**row, "at": (hub_clock().now() - timedelta(minutes=1)).isoformat()})
    assert told(world, world.dune.barcode) == [("林样本", "returned"), ("Ada Sample", "on_loan")]


def refused_at(back: Device, world: World, item: Item) -> None:
    """The patron returns a book at another kiosk, and the hub has no loan of it."""
    row = {**world.returns(item), "seq": 1}
    assert world.post(row, by=back).json()["answers"][0]["reason"] == "not_on_loan"


def is_looked_for(world: World, kiosk: str) -> bool:
    (handed_in,) = PendingReturn.objects.filter(state=PendingReturn.State.WAITING)
    where = handed_in.kiosk.name if handed_in.kiosk else ""
    return told(world, world.dune.barcode)[-1] == ("Ada Sample", "handed_in") and where == kiosk


@pytest.mark.parametrize("seconds", [3, 110])
def test_a_book_that_was_brought_straight_to_the_kiosk_beside_is_looked_for(world: World, seconds: int) -> None:
    """Borrowed at a kiosk that was cut off, and brought back within what clocks may lie apart."""
    back = world.another("back")
    late = world.borrows(world.dune, no_block=True)
    world.ahead(seconds=seconds)
    refused_at(back, world, world.dune)
    world.ahead(hours=1)
    assert world.tell(late)["outcome"] == "accepted"
    assert is_looked_for(world, "back")


def test_what_staff_saw_about_when_it_was_borrowed_is_looked_for(world: World) -> None:
    late = world.borrows(world.dune, no_block=True)
    world.ahead(seconds=30)
    operations.receive(world.by, world.dune)
    world.ahead(hours=1)
    assert world.tell(late)["outcome"] == "accepted"
    assert is_looked_for(world, "")


def test_a_request_that_comes_late_does_not_outlive_the_return_it_missed(world: World) -> None:
    """The kiosk confirmed the checkout offline; the book was returned at another kiosk before the upload."""
    back = world.another("back")
    asked = world.borrows(world.dune)
    world.ahead(seconds=4)
    refused_at(back, world, world.dune)
    world.ahead(seconds=18)
    assert world.tell(asked)["outcome"] == "accepted"
    assert told(world, world.dune.barcode) == [("Ada Sample", "on_loan")]
    world.ahead(seconds=40)
    assert world.tell({**asked, "no_block": True})["outcome"] == "accepted"
    assert is_looked_for(world, "back")
    assert world.tell({**asked, "no_block": True})["outcome"] == "accepted"
    assert is_looked_for(world, "back")


@pytest.mark.parametrize("trust", ["unknown", "restored"])
def test_a_loan_by_a_clock_that_nobody_set_is_looked_for_where_somebody_scanned_the_book(
    world: World, trust: str
) -> None:
    world.tell(world.returns(world.emma, no_block=True))
    world.ahead(hours=1)
    back = world.another("back")
    late = {**world.borrows(world.dune, no_block=True), "boot": "started-anew", "trust": trust}
    world.ahead(days=1)
    refused_at(back, world, world.dune)
    world.ahead(days=1)
    assert world.tell(late)["outcome"] == "accepted"
    assert is_looked_for(world, "back")


def test_a_return_by_a_clock_that_nobody_set_ends_the_loan_that_comes_after_it(world: World) -> None:
    """Both kiosks were offline; the one of the return was restarted meanwhile, and uploads first."""
    back = world.another("back")
    late = world.borrows(world.dune, no_block=True)
    world.ahead(days=1)
    row = {**world.returns(world.dune, "bin", no_block=True), "seq": 1, "boot": "started-anew", "trust": "unknown"}
    world.ahead(days=1)
    assert world.post(row, by=back).json()["answers"][0]["outcome"] == "accepted"
    world.ahead(hours=1)
    assert world.tell(late)["outcome"] == "accepted"
    assert is_looked_for(world, "back")


def test_what_the_patron_took_back_at_once_is_not_looked_for(world: World) -> None:
    back = world.another("back")
    late = world.borrows(world.dune, no_block=True)
    second_thought = world.undoes(late, no_block=True)
    world.ahead(seconds=40)
    refused_at(back, world, world.dune)
    answers = world.hand_over(late, second_thought)
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert told(world, world.dune.barcode) == [("Ada Sample", "undone")]
    assert not PendingReturn.objects.filter(state=PendingReturn.State.WAITING).exists()
    assert world.open_cases() == []


def test_a_kiosks_own_rows_count_in_their_order(world: World) -> None:
    """Its clock was put back by less than a minute between them."""
    taken = world.borrows(world.dune, no_block=True)
    brought = world.returns(world.dune, "trusted", no_block=True)
    taken_again = world.borrows(world.dune, no_block=True)
    world.ahead(hours=1)
    earlier = (NOW - timedelta(seconds=40)).isoformat()
    world.hand_over(taken, brought, {**taken_again, "at": earlier})
    assert [loan.state for loan in world.loans(world.dune)] == ["returned", "on_loan"]


@pytest.mark.parametrize("seconds", [1, 110])
def test_a_return_that_a_clock_puts_just_before_the_loan_is_left_to_staff(world: World, seconds: int) -> None:
    """The patron borrowed at the desk and returned at once, at a kiosk whose clock is slightly behind."""
    operations.checkout(world.by, world.ada, world.dune)
    at = hub_clock().now() - timedelta(seconds=seconds)
    row = {**world.returns(world.dune, "bin", no_block=True), "at": at.isoformat(), "boot": "started-anew"}
    world.ahead(hours=1)
    assert world.tell(row)["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert case.reason == exceptions.UNCLEAR


def test_what_the_patron_takes_back_after_staff_have_done_it_again_is_undone(world: World) -> None:
    """The patron's undo is uploaded late.

    Staff have removed the obstacle and applied the checkout meanwhile.
    """
    operations.checkout(world.by, world.lin, world.dune)
    borrowed = world.borrows(world.dune, no_block=True)
    second_thought = world.undoes(borrowed, no_block=True)
    assert world.tell(borrowed)["outcome"] == "set_aside"
    operations.receive(world.by, world.dune)
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    assert told(world, world.dune.barcode)[-1] == ("Ada Sample", "on_loan")
    assert world.tell(second_thought)["outcome"] == "accepted"
    assert told(world, world.dune.barcode)[-1] == ("Ada Sample", "undone")
    assert world.open_cases() == []


def test_a_loan_that_comes_again_to_a_hub_put_back_ends_with_the_return_that_came_first(world: World) -> None:
    """The return had still to be sent when the hub was put back; the loan it had forgotten came when it said so."""
    again = world.borrows(world.dune, no_block=True)
    world.ahead(days=1)
    queued = world.returns(world.dune, no_block=True)
    world.ahead(hours=1)
    assert world.tell(queued)["outcome"] == "accepted"
    assert world.tell(again)["outcome"] == "accepted"
    assert is_looked_for(world, "front")
