"""Test the transaction time: determined by the hub, and marked if uncertain, so that no fee follows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.circulation.models import CirculationEvent, Loan, PendingReturn, Transaction
from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from tests.hub.support.world import DUE, NOW, World

BOOT, STARTED = "c0ffee00-boot", NOW - timedelta(hours=30)
"""Boot id and start of the kiosk, whose monotonic counter does not follow its clock."""
LITTLE = timedelta(seconds=20)


def counter(moment: datetime) -> int:
    return (moment - STARTED) // timedelta(microseconds=1) * 1000


def stamped(row: dict[str, Any], **clock: Any) -> dict[str, Any]:
    """Return the row with the counter of this moment and the given clock values."""
    return {**row, "boot": BOOT, "mono_ns": counter(hub_clock().now()), **clock}


def upload_as(world: World, *rows: dict[str, Any], boot: str = BOOT) -> list[str]:
    """Upload the rows in a request with the kiosk's counter of this moment."""
    sent = {"wire": 1, "boot": boot, "mono_ns": counter(hub_clock().now()), "rows": list(rows)}
    answers = world.device.post("/api/v1/transactions", sent).json()["answers"]
    return [each["outcome"] for each in answers]


def shifted_now(**span: float) -> str:
    return (hub_clock().now() + timedelta(**span)).isoformat()


@pytest.mark.parametrize("days", [-3652, 3652, -1, 1])
@pytest.mark.parametrize("trust", ["synced", "restored", "unknown"])
def test_wrong_clock_does_not_date_a_loan_while_the_kiosk_runs_on(world: World, days: int, trust: str) -> None:
    """The clock is ten years or one day off, either way."""
    lent = hub_clock().now()
    wrong = lent + timedelta(days=days)
    row = stamped(
        world.checkout(world.dune, no_block=True, due=DUE + timedelta(days=days)), at=wrong.isoformat(), trust=trust
    )
    world.advance(days=3)
    assert upload_as(world, row) == ["accepted"]
    (loan,) = world.loans(world.dune)
    assert abs(loan.checked_out_at - lent) < LITTLE
    assert loan.due == (DUE + timedelta(days=1) if days == 1 else DUE)
    assert not loan.uncertain
    stored = Transaction.objects.get()
    assert stored.happened_at == loan.checked_out_at
    assert CirculationEvent.objects.get(kind="checkout").data["time"] == "certain"


def test_clock_set_back_five_seconds_keeps_the_order_of_rows(world: World) -> None:
    lent = hub_clock().now()
    first = stamped(world.checkout(world.dune, no_block=True), at=shifted_now())
    world.advance(seconds=2)
    second = stamped(world.checkin(world.dune, "trusted", no_block=True), at=shifted_now(seconds=-5))
    world.advance(hours=5)
    assert upload_as(world, first, second) == ["accepted", "accepted"]
    (loan,) = world.loans(world.dune)
    assert loan.closed_at is not None and lent - LITTLE < loan.checked_out_at < loan.closed_at < lent + LITTLE


@pytest.mark.parametrize("back", [5.0, 50.0])
def test_small_clock_step_back_is_accepted_without_the_counter(world: World, back: float) -> None:
    world.upload(world.checkin(world.emma, no_block=True))
    row = {**world.checkout(world.dune, no_block=True), "at": shifted_now(seconds=-back)}
    world.advance(days=2)
    assert world.upload(row)["outcome"] == "accepted"
    assert abs(world.loans(world.dune)[0].checked_out_at - NOW) < timedelta(minutes=1)
    assert not world.loans(world.dune)[0].uncertain


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2027-03-28T01:59:59+01:00", datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC)),
        ("2027-03-28T03:00:01+02:00", datetime(2027, 3, 28, 1, 0, 1, tzinfo=UTC)),
        ("2027-10-31T02:30:00+02:00", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2027-10-31T02:30:00+01:00", datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
    ],
)
def test_time_is_right_in_hours_that_daylight_saving_skips_or_repeats(world: World, wall: str, utc: datetime) -> None:
    """Local time jumps; the time on the wire carries its UTC offset."""
    hub_clock().set(utc + timedelta(hours=2))
    assert world.upload({**world.checkout(world.dune, no_block=True), "at": wall})["outcome"] == "accepted"
    assert world.loans(world.dune)[0].checked_out_at == utc


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2038, 1, 19, 3, 14, 6, tzinfo=UTC), datetime(2038, 2, 16, 15, 59, tzinfo=UTC)),
        (datetime(2038, 1, 19, 3, 14, 9, tzinfo=UTC), datetime(2038, 2, 16, 15, 59, tzinfo=UTC)),
        (datetime(2028, 2, 29, 6, 0, tzinfo=UTC), datetime(2028, 3, 28, 15, 59, tzinfo=UTC)),
        (datetime(2028, 2, 1, 6, 0, tzinfo=UTC), datetime(2028, 2, 29, 15, 59, tzinfo=UTC)),
    ],
)
def test_due_dates_are_right_after_2038_and_on_leap_days(world: World, now: datetime, due: datetime) -> None:
    world.ada.expires = None
    world.ada.save()
    hub_clock().set(now)
    row = world.checkout(world.dune, no_block=True, due=due)
    world.advance(minutes=10)
    assert world.upload(row)["outcome"] == "accepted"
    (loan,) = world.loans(world.dune)
    assert (loan.due, loan.uncertain) == (due, False)
    assert abs(loan.checked_out_at - now) < LITTLE


@pytest.mark.parametrize("days", [-3652, 3652])
def test_uncertain_time_is_marked_and_dated_at_the_upload(world: World, days: int) -> None:
    """The kiosk was restarted before it could upload, and its clock was never set."""
    row = stamped(world.checkout(world.dune, no_block=True), at=shifted_now(days=days), trust="unknown")
    world.advance(days=3)
    assert upload_as(world, row, boot="another") == ["accepted"]
    (loan,) = world.loans(world.dune)
    assert loan.uncertain
    assert loan.due == DUE + timedelta(days=3)
    assert Transaction.objects.get().happened_at is None
    assert CirculationEvent.objects.get(kind="checkout").data["time"] == "uncertain"


def test_later_due_date_promised_by_an_uncertain_clock_is_kept(world: World) -> None:
    """The date is on the patron's receipt, so the loan must not be overdue before it."""
    row = stamped(
        world.checkout(world.dune, no_block=True, due=DUE + timedelta(days=20)),
        at=shifted_now(days=20),
        trust="unknown",
    )
    assert upload_as(world, row, boot="another") == ["accepted"]
    assert world.loans(world.dune)[0].due == DUE + timedelta(days=20)


def test_return_at_an_uncertain_time_is_marked_uncertain(world: World) -> None:
    """The hub receives it after the due date, and the time of the return is unknown."""
    world.upload(world.checkout(world.dune))
    world.advance(days=27)
    row = stamped(world.checkin(world.dune, no_block=True), at=shifted_now(days=-3652), trust="unknown")
    world.advance(days=3)
    assert upload_as(world, row, boot="another") == ["accepted"]
    assert (world.loans(world.dune)[0].state, world.loans(world.dune)[0].uncertain) == ("handed_in", True)
    loan_changes.confirm_return(world.by, PendingReturn.objects.get())
    loan = Loan.objects.get()
    assert (loan.state, loan.uncertain) == ("returned", True)
    assert CirculationEvent.objects.get(kind="handed_in").data["time"] == "uncertain"


def test_return_with_a_computed_time_before_the_due_date_is_not_overdue(world: World) -> None:
    world.upload(world.checkout(world.dune))
    world.advance(days=27)
    back = hub_clock().now()
    row = stamped(world.checkin(world.dune, "trusted", no_block=True), at=shifted_now(days=-3652), trust="unknown")
    world.advance(days=3)
    assert upload_as(world, row) == ["accepted"]
    loan = Loan.objects.get()
    assert loan.closed_at is not None and abs(loan.closed_at - back) < LITTLE and loan.closed_at < loan.due
    assert not loan.uncertain


def test_time_is_computed_from_an_earlier_row_of_the_same_boot(world: World) -> None:
    """The clock lost its time server, then the power failed before the upload."""
    rows = [stamped(world.checkin(world.emma, no_block=True))]
    world.advance(hours=20)
    lent = hub_clock().now()
    rows.append(stamped(world.checkout(world.dune, no_block=True), at=shifted_now(days=-3652), trust="restored"))
    world.advance(days=3)
    assert upload_as(world, *rows, boot="another") == ["accepted", "accepted"]
    (loan,) = world.loans(world.dune)
    assert abs(loan.checked_out_at - lent) < LITTLE and not loan.uncertain


def test_time_is_not_computed_from_another_boot_or_an_uncertain_row(world: World) -> None:
    rows = [stamped(world.checkin(world.emma, no_block=True), boot="older")]
    world.advance(hours=1)
    rows.append(stamped(world.checkin(world.utopia, no_block=True), trust="unknown"))
    world.advance(hours=1)
    rows.append(stamped(world.checkout(world.dune, no_block=True), trust="unknown"))
    world.advance(days=3)
    assert upload_as(world, *rows, boot="another") == ["accepted"] * 3
    assert world.loans(world.dune)[0].uncertain


def test_invalid_counter_leaves_the_time_uncertain(world: World) -> None:
    row = {**stamped(world.checkout(world.dune, no_block=True), trust="unknown"), "mono_ns": 2**62}
    assert upload_as(world, row) == ["accepted"]
    old = {**stamped(world.checkout(world.emma, no_block=True), trust="unknown"), "mono_ns": 0}
    sent = {"wire": 1, "boot": BOOT, "mono_ns": 2**63 - 1, "rows": [old]}
    assert world.device.post("/api/v1/transactions", sent).json()["answers"][0]["outcome"] == "accepted"
    assert [loan.uncertain for loan in Loan.objects.all()] == [True, True]


def test_reapplied_exception_keeps_the_computed_time(world: World) -> None:
    from hub.circulation.intake import exceptions

    loan_changes.checkout(world.by, world.lin, world.dune)
    lent = hub_clock().now()
    row = stamped(world.checkout(world.dune, no_block=True), at=shifted_now(days=-3652), trust="unknown")
    world.advance(days=3)
    assert upload_as(world, row) == ["set_aside"]
    loan_changes.receive(world.by, world.dune)
    (case,) = world.open_cases()
    assert exceptions.apply_again(case, "grace", hub_clock().now()) is None
    own = Loan.objects.get(patron=world.ada)
    assert abs(own.checked_out_at - lent) < LITTLE
