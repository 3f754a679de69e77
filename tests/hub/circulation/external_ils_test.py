"""Test transactions that a third-party ILS has made: the hub records them without checking the rules."""

from datetime import timedelta
from typing import Any

from hub.circulation.models import CirculationEvent, Loan
from hub.core.clock import hub_clock
from tests.hub.support.world import DUE, LIN_UID, World

SOON = DUE - timedelta(days=9)
"""Due date earlier than this hub's rules give."""


def upload(world: World, *rows: dict[str, Any], promised: bool = False) -> list[dict[str, Any]]:
    """Upload rows as a kiosk whose loans an ILS keeps."""
    as_sent = [{**row, "result_shown": not promised} for row in rows]
    response = world.device.post("/api/v1/transactions", {"wire": 1, "elsewhere": True, "rows": as_sent})
    assert response.status_code == 200, response.content
    answers: list[dict[str, Any]] = response.json()["answers"]
    return answers


def test_loan_keeps_the_due_date_of_the_ils(world: World) -> None:
    (answer,) = upload(world, world.checkout(world.dune, no_block=True, due=SOON))
    assert answer["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.patron, loan.due, loan.state) == (world.ada, SOON, Loan.State.ON_LOAN)
    assert world.event_kinds() == ["checkout"]


def test_no_block_checkout_emits_promise_confirmed(world: World) -> None:
    """A patron who saw the answer at the kiosk is not notified again."""
    upload(world, world.checkout(world.dune, no_block=True, due=SOON), promised=True)
    assert world.event_kinds() == ["checkout", "promise_confirmed"]


def test_row_without_ils_flag_gets_the_due_date_of_the_hub_rules(world: World) -> None:
    world.upload(world.checkout(world.dune, no_block=True, due=SOON))
    assert world.loans(world.dune)[0].due > SOON


def test_ils_checkout_that_hub_rules_forbid_opens_no_exception(world: World) -> None:
    world.ada.status = world.ada.Status.BLOCKED
    world.ada.save()
    (answer,) = upload(world, world.checkout(world.dune, no_block=True, due=SOON))
    assert answer["outcome"] == "accepted"
    assert world.open_cases() == []


def test_new_ils_checkout_closes_the_loan_still_open_at_the_hub(world: World) -> None:
    """The item was returned at a desk of the ILS, which the hub learns with the next import only."""
    upload(world, world.checkout(world.dune, LIN_UID, no_block=True, due=SOON))
    world.advance(days=2)
    upload(world, world.checkout(world.dune, no_block=True, due=DUE))
    assert [(each.patron, each.state) for each in world.loans(world.dune)] == [
        (world.lin, Loan.State.RETURNED),
        (world.ada, Loan.State.ON_LOAN),
    ]
    assert world.event_kinds() == ["checkout", "checkin", "checkout"]
    assert world.open_cases() == []


def test_undone_ils_checkout_leaves_the_previous_patrons_loan_closed(world: World) -> None:
    """The patron's own loan that the ILS closed continues, no other.

    The ILS would not have lent an item that was not returned.
    """
    upload(world, world.checkout(world.dune, LIN_UID, no_block=True, due=SOON))
    world.advance(days=2)
    row = world.checkout(world.dune, no_block=True, due=DUE)
    upload(world, row, world.undo(row, no_block=True))
    assert [(each.patron, each.state) for each in world.loans(world.dune)] == [
        (world.lin, Loan.State.RETURNED),
        (world.ada, Loan.State.UNDONE),
    ]
    assert world.event_kinds() == ["checkout", "checkin", "checkout", "checkout_undone"]


def test_renewal_without_a_loan_at_the_hub_creates_the_loan(world: World) -> None:
    (answer,) = upload(world, world.renewal(world.dune, no_block=True, due=DUE))
    assert answer["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.patron, loan.due) == (world.ada, DUE)


def test_renewal_and_return_follow_the_ils(world: World) -> None:
    upload(world, world.checkout(world.dune, no_block=True, due=SOON))
    world.advance(days=1)
    upload(world, world.renewal(world.dune, no_block=True, due=SOON + timedelta(days=3)))
    assert world.loans(world.dune)[0].due == SOON + timedelta(days=3)
    world.advance(days=1)
    upload(world, world.checkin(world.dune, no_block=True))
    assert world.loans(world.dune)[0].state == Loan.State.HANDED_IN
    world.advance(days=1)
    upload(world, world.checkin(world.dune, "trusted", no_block=True))
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED
    assert world.event_kinds() == ["checkout", "renewed", "handed_in", "return_confirmed"]


def test_return_confirmed_after_a_restart_keeps_a_certain_time(world: World) -> None:
    """The return is dated by the scan.

    It was made in an earlier boot and uploaded after later rows.
    """
    upload(world, world.checkout(world.dune, no_block=True, due=SOON))
    world.advance(days=1)
    scan = world.checkin(world.dune, no_block=True)
    world.advance(hours=1)
    upload(world, scan, world.checkout(world.emma, no_block=True, due=SOON))
    seen = world.checkin(world.dune, "trusted", no_block=True)
    world.advance(days=1)
    upload(world, {**seen, **{name: scan[name] for name in ("at", "boot", "mono_ns")}})
    (loan,) = world.loans(world.dune)
    assert (loan.state, loan.uncertain) == (Loan.State.RETURNED, False)
    event = CirculationEvent.objects.get(kind="return_confirmed")
    assert event.data["time"] == "certain"


def test_repeated_row_creates_one_loan_and_its_undo_closes_it(world: World) -> None:
    row = world.checkout(world.dune, no_block=True, due=SOON)
    upload(world, row)
    upload(world, row)
    assert len(world.loans(world.dune)) == 1
    upload(world, world.undo(row, no_block=True))
    assert world.loans(world.dune)[0].state == Loan.State.UNDONE


def test_card_unknown_to_the_hub_opens_an_exception(world: World) -> None:
    (answer,) = upload(world, world.checkout(world.dune, "04DEADBEEF", no_block=True, due=SOON))
    assert answer["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert case.reason == "unknown_card"
    assert hub_clock().now() >= case.opened_at
