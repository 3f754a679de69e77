"""Test that reminders are sent once, on the patron's usual day, and not for returned or renewed items."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders import forecast_training, reminder_sender
from hub.outreach.recommendations.reminders.models import OpenLoan
from hub.outreach.recommendations.reminders.reminder_choice import set_reminder, suggest_reminders
from tests.hub.outreach.recommendations.reminders.simulated_patron import (
    give_back,
    give_consent,
    lend,
    train_habit,
    waiting_messages,
)
from tests.hub.support.world import LIN_UID, World

SHANGHAI = ZoneInfo("Asia/Shanghai")


def reminder_times(days: float, every: int = 4) -> list[datetime]:
    """Let the days pass, run the sender every `every` hours; return the times at which it sent a reminder."""
    moments = []
    for _step in range(int(days * 24 / every)):
        hub_clock().set(hub_clock().now() + timedelta(hours=every))
        if reminder_sender.remind(hub_clock().now()):
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
    reminder_sender.remind(hub_clock().now())
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
    assert reminder_sender.remind(hub_clock().now()) == 0


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
    forecast_training.nightly(hub_clock().now())
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
    forecast_training.nightly(hub_clock().now())
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
    forecast_training.nightly(hub_clock().now())
    once = list(OpenLoan.objects.values())
    forecast_training.nightly(hub_clock().now())
    assert list(OpenLoan.objects.values()) == once
