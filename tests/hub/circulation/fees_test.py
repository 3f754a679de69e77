"""Fees are charged, paid in part, waived with a reason, and every one of these steps can be taken back."""

from datetime import date
from decimal import Decimal

import pytest

from hub.circulation.domain_mapping import patron_facts
from hub.circulation.models import CirculationEvent, Fee, Library, Patron, PatronCategory, Payment, Waiver
from hub.circulation.operations import accounts, fees
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db


def owed(world: World) -> Decimal:
    return patron_facts(world.ada).fees


def test_payment_names_the_fees_it_paid_and_keeps_no_change(world: World) -> None:
    overdue = fees.charge(world.by, world.ada, "overdue", Decimal("4.50"))
    lost = fees.charge(world.by, world.ada, "lost", Decimal("8.00"), item=world.emma)
    payment = fees.take(world.by, world.ada, Decimal(20))
    assert isinstance(payment, Payment)
    assert (payment.amount, payment.means, payment.branch) == (Decimal("12.50"), "cash", world.by.branch)
    assert [(part.fee, part.amount) for part in payment.parts.all()] == [
        (overdue, Decimal("4.50")), (lost, Decimal("8.00")),
    ]  # fmt: skip


def test_payment_for_one_fee_leaves_the_older_one(world: World) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal(3))
    lost = fees.charge(world.by, world.ada, "lost", Decimal(8))
    payment = fees.take(world.by, world.ada, Decimal(20), only=lost)
    assert isinstance(payment, Payment)
    assert (payment.amount, owed(world)) == (Decimal(8), Decimal(3))


def test_reversed_payment_is_owed_again_and_reversed_once(world: World) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal(3))
    payment = fees.take(world.by, world.ada, Decimal(2))
    assert isinstance(payment, Payment)
    assert (owed(world), fees.reverse_payment(world.by, payment), owed(world)) == (Decimal(1), True, Decimal(3))
    assert not fees.reverse_payment(world.by, payment)
    assert owed(world) == Decimal(3)
    assert Payment.objects.get().reversed_at is not None


def test_waiver_has_a_reason_and_at_most_what_is_owed(world: World) -> None:
    fee = fees.charge(world.by, world.ada, "damage", Decimal(5))
    fees.take(world.by, world.ada, Decimal(2))
    with pytest.raises(ValueError, match="reason"):
        fees.waive(world.by, fee, Decimal(1), " ")
    waiver = fees.waive(world.by, fee, Decimal(9), "water pipe burst")
    assert waiver is not None
    assert (waiver.amount, owed(world)) == (Decimal(3), Decimal(0))
    assert Fee.objects.get().settled_at is not None
    assert fees.waive(world.by, fee, Decimal(1), "again") is None
    fees.revoke_waiver(world.by, waiver)
    assert (owed(world), Waiver.objects.count(), Fee.objects.get().settled_at) == (Decimal(3), 0, None)


def test_waived_fee_no_longer_stops_the_kiosk(world: World) -> None:
    fee = fees.charge(world.by, world.ada, "damage", Decimal(50))
    fees.waive(world.by, fee, Decimal(50), "first offence")
    assert patron_facts(world.ada).fees == 0


def test_membership_is_extended_from_its_end_and_charged(world: World) -> None:
    Library.objects.update(charges=True)
    PatronCategory.objects.filter(pk=world.ada.category_id).update(membership_months=12, membership_fee=Decimal(20))
    world.ada.expires = date(2026, 12, 20)
    world.ada.save()
    fee = accounts.renew_membership(world.by, world.ada, date(2026, 12, 1))
    assert fee is not None
    assert (world.ada.expires, fee.kind, fee.amount) == (date(2027, 12, 20), "membership", Decimal(20))
    world.ada.expires = date(2026, 1, 31)
    world.ada.save()
    PatronCategory.objects.filter(pk=world.ada.category_id).update(membership_months=1, membership_fee=Decimal(0))
    assert accounts.renew_membership(world.by, world.ada, date(2026, 1, 31)) is None
    assert world.ada.expires == date(2026, 2, 28)


def test_membership_of_a_new_patron_begins_once_and_costs_its_fee_where_fees_are_charged(world: World) -> None:
    today = date(2026, 12, 1)
    Patron.objects.update(expires=None)
    world.ada.refresh_from_db()
    assert accounts.begin_membership(world.by, world.ada, today) is None and world.ada.expires is None
    PatronCategory.objects.filter(pk=world.ada.category_id).update(membership_months=12, membership_fee=Decimal(20))
    world.ada.refresh_from_db()
    world.lin.refresh_from_db()
    assert accounts.begin_membership(world.by, world.ada, today) is None, "this library charges nothing"
    assert world.ada.expires == date(2027, 12, 1)
    Library.objects.update(charges=True)
    assert accounts.begin_membership(world.by, world.ada, date(2026, 12, 9)) is None
    fee = accounts.begin_membership(world.by, world.lin, today)
    assert fee is not None and (fee.kind, fee.amount, world.lin.expires) == (
        "membership",
        Decimal(20),
        date(2027, 12, 1),
    )
    assert world.ada.expires == date(2027, 12, 1), "it had begun already"


def test_membership_without_a_period_is_not_renewed(world: World) -> None:
    with pytest.raises(ValueError, match="do not expire"):
        accounts.renew_membership(world.by, world.ada, date(2026, 12, 1))


def test_correction_tells_the_feed_which_fields_changed_and_no_value(world: World) -> None:
    same = {"category": world.ada.category, "expires": world.ada.expires}
    assert accounts.correct(world.by, world.ada, {"name": "Ada Newname", **same}) == ["name"]
    assert accounts.correct(world.by, world.ada, {"name": "Ada Newname"}) == []
    events = CirculationEvent.objects.filter(kind="patron_corrected")
    assert [each.data["fields"] for each in events] == ["name"]
    assert "Newname" not in str([each.data for each in events])


def test_tenths_paid_and_waived_settle_a_fee(world: World) -> None:
    """SQLite adds them as binary floating-point numbers: 0.10 and 0.20 to more than 0.30, 0.70 and 0.10 to less."""
    for whole, paid in ((Decimal("0.30"), Decimal("0.10")), (Decimal("0.80"), Decimal("0.70"))):
        fee = fees.charge(world.by, world.ada, "overdue", whole)
        fees.take(world.by, world.ada, paid, only=fee)
        fees.waive(world.by, fee, whole - paid, "goodwill")
        assert (owed(world), Fee.objects.filter(Fee.UNSETTLED).count()) == (Decimal(0), 0)
