"""Test that reminders are sent once, on the patron's usual day, and not for returned or renewed items."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.library_system.central import local_day
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders import forecasts, notices, reminder_planning
from hub.outreach.recommendations.reminders.models import OpenLoan, ReminderSettings, TypeHabit, VisitPattern
from hub.outreach.recommendations.reminders.reminder_choice import set_reminder, suggest_reminders
from hub.outreach.recommendations.reminders.reminder_planning import Learnt
from tests.hub.outreach.recommendations.reminders.simulated_patron import (
    give_back,
    give_consent,
    lend,
    train_habit,
    waiting_messages,
)
from tests.hub.support.world import LIN_UID, World

OUT, DUE = date(2026, 12, 1), date(2026, 12, 29)
"""Two Tuesdays, four weeks apart."""
TUESDAY, FRIDAY = 1, 4
BEGIN = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "likely", "weekday", "expected"),
    [
        (DUE, date(2026, 12, 17), TUESDAY, date(2026, 12, 15)),
        (DUE, date(2026, 12, 29), FRIDAY, date(2026, 12, 25)),
        (DUE, None, None, date(2026, 12, 26)),
        (DUE, date(2026, 12, 17), None, date(2026, 12, 26)),
        (date(2026, 12, 8), date(2026, 12, 3), TUESDAY, date(2026, 12, 5)),
    ],
    ids=["usual Tuesday", "usual Friday", "no habit", "no usual weekday", "no usual weekday left"],
)
def test_reminder_is_on_last_usual_weekday_else_three_days_before_due_date(
    due: date, likely: date | None, weekday: int | None, expected: date
) -> None:
    assert reminder_planning.reminder_day(OUT, due, likely, weekday, 3) == expected


def test_usual_weekday_requires_clear_majority() -> None:
    assert reminder_planning.usual_weekday([0, 3, 0, 0, 1, 0, 0]) == TUESDAY
    assert reminder_planning.usual_weekday([0, 2, 0, 0, 2, 0, 0]) is None
    assert reminder_planning.usual_weekday([0, 2, 0, 0, 0, 0, 0]) is None
    assert reminder_planning.usual_weekday([1, 1, 1, 0, 0, 0, 0]) is None


def test_early_reminder_keeps_distance_from_main_reminder() -> None:
    assert reminder_planning.early_day(OUT, DUE, date(2026, 12, 26), TUESDAY, 7) == date(2026, 12, 22)
    assert reminder_planning.early_day(OUT, DUE, date(2026, 12, 26), None, 7) == date(2026, 12, 22)
    assert reminder_planning.early_day(OUT, DUE, date(2026, 12, 15), TUESDAY, 7) == date(2026, 12, 8)
    assert reminder_planning.early_day(OUT, date(2026, 12, 5), date(2026, 12, 2), TUESDAY, 7) is None


@given(
    minute=st.integers(0, 3_000_000),
    term=st.timedeltas(timedelta(hours=1), timedelta(days=400)),
    elapsed=st.timedeltas(timedelta(0), timedelta(days=800)),
    middle=st.floats(-10, 30),
    spread=st.floats(0.001, 20),
    shift=st.floats(-20, 20),
    doubt=st.floats(0, 50),
    returns=st.integers(0, 50),
    visits=st.lists(st.integers(0, 30), min_size=7, max_size=7),
    renewals=st.integers(0, 2),
    chosen=st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    before=st.integers(0, 60),
    early=st.integers(0, 60),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia", "UTC"]),
)
def test_planned_dates_lie_within_loan(
    minute: int,
    term: timedelta,
    elapsed: timedelta,
    middle: float,
    spread: float,
    shift: float,
    doubt: float,
    returns: int,
    visits: list[int],
    renewals: int,
    chosen: date | None,
    before: int,
    early: int,
    zone: str,
) -> None:
    begin, tz = BEGIN + timedelta(minutes=minute), ZoneInfo(zone)
    loan = OpenLoan(loan="1", person_id=1, type="book", out_at=begin, due=begin + term)
    loan.renewals, loan.chosen = renewals, chosen
    pattern = VisitPattern(person_id=1, weekdays=visits, shift=shift, doubt=doubt, returns=returns)
    known = Learnt({"": TypeHabit(type="", middle=middle, spread=spread, returns=9)}, 0.2)
    reminder_planning.plan_all(
        [loan], {1: pattern}, known, ReminderSettings(before=before, early=early), tz, begin + elapsed
    )
    first, last = local_day(begin, tz), local_day(loan.due, tz)
    for day in (loan.usual, loan.likely):
        assert day is not None
        assert min(first + reminder_planning.DAY, last) <= day <= last
    for at in (loan.remind_at, loan.early_at):
        if at is not None:
            assert begin < at < loan.due
            assert min(first + reminder_planning.DAY, last) <= local_day(at, tz) <= last
    if loan.early_at is not None and loan.remind_at is not None:
        assert loan.early_at < loan.remind_at


def planned(
    returns: int,
    *,
    visits: int = 20,
    renewals: int = 0,
    chosen: date | None = None,
    days: int = 0,
    shift: float = -0.5,
) -> OpenLoan:
    """Plan a four-week loan of a patron who comes on Tuesdays and keeps items for about two weeks."""
    loan = OpenLoan(loan="1", person_id=1, type="book", out_at=BEGIN, due=BEGIN + timedelta(days=28))
    loan.renewals, loan.chosen = renewals, chosen
    pattern = VisitPattern(person_id=1, weekdays=[0, visits, 0, 0, 0, 0, 0], shift=shift, doubt=0.01, returns=returns)
    known = Learnt({"book": TypeHabit(type="book", middle=3.1, spread=0.2, returns=90)}, 0.2)
    reminder_planning.plan_all([loan], {1: pattern}, known, ReminderSettings(), SHANGHAI, BEGIN + timedelta(days=days))
    return loan


def test_own_habit_requires_three_returns() -> None:
    own, by_type = planned(3), planned(2)
    assert (own.basis, own.why, by_type.basis, by_type.why) == ("own", "habit", "type", "due")
    assert own.usual == date(2026, 12, 14)
    assert own.remind_at == datetime(2026, 12, 15, 10, 0, tzinfo=SHANGHAI)
    assert by_type.remind_at == datetime(2026, 12, 26, 10, 0, tzinfo=SHANGHAI)


def test_renewed_loan_is_reminded_by_due_date() -> None:
    assert planned(9, renewals=1).why == "due"


def test_chosen_date_is_kept() -> None:
    loan = planned(9, chosen=date(2026, 12, 24))
    assert (loan.why, loan.early_at) == ("chosen", None)
    assert loan.remind_at == datetime(2026, 12, 24, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("visits", "extra"), [(9, True), (10, False)])
def test_first_nine_visits_get_early_reminder(visits: int, extra: bool) -> None:
    assert (planned(9, visits=visits).early_at is not None) is extra


@pytest.mark.parametrize(("shift", "extra"), [(-0.5, False), (0.6, True)])
def test_likely_late_return_gets_early_reminder(shift: float, extra: bool) -> None:
    loan = planned(9, visits=200, shift=shift)
    assert loan.late is not None
    assert (loan.late > ReminderSettings().risk) is extra
    assert (loan.early_at is not None) is extra


def test_missed_reminder_moves_to_next_usual_day() -> None:
    """Otherwise, after a migration of old loans, all missed reminders would be sent in one night."""
    late = planned(9, visits=9, days=16)
    assert (late.remind_at, late.early_at) == (datetime(2026, 12, 22, 10, 0, tzinfo=SHANGHAI), None)
    assert planned(9, days=22).remind_at == datetime(2026, 12, 26, 10, 0, tzinfo=SHANGHAI)


SHANGHAI = ZoneInfo("Asia/Shanghai")


def reminder_times(days: float, every: int = 4) -> list[datetime]:
    """Let the days pass, run the sender every `every` hours; return the times at which it sent a reminder."""
    moments = []
    for _step in range(int(days * 24 / every)):
        hub_clock().set(hub_clock().now() + timedelta(hours=every))
        if notices.remind(hub_clock().now()):
            moments.append(hub_clock().now().astimezone(SHANGHAI))
    return moments


def test_reminder_is_sent_once_on_usual_weekday(world: World) -> None:
    train_habit(world, times=12)
    lend(world, world.dune)
    (at,) = reminder_times(28, every=1)
    assert (at.weekday(), at.hour) == (1, 10)
    (message,) = waiting_messages()
    assert message.person.ref == world.ada.ref


def test_loans_due_together_share_reminders(world: World) -> None:
    lend(world, world.dune)
    lend(world, world.emma)
    moments = reminder_times(28)
    assert [moment.date() for moment in moments] == [date(2026, 12, 16), date(2026, 12, 20)]
    assert len(waiting_messages()) == 2


def test_returned_loan_gets_no_reminder(world: World) -> None:
    lend(world, world.dune)
    world.advance(days=2)
    give_back(world, world.dune)
    assert reminder_times(28) == []


def test_waiting_reminder_is_withdrawn_by_renewal(world: World) -> None:
    lend(world, world.dune)
    lend(world, world.emma)
    reminder_times(21)
    assert len(waiting_messages()) == 1
    due = hub_clock().now() + timedelta(days=28)
    world.upload(world.renewal(world.dune, due=due))
    carry()
    assert waiting_messages() == []
    notices.remind(hub_clock().now())
    (message,) = waiting_messages()
    assert OpenLoan.objects.get(message=message.key).item == world.emma.barcode


def test_renewal_moves_reminder_to_new_due_date(world: World) -> None:
    loan = lend(world, world.dune)
    reminder_times(22)
    world.upload(world.renewal(world.dune, due=hub_clock().now() + timedelta(days=28)))
    carry()
    renewed = OpenLoan.objects.get()
    assert renewed.due > loan.due
    assert renewed.remind_at is not None
    assert (renewed.due - renewed.remind_at).days == 3
    assert renewed.early_at is None


def test_return_pending_in_feed_suppresses_reminder(world: World) -> None:
    """The library system is queried before sending, so that an item just returned is not mentioned."""
    lend(world, world.dune)
    world.upload(world.checkin(world.dune, "trusted"))
    world.advance(days=26)
    assert notices.remind(hub_clock().now()) == 0


def test_suggested_date_is_available_before_relay(world: World) -> None:
    train_habit(world)
    world.upload(world.checkout(world.dune, due=hub_clock().now() + timedelta(days=28)))
    (day,) = suggest_reminders(world.ada.ref, [world.dune.barcode, world.emma.barcode])
    today = hub_clock().now().astimezone(SHANGHAI).date()
    assert (day.item, day.reason, day.day) == (world.dune.barcode, "usual", today + timedelta(days=14))
    assert (day.earliest, day.latest) == (today + timedelta(days=1), today + timedelta(days=28))


def test_unknown_patron_gets_date_by_item_type(world: World) -> None:
    train_habit(world)
    world.upload(world.checkout(world.dune, LIN_UID, due=hub_clock().now() + timedelta(days=28)))
    (day,) = suggest_reminders(world.lin.ref, [world.dune.barcode])
    assert (day.reason, day.usual) == ("type", None)


def test_habit_is_used_only_with_consent(world: World) -> None:
    train_habit(world, times=12)
    loan = lend(world, world.dune)
    assert (loan.basis, loan.why) == ("own", "habit")
    consents.withdraw(loan.person, Purpose.REMINDERS, "phone")
    loan.refresh_from_db()
    assert (loan.basis, loan.why) == ("type", "due")
    forecasts.nightly(hub_clock().now())
    (day,) = suggest_reminders(world.ada.ref, [world.dune.barcode])
    assert (day.reason, day.usual) == ("type", None)
    give_consent(loan.person)
    loan.refresh_from_db()
    assert (loan.basis, loan.why) == ("own", "habit")


def test_suggested_date_without_training_follows_due_date(world: World) -> None:
    world.upload(world.checkout(world.dune))
    (day,) = suggest_reminders(world.ada.ref, [world.dune.barcode])
    assert (day.reason, day.day) == ("due", date(2026, 12, 20))


def test_date_chosen_before_relay_is_kept(world: World) -> None:
    world.upload(world.checkout(world.dune))
    assert set_reminder(world.ada.ref, world.dune.barcode, date(2026, 12, 4)) == date(2026, 12, 4)
    carry()
    forecasts.nightly(hub_clock().now())
    assert [moment.date() for moment in reminder_times(20)] == [date(2026, 12, 4)]
    (day,) = suggest_reminders(world.ada.ref, [world.dune.barcode])
    assert (day.reason, day.day) == ("chosen", day.earliest)


def test_chosen_date_must_lie_within_own_loan(world: World) -> None:
    world.upload(world.checkout(world.dune))
    assert set_reminder(world.ada.ref, world.dune.barcode, date(2026, 11, 25)) == "too_early"
    assert set_reminder(world.ada.ref, world.dune.barcode, date(2026, 12, 24)) == "too_late"
    assert set_reminder(world.ada.ref, world.emma.barcode, date(2026, 12, 1)) == "not_on_loan"
    assert set_reminder("nobody", world.dune.barcode, date(2026, 12, 1)) == "not_on_loan"


def test_second_nightly_run_changes_nothing(world: World) -> None:
    train_habit(world)
    lend(world, world.dune)
    forecasts.nightly(hub_clock().now())
    once = list(OpenLoan.objects.values())
    forecasts.nightly(hub_clock().now())
    assert list(OpenLoan.objects.values()) == once
