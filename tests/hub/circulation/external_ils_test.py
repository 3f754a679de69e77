"""Test transactions that a third-party ILS has made: the hub records them without checking the rules."""

from datetime import timedelta
from typing import Any

from hub.circulation.models import CirculationEvent, Loan
from hub.core.clock import hub_clock
from tests.hub.support.world import DUE, LIN_UID, World

SOON = DUE - timedelta(days=9)
"""Earlier than this hub's rules would have it."""


def told(world: World, *rows: dict[str, Any], promised: bool = False) -> list[dict[str, Any]]:
    """Upload rows as a kiosk of a hub that follows an ILS."""
    as_sent = [{**row, "result_shown": not promised} for row in rows]
    response = world.device.post("/api/v1/transactions", {"wire": 1, "elsewhere": True, "rows": as_sent})
    assert response.status_code == 200, response.content
    answers: list[dict[str, Any]] = response.json()["answers"]
    return answers


def test_a_loan_is_until_the_day_that_the_system_has_given(world: World) -> None:
    (answer,) = told(world, world.borrows(world.dune, no_block=True, due=SOON))
    assert answer["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.patron, loan.due, loan.state) == (world.ada, SOON, Loan.State.ON_LOAN)
    assert world.happened() == ["checkout"]


def test_whoever_was_promised_it_hears_that_it_is_confirmed(world: World) -> None:
    """A patron who saw the answer at the kiosk is not notified again."""
    told(world, world.borrows(world.dune, no_block=True, due=SOON), promised=True)
    assert world.happened() == ["checkout", "promise_confirmed"]


def test_without_that_word_this_hubs_rules_decide(world: World) -> None:
    """The control."""
    world.tell(world.borrows(world.dune, no_block=True, due=SOON))
    assert world.loans(world.dune)[0].due > SOON


def test_what_this_hubs_rules_would_not_lend_is_no_exception(world: World) -> None:
    world.ada.status = world.ada.Status.BLOCKED
    world.ada.save()
    (answer,) = told(world, world.borrows(world.dune, no_block=True, due=SOON))
    assert answer["outcome"] == "accepted"
    assert world.open_cases() == []


def test_a_loan_that_only_this_hub_has_still_is_over(world: World) -> None:
    """The item was returned at a desk of the ILS, which the hub learns with the next import only."""
    told(world, world.borrows(world.dune, LIN_UID, no_block=True, due=SOON))
    world.ahead(days=2)
    told(world, world.borrows(world.dune, no_block=True, due=DUE))
    assert [(each.patron, each.state) for each in world.loans(world.dune)] == [
        (world.lin, Loan.State.RETURNED),
        (world.ada, Loan.State.ON_LOAN),
    ]
    assert world.happened() == ["checkout", "checkin", "checkout"]
    assert world.open_cases() == []


def test_an_undone_loan_opens_nobody_elses_again(world: World) -> None:
    """The patron's own loan that the ILS closed continues, no other.

    The ILS would not have lent an item that was not returned.
    """
    told(world, world.borrows(world.dune, LIN_UID, no_block=True, due=SOON))
    world.ahead(days=2)
    row = world.borrows(world.dune, no_block=True, due=DUE)
    told(world, row, world.undoes(row, no_block=True))
    assert [(each.patron, each.state) for each in world.loans(world.dune)] == [
        (world.lin, Loan.State.RETURNED),
        (world.ada, Loan.State.UNDONE),
    ]
    assert world.happened() == ["checkout", "checkin", "checkout", "checkout_undone"]


def test_a_renewal_of_a_loan_that_is_not_here_yet_brings_it(world: World) -> None:
    (answer,) = told(world, world.renews(world.dune, no_block=True, due=DUE))
    assert answer["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.patron, loan.due) == (world.ada, DUE)


def test_a_renewal_and_a_return_are_as_they_were_there(world: World) -> None:
    told(world, world.borrows(world.dune, no_block=True, due=SOON))
    world.ahead(days=1)
    told(world, world.renews(world.dune, no_block=True, due=SOON + timedelta(days=3)))
    assert world.loans(world.dune)[0].due == SOON + timedelta(days=3)
    world.ahead(days=1)
    told(world, world.returns(world.dune, no_block=True))
    assert world.loans(world.dune)[0].state == Loan.State.HANDED_IN
    world.ahead(days=1)
    told(world, world.returns(world.dune, "trusted", no_block=True))
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED
    assert world.happened() == ["checkout", "renewed", "handed_in", "return_confirmed"]


def test_when_it_was_handed_in_stays_certain_though_staff_confirm_it_after_a_new_start(world: World) -> None:
    """The return is dated by the scan.

    It was made in an earlier boot and uploaded after later rows.
    """
    told(world, world.borrows(world.dune, no_block=True, due=SOON))
    world.ahead(days=1)
    scan = world.returns(world.dune, no_block=True)
    world.ahead(hours=1)
    told(world, scan, world.borrows(world.emma, no_block=True, due=SOON))
    seen = world.returns(world.dune, "trusted", no_block=True)
    world.ahead(days=1)
    told(world, {**seen, **{name: scan[name] for name in ("at", "boot", "mono_ns")}})
    (loan,) = world.loans(world.dune)
    assert (loan.state, loan.uncertain) == (Loan.State.RETURNED, False)
    event = CirculationEvent.objects.get(kind="return_confirmed")
    assert event.data["time"] == "certain"


def test_the_same_row_twice_is_one_loan_and_an_undo_takes_it_back(world: World) -> None:
    row = world.borrows(world.dune, no_block=True, due=SOON)
    told(world, row)
    told(world, row)
    assert len(world.loans(world.dune)) == 1
    told(world, world.undoes(row, no_block=True))
    assert world.loans(world.dune)[0].state == Loan.State.UNDONE


def test_a_card_that_no_import_has_brought_is_shown_to_staff(world: World) -> None:
    (answer,) = told(world, world.borrows(world.dune, "04DEADBEEF", no_block=True, due=SOON))
    assert answer["outcome"] == "set_aside"
    (case,) = world.open_cases()
    assert case.reason == "unknown_card"
    assert hub_clock().now() >= case.opened_at
