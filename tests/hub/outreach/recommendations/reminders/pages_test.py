"""Test the staff pages of loan return forecasts, and of overdue and lost items."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse

from hub.circulation.models import Library
from hub.circulation.operations import fees, loan_changes
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.recommendations.reminders import forecasts
from hub.outreach.recommendations.reminders.models import (
    Fit,
    LoanLength,
    Lost,
    OpenLoan,
    Outcome,
    OverdueNoticeStep,
    ReminderSettings,
)
from tests.hub.outreach.recommendations.reminders.simulated_patron import give_consent, lend, train_habit
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def sees(grace: Grace, name: str, query: str = "") -> str:
    grace.sign_in()
    response = grace.client.get(reverse(f"reminders:{name}") + query)
    assert response.status_code == 200
    return words(response.content)


def presses(grace: Grace, name: str, *args: object, **fields: object) -> str:
    grace.sign_in()
    response = grace.client.post(reverse(f"reminders:{name}", args=args), fields, follow=True)
    grace.last = response.content.decode()
    return words(response.content)


def outcomes(count: int, *, days: float = 14.0, simulated: bool = False, type: str = "book") -> None:
    """Create `count` outcomes of loans forecast at two weeks and returned after `days`."""
    today = hub_clock().now().date()
    Fit.objects.get_or_create(
        pk=1, defaults={"at": hub_clock().now(), "loans": 1, "between": 0.1, "share": 0.2, "seconds": 0.1}
    )
    Outcome.objects.bulk_create(
        Outcome(
            type=type, basis="own", middle=2.639, spread=0.5, by_type=3.0, days=days, late=False,
            judged_on=today - timedelta(days=1), simulated=simulated,
        )
        for _each in range(count)
    )  # fmt: skip
    forecasts.store_calibration(hub_clock().now())


def test_empty_hub_shows_no_reminders_and_no_training(grace: Grace) -> None:
    page = sees(grace, "habits")
    assert "0 reminders in the next 7 days" in page
    assert "0 forecasts evaluated so far After 30 more" in page
    assert "Not trained yet" in page


def test_planned_reminders_are_counted_by_day(world: World, grace: Grace) -> None:
    lend(world, world.dune)
    world.advance(days=20)
    page = sees(grace, "habits")
    assert "2 reminders in the next 7 days" in page
    assert "Wed 16 Dec: 0 on the usual day, 0 on a chosen day, 0 by the due date, 1 early" in page
    assert "Sun 20 Dec: 0 on the usual day, 0 on a chosen day, 1 by the due date, 0 early" in page


def test_calibration_is_shown_by_item_type(grace: Grace) -> None:
    outcomes(60, days=10)
    outcomes(40, days=30)
    page = sees(grace, "habits")
    assert "60 % returned by their usual day" in page
    assert "60 % returned by their likely day" in page
    assert "Book 100 60 % 60 %" in page
    assert "SIMULATED" not in page


def test_calibration_of_few_forecasts_shows_no_share(grace: Grace) -> None:
    outcomes(35)
    outcomes(3, type="map")
    assert "map 3 – – – –" in sees(grace, "habits")


def test_simulated_outcomes_are_labelled(grace: Grace) -> None:
    outcomes(40, simulated=True)
    assert "SIMULATED" in sees(grace, "habits")
    outcomes(10)
    assert "40 of these loans were invented" in sees(grace, "habits")


def test_overdue_open_loan_counts_against_forecast(world: World) -> None:
    train_habit(world)
    loan = lend(world, world.dune)
    world.advance(days=60)
    found = forecasts.measure_calibration(hub_clock().now())
    assert found.all is not None
    before = forecasts.measure_calibration(loan.out_at)
    assert found.all.count == (before.all.count if before.all else 0) + 1
    assert found.tenths[-1] > 0


def test_staff_timing_reschedules_open_loans(world: World, grace: Grace) -> None:
    lend(world, world.dune)
    fields = {"moment": "17:30", "before": "5", "early": "9", "risk": "0.4", "first_visits": "0"}
    assert "Saved. 1 open loans rescheduled." in presses(grace, "timing", **fields)
    loan = OpenLoan.objects.get()
    assert loan.remind_at is not None
    assert (loan.due - loan.remind_at).days == 5
    assert loan.early_at is None


def test_invalid_timing_is_not_saved(grace: Grace) -> None:
    fields = {"moment": "25:00", "before": "500", "early": "9", "risk": "0.4", "first_visits": "0"}
    assert "less than or equal to 60" in presses(grace, "timing", **fields)
    assert not ReminderSettings.objects.exists()


def test_overdue_page_shows_last_and_next_notice(world: World, grace: Grace) -> None:
    lend(world, world.dune)
    world.advance(days=30)
    page = sees(grace, "overdue")
    assert "Overdue 1" in page
    assert "Dune" in page
    assert "2 days overdue no notice yet; next on Wed 30 Dec" in page
    assert "Ada Sample" not in page


def test_notice_step_is_added_removed_and_restored(grace: Grace) -> None:
    assert "Notice added: 14 days after the due date" in presses(grace, "add_step", days="14")
    assert "already exists" in presses(grace, "add_step", days="14")
    assert "Notice removed: 14 days after the due date" in presses(grace, "drop_step", 14)
    assert not OverdueNoticeStep.objects.filter(days=14).exists()
    grace.undo()
    assert OverdueNoticeStep.objects.filter(days=14).exists()


def test_staff_mark_loan_lost_and_done_with_undo(world: World, grace: Grace) -> None:
    loan = lend(world, world.dune)
    world.advance(days=90)
    assert "Mark as lost" in sees(grace, "overdue")
    assert "Marked as lost." in presses(grace, "lose", loan.pk)
    lost = Lost.objects.get()
    assert "Marked as done" in presses(grace, "end", lost.pk)
    assert "Dune" in sees(grace, "overdue", "?show=done")
    grace.undo()
    assert Lost.objects.get().state == "lost"


def test_paid_loss_is_marked_done_on_the_patrons_fees(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    ReminderSettings.objects.create(lost_after=60, lost_fee=Decimal(35))
    loan = lend(world, world.dune)
    world.advance(days=90)
    presses(grace, "lose", loan.pk)
    assert "Lost items, paid" not in grace.page("patron_fees", world.ada.pk), "it is still owed"
    fees.take(world.by, world.ada, Decimal(35))
    page = reverse("staff:patron_fees", args=(world.ada.pk,))
    assert "Fee of 35.00 CNY paid or waived Mark done" in grace.page("patron_fees", world.ada.pk)
    assert Grace(role="clerk", name="hopper").page("patron_fees", world.ada.pk).count("Mark done") == 0
    presses(grace, "end", Lost.objects.get().pk, back=page)
    assert "Lost items, paid" not in grace.page("patron_fees", world.ada.pk)
    assert Lost.objects.get().state == Lost.State.DONE


def test_loan_returned_meanwhile_is_not_marked_lost(world: World, grace: Grace) -> None:
    loan = lend(world, world.dune)
    loan_changes.receive(world.by, world.dune)
    assert "Nothing was changed" in presses(grace, "lose", loan.pk)
    assert not Lost.objects.exists()


def test_patron_page_shows_basis_of_forecast(world: World, grace: Grace) -> None:
    loan = lend(world, world.dune)
    page = grace.page("patron_loans", world.ada.pk)
    assert "No consent to personal reminder times: the forecast uses the item type." in page
    give_consent(loan.person)
    page = grace.page("patron_loans", world.ada.pk)
    assert "Too few returns so far: the forecast uses the item type." in page
    train_habit(world)
    LoanLength.objects.update(simulated=False)
    lend(world, world.utopia)
    forecasts.nightly(hub_clock().now())
    carry()
    grace.sign_in()
    page = grace.page("patron_loans", world.ada.pk)
    assert "6 returns; mostly on Tuesday." in page
    assert "patron's usual day" in page


def test_pages_require_staff_sign_in(world: World) -> None:
    from django.test import Client

    for name in ("habits", "overdue"):
        assert Client().get(reverse(f"reminders:{name}")).status_code == 302
