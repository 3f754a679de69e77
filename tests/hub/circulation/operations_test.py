"""Test the operations of the staff desk: checkout, checkin, holds, fees and refusals."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import item_facts, patron_facts, the_policy
from hub.circulation.models import CirculationEvent, ClosedDay, Fee, Hold, Loan, Payment, PendingReturn, Rule
from hub.circulation.operations import fees, hold_queue, loan_changes
from hub.circulation.operations.context import OperationResult, append_event
from lending.model import Block, Reason
from lending.name_masking import mask_name
from lending.transactions import ReturnMode
from tests.hub.support.world import DUE, NOW, World


def check_out(world: World, item: Item) -> Loan:
    done = loan_changes.checkout(world.by, world.ada, item)
    assert isinstance(done, OperationResult)
    assert done.loan is not None
    return done.loan


def test_due_date_moves_to_an_open_day(world: World) -> None:
    ClosedDay.objects.create(day=DUE.date(), branch=None, reason="inventory")
    assert check_out(world, world.dune).due == DUE + timedelta(days=1)


def test_policy_reflects_rules_and_calendars_in_the_database(world: World) -> None:
    world.main.closed_weekdays = [0]
    world.main.save()
    ClosedDay.objects.create(day=DUE.date(), branch=world.main)
    law = the_policy()
    assert law.timezone == "Asia/Shanghai"
    assert law.calendars["main"].weekdays == {0}
    assert law.calendars["main"].dates == {DUE.date()}
    assert [(rule.category, rule.item_type, rule.limit) for rule in law.rules] == [("adult", "*", 3)]


def test_patron_name_is_masked_in_patron_facts(world: World) -> None:
    assert [mask_name(name) for name in ("Ada Sample", "林样本", "Ada Mary Sample", "Cher", "")] == [
        "Ada S.", "林**", "Ada S.", "C**", "",
    ]  # fmt: skip
    shortest = ("张 三", "欧阳 小明", "Ана Ө", "Ada L.", "김 철수", "Ө. Ана", "  ", "𠮷 三")
    assert [mask_name(name) for name in shortest] == ["张**", "欧**", "Ана **", "Ada **", "김**", "Ө. А.", "", "𠮷**"]
    assert patron_facts(world.ada).name == "Ada S."
    assert patron_facts(world.ada).last4 == "0012"


def test_handed_in_item_does_not_count_as_a_loan(world: World) -> None:
    check_out(world, world.dune)
    assert patron_facts(world.ada).loans == {"book": 1}
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert patron_facts(world.ada).loans == {}
    assert Loan.objects.filter(state=Loan.State.ON_LOAN).count() == 0
    assert item_facts(world.dune).status == "handed_in"


def test_handed_in_item_found_by_staff_is_returned(world: World) -> None:
    loan = check_out(world, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    done = loan_changes.confirm_return(world.by, PendingReturn.objects.get())
    assert isinstance(done, OperationResult)
    loan.refresh_from_db()
    assert loan.state == Loan.State.RETURNED
    assert PendingReturn.objects.get().state == PendingReturn.State.FOUND
    assert world.event_kinds() == ["checkout", "handed_in", "return_confirmed"]
    assert loan_changes.confirm_return(world.by, PendingReturn.objects.get()) == Block(Reason.NOT_ON_LOAN)


def test_handed_in_item_not_found_reopens_the_loan_with_its_due_date(world: World) -> None:
    check_out(world, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    done = loan_changes.reopen(world.by, PendingReturn.objects.get())
    assert isinstance(done, OperationResult) and done.due == DUE
    assert item_facts(world.dune).holder == world.ada.ref
    assert item_facts(world.dune).status == "on_loan"
    assert loan_changes.reopen(world.by, PendingReturn.objects.get()) == Block(Reason.NOT_ON_LOAN)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    assert PendingReturn.objects.filter(state=PendingReturn.State.WAITING).count() == 1


def test_staff_checkin_returns_the_item_whatever_its_state(world: World) -> None:
    assert loan_changes.receive(world.by, world.dune) == Block(Reason.NOT_ON_LOAN)
    check_out(world, world.dune)
    assert isinstance(loan_changes.receive(world.by, world.dune), OperationResult)
    loan_changes.lose(world.by, world.dune)
    assert item_facts(world.dune).status == "lost"
    assert isinstance(loan_changes.receive(world.by, world.dune), OperationResult)
    assert item_facts(world.dune).status == "on_shelf"


def test_lost_item_stays_on_loan_and_is_returned_by_a_staff_checkin(world: World) -> None:
    check_out(world, world.dune)
    loan_changes.lose(world.by, world.dune)
    assert loan_changes.lose(world.by, world.dune) == Block(Reason.ITEM_LOST)
    assert world.loans(world.dune)[0].state == Loan.State.ON_LOAN
    loan_changes.receive(world.by, world.dune)
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED
    assert world.event_kinds() == ["checkout", "item_lost", "item_found", "checkin"]


def test_lost_item_returned_provisionally_at_a_kiosk_stays_lost(world: World) -> None:
    check_out(world, world.dune)
    loan_changes.lose(world.by, world.dune)
    assert isinstance(loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL), OperationResult)
    assert world.loans(world.dune)[0].state == Loan.State.HANDED_IN
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.LOST


def test_trusted_return_of_a_lost_item_clears_its_lost_condition(world: World) -> None:
    check_out(world, world.dune)
    loan_changes.lose(world.by, world.dune)
    assert isinstance(loan_changes.checkin(world.by, world.dune, ReturnMode.TRUSTED), OperationResult)
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.NORMAL
    assert world.loans(world.dune)[0].state == Loan.State.RETURNED


def test_withdrawn_item_cannot_be_checked_out(world: World) -> None:
    Item.objects.filter(pk=world.dune.pk).update(condition=Item.Condition.WITHDRAWN)
    assert loan_changes.checkout(world.by, world.ada, world.dune) == Block(Reason.UNKNOWN_ITEM)


def test_item_is_trapped_for_the_oldest_hold(world: World) -> None:
    world.place_hold(world.lin, world.dune)
    world.advance(minutes=1)
    world.place_hold(world.ada, world.dune)
    kept = hold_queue.trap(world.by, world.dune)
    assert isinstance(kept, Hold)
    assert (kept.patron, kept.shelf, kept.until) == (world.lin, "0020", NOW.date() + timedelta(days=7))
    assert hold_queue.trap(world.by, world.dune) == Block(Reason.HELD_FOR_OTHER)
    assert loan_changes.checkout(world.by, world.ada, world.dune) == Block(Reason.HELD_FOR_OTHER)
    assert isinstance(loan_changes.checkout(world.by, world.lin, world.dune), OperationResult)
    kept.refresh_from_db()
    assert kept.state == Hold.State.COLLECTED


def test_unavailable_item_cannot_be_trapped(world: World) -> None:
    assert hold_queue.trap(world.by, world.dune) == Block(Reason.NOT_ON_LOAN)
    world.place_hold(world.lin, world.dune)
    check_out(world, world.dune)
    assert hold_queue.trap(world.by, world.dune) == Block(Reason.ON_LOAN_TO_OTHER)
    loan_changes.lose(world.by, world.dune)
    assert hold_queue.trap(world.by, world.dune) == Block(Reason.ITEM_LOST)


def test_return_of_an_item_with_holds_reports_the_hold_and_the_bin(world: World) -> None:
    check_out(world, world.dune)
    world.place_hold(world.lin, world.dune)
    done = loan_changes.checkin(world.by, world.dune, ReturnMode.BIN)
    assert isinstance(done, OperationResult)
    assert (done.someone_waits, done.place) == (True, "B")


def test_item_with_a_waiting_hold_cannot_be_renewed(world: World) -> None:
    check_out(world, world.dune)
    world.place_hold(world.lin, world.dune)
    assert loan_changes.renew(world.by, world.ada, world.dune) == Block(Reason.SOMEONE_WAITS)


def test_renewal_is_refused_after_the_limit_or_without_an_own_loan(world: World) -> None:
    check_out(world, world.dune)
    world.advance(days=7)
    assert isinstance(loan_changes.renew(world.by, world.ada, world.dune), OperationResult)
    assert loan_changes.renew(world.by, world.ada, world.dune) == Block(Reason.NO_RENEWALS_LEFT, count=1)
    assert loan_changes.renew(world.by, world.lin, world.dune) == Block(Reason.NOT_YOURS)
    assert loan_changes.renew(world.by, world.ada, world.emma) == Block(Reason.NOT_ON_LOAN)


def test_hold_on_a_held_or_borrowed_title_is_refused(world: World) -> None:
    assert isinstance(hold_queue.place(world.by, world.ada, world.dune.title, world.main), Hold)
    assert hold_queue.place(world.by, world.ada, world.dune.title, world.main) == Block(Reason.ALREADY_YOURS)
    check_out(world, world.emma)
    assert hold_queue.place(world.by, world.ada, world.emma.title, world.main) == Block(Reason.ALREADY_YOURS)


def test_cancelled_hold_frees_the_trapped_item(world: World) -> None:
    world.place_hold(world.lin, world.dune)
    kept = hold_queue.trap(world.by, world.dune)
    assert isinstance(kept, Hold)
    assert isinstance(hold_queue.cancel(world.by, kept), Hold)
    assert item_facts(world.dune).status == "on_shelf"
    assert hold_queue.cancel(world.by, kept) == Block(Reason.NOTHING_TO_UNDO)


def test_undone_checkout_makes_its_hold_ready_again(world: World) -> None:
    world.place_hold(world.lin, world.dune)
    hold_queue.trap(world.by, world.dune)
    row = world.checkout(world.dune, "04D4E5F6")
    world.upload(row)
    assert Hold.objects.get().state == Hold.State.COLLECTED
    world.upload(world.undo(row))
    assert (Hold.objects.get().state, Hold.objects.get().item) == (Hold.State.READY, world.dune)


def test_item_lent_to_another_patron_returns_the_hold_to_waiting(world: World) -> None:
    world.place_hold(world.lin, world.dune)
    hold_queue.trap(world.by, world.dune)
    assert world.upload(world.checkout(world.dune, no_block=True))["outcome"] == "accepted"
    hold = Hold.objects.get()
    assert (hold.state, hold.item) == (Hold.State.WAITING, None)
    assert "hold_waits_again" in world.event_kinds()


def test_unpaid_fees_block_checkout_until_paid(world: World) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal("4.50"))
    fees.charge(world.by, world.ada, "lost", Decimal("8.00"), item=world.emma)
    assert loan_changes.checkout(world.by, world.ada, world.dune) == Block(Reason.FEES, amount=Decimal("12.50"))
    assert taken(world, "5.00") == Decimal("5.00")
    assert [(fee.paid, fee.settled_at is not None) for fee in Fee.objects.all()] == [
        (Decimal("4.50"), True), (Decimal("0.50"), False),
    ]  # fmt: skip
    assert taken(world, "10.00") == Decimal("7.50")
    assert fees.take(world.by, world.ada, Decimal(1)) is None
    assert patron_facts(world.ada).fees == 0
    assert isinstance(loan_changes.checkout(world.by, world.ada, world.dune), OperationResult)


def taken(world: World, amount: str) -> Decimal:
    payment = fees.take(world.by, world.ada, Decimal(amount))
    assert isinstance(payment, Payment)
    return payment.amount


def test_amounts_must_be_above_zero(world: World) -> None:
    with pytest.raises(ValueError, match="above zero"):
        fees.charge(world.by, world.ada, "other", Decimal(0))
    with pytest.raises(ValueError, match="above zero"):
        fees.take(world.by, world.ada, Decimal("-1"))


def test_checkout_event_contains_loan_patron_item_kiosk_and_time(world: World) -> None:
    row = world.checkout(world.dune)
    world.upload(row)
    event = CirculationEvent.objects.get()
    assert (event.id, event.kind) == (1, "checkout")
    assert event.data == {
        "loan": world.loans(world.dune)[0].pk,
        "patron": world.ada.ref,
        "item": world.dune.barcode,
        "title": world.dune.title_id,
        "type": "book",
        "out": event.at.isoformat(),
        "renewals": 0,
        "due": "2026-12-23T23:59:00+08:00",
        "branch": "main",
        "kiosk": "front",
        "staff": None,
        "transaction": row["id"],
        "time": "certain",
    }


@pytest.mark.django_db(transaction=True)
def test_appending_an_event_outside_a_transaction_raises() -> None:
    with pytest.raises(RuntimeError, match="transaction of its effect"):
        append_event("checkout", NOW)


def test_database_allows_one_open_loan_per_item(world: World) -> None:
    check_out(world, world.dune)
    with pytest.raises(IntegrityError), transaction.atomic():
        Loan.objects.create(patron=world.lin, item=world.dune, branch=world.main, checked_out_at=NOW, due=DUE)


def another_copy(world: World) -> Item:
    copy: Item = Item.objects.create(
        barcode="30000000000045", title=world.dune.title, type=world.book, branch=world.main
    )
    return copy


def test_undone_no_block_checkout_reopens_the_patrons_earlier_loan(world: World) -> None:
    """The patron already has the item.

    The kiosk did not know, checked it out again, and the patron undid that.
    """
    world.upload(world.checkout(world.dune))
    world.advance(minutes=10)
    second = world.checkout(world.dune, no_block=True)
    answers = world.upload_all(second, world.undo(second, no_block=True))
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    assert [(loan.state, loan.due, loan.closed_at is None) for loan in world.loans(world.dune)] == [
        ("on_loan", DUE, True), ("undone", DUE, False),
    ]  # fmt: skip
    assert world.event_kinds()[-2:] == ["checkout_undone", "loan_reopened"]


def test_undone_checkout_leaves_the_confirmed_return_closed(world: World) -> None:
    check_out(world, world.dune)
    loan_changes.checkin(world.by, world.dune, ReturnMode.PROVISIONAL)
    row = world.checkout(world.dune)
    world.upload_all(row, world.undo(row))
    assert [loan.state for loan in world.loans(world.dune)] == ["returned", "undone"]


def test_undone_checkout_returns_the_hold_to_waiting_if_its_item_is_taken(world: World) -> None:
    """The patron took another copy than the trapped one.

    Staff then trapped that one for Lin.
    """
    copy = another_copy(world)
    adas_hold = world.place_hold(world.ada, world.dune)
    hold_queue.trap(world.by, world.dune)
    row = world.checkout(copy)
    world.upload(row)
    lins_hold = world.place_hold(world.lin, world.dune)
    assert hold_queue.trap(world.by, world.dune) == lins_hold
    after = world.checkin(world.emma, no_block=True)
    assert [each["outcome"] for each in world.upload_all(world.undo(row, no_block=True), after)] == ["accepted"] * 2
    adas_hold.refresh_from_db()
    assert (adas_hold.state, adas_hold.item, adas_hold.shelf, adas_hold.until, adas_hold.closed_at) == (
        "waiting",
        None,
        "",
        None,
        None,
    )
    lins_hold.refresh_from_db()
    assert (lins_hold.state, lins_hold.item) == ("ready", world.dune)


def test_undone_checkout_makes_the_hold_ready_if_its_item_is_still_free(world: World) -> None:
    hold = world.place_hold(world.ada, world.dune)
    hold_queue.trap(world.by, world.dune)
    row = world.checkout(another_copy(world))
    world.upload_all(row, world.undo(row))
    hold.refresh_from_db()
    assert (hold.state, hold.item, hold.shelf) == ("ready", world.dune, "0012")


def test_undone_checkout_leaves_the_hold_closed_if_the_patron_placed_another(world: World) -> None:
    first = world.place_hold(world.ada, world.dune)
    row = world.checkout(world.dune)
    world.upload(row)
    second = world.place_hold(world.ada, world.dune)
    assert world.upload(world.undo(row, no_block=True))["outcome"] == "accepted"
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("collected", "waiting")


def test_undone_checkout_traps_the_item_again_for_the_other_patron(world: World) -> None:
    hold = world.place_hold(world.lin, world.dune)
    hold_queue.trap(world.by, world.dune)
    row = world.checkout(world.dune, no_block=True)
    world.upload(row)
    hold.refresh_from_db()
    assert (hold.state, hold.item) == ("waiting", None)
    world.upload(world.undo(row, no_block=True))
    hold.refresh_from_db()
    assert (hold.state, hold.item, hold.shelf) == ("ready", world.dune, "0020")
    assert item_facts(world.dune).reserved_for == world.lin.ref


def test_renewal_that_extends_nothing_is_refused_and_not_counted(world: World) -> None:
    check_out(world, world.dune)
    tomorrow = the_policy().local_day(NOW) + timedelta(days=1)
    assert loan_changes.renew(world.by, world.ada, world.dune) == Block(Reason.TOO_EARLY, on=tomorrow)
    promised = loan_changes.renew(replace(world.by, no_block=True), world.ada, world.dune)
    assert isinstance(promised, OperationResult), "a no-block renewal is accepted"
    loan = Loan.objects.get(item=world.dune)
    assert (loan.due, loan.renewals, loan.renewed.count()) == (DUE, 0, 0)
    world.advance(days=1)
    assert isinstance(loan_changes.renew(world.by, world.ada, world.dune), OperationResult)
    assert Loan.objects.get(item=world.dune).renewals == 1


def test_rule_can_set_the_earliest_renewal_before_the_due_date(world: World) -> None:
    Rule.objects.update(earliest_renewal=3)
    check_out(world, world.dune)
    first = the_policy().local_day(DUE) - timedelta(days=3)
    world.advance(days=1)
    assert loan_changes.renew(world.by, world.ada, world.dune) == Block(Reason.TOO_EARLY, on=first)
