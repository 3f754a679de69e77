"""The patron's record: tabs, corrections, membership, and fees charged, paid, waived and taken back."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from hub.circulation.domain_mapping import patron_facts
from hub.circulation.models import Fee, FeeRule, Library, Patron, PatronCategory, Payment, Waiver
from hub.circulation.operations import fees
from hub.core.clock import hub_clock
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace(role="librarian")


def owed(world: World) -> Decimal:
    return patron_facts(world.ada).fees


def test_library_that_charges_nothing_sees_no_fees(world: World, grace: Grace) -> None:
    assert "Fees" not in grace.page("patron", world.ada.pk)
    assert reverse("staff:patron_fees", args=(world.ada.pk,)) not in source(grace, "patron", world.ada)
    assert "Charge a fee" not in grace.page("patron_fees", world.ada.pk)
    Library.objects.update(charges=True)
    assert reverse("staff:patron_fees", args=(world.ada.pk,)) in source(grace, "patron", world.ada)
    assert "Charge a fee" in grace.page("patron_fees", world.ada.pk)
    Library.objects.update(charges=False)
    fees.charge(world.by, world.ada, "other", Decimal(3))
    assert "Fees 3.00 CNY" in grace.page("patron", world.ada.pk)


def test_desk_and_settings_of_a_library_that_charges_nothing_name_no_fee(world: World) -> None:
    grace = Grace()
    PatronCategory.objects.update(membership_months=12, membership_fee=Decimal(20))

    def pages() -> str:
        desk = grace.client.get(reverse("staff:desk")).content.decode()
        others = ("library:patron_category", "reminders:overdue", "library:settings")
        keys = {"library:patron_category": (world.adult.pk,)}
        found = [grace.client.get(reverse(each, args=keys.get(each, ()))) for each in others]
        return desk + "".join(each.content.decode() for each in found) + source(grace, "patron", world.ada)

    without = pages()
    assert 'class="hidden"><span class="key">F6</span>' in without and "20.00" not in without
    assert "lost_fee" not in without and reverse("library:fee_rules") not in without
    Library.objects.update(charges=True)
    charging = pages()
    assert 'class="hidden"><span class="key">F6</span>' not in charging and "20.00" in charging
    assert "lost_fee" in charging and reverse("library:fee_rules") in charging


def test_damage_costs_what_its_rule_sets_if_no_amount_is_entered(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    form = {"kind": "damage", "amount": "", "item": world.dune.barcode, "form": str(uuid4())}
    assert "Enter an amount" in grace.post("charge", world.ada.pk, **form)
    FeeRule.objects.create(kind=FeeRule.Kind.DAMAGE, item_type=world.book, amount=Decimal("5.00"))
    FeeRule.objects.create(kind=FeeRule.Kind.OVERDUE, amount=Decimal("0.10"))
    assert "Enter an amount" in grace.post("charge", world.ada.pk, **form | {"kind": "overdue"})
    assert "Charged: damage, 5.00" in grace.post("charge", world.ada.pk, **form)


def source(grace: Grace, page: str, patron: Patron) -> str:
    return str(grace.client.get(reverse(f"staff:{page}", args=(patron.pk,))).content.decode())


def test_wrong_name_category_and_date_are_corrected(world: World, grace: Grace) -> None:
    PatronCategory.objects.create(code="child", name="儿童", name_en="Child")
    form = {"name": " Ada  Samplé ", "category": "child", "expires": "2031-05-06"}
    assert "Details saved" in corrected(grace, world, form)
    world.ada.refresh_from_db()
    assert (world.ada.name, world.ada.category.code, world.ada.expires) == ("Ada Samplé", "child", date(2031, 5, 6))
    assert "Nothing was changed" in corrected(grace, world, form)
    history = grace.page("patron_history", world.ada.pk)
    assert "Details corrected name, patron category, expiry date grace" in history
    assert "2031" not in history.split("Details corrected")[1]


def test_correction_is_undone_unless_the_record_changed_since(world: World, grace: Grace) -> None:
    before = Patron.objects.values("name", "category", "expires").get(pk=world.ada.pk)
    form, undo = {"name": "Ada Other", "category": "adult"}, reverse("staff:undo_correction", args=(world.ada.pk,))
    assert "Details saved" in corrected(grace, world, form)
    assert "Undone" in words(grace.client.post(undo, follow=True).content)
    assert Patron.objects.values("name", "category", "expires").get(pk=world.ada.pk) == before
    assert "can no longer be undone" in words(grace.client.post(undo, follow=True).content)
    corrected(grace, world, form)
    of_another = reverse("staff:undo_correction", args=(world.lin.pk,))
    assert "can no longer be undone" in words(grace.client.post(of_another, follow=True).content)
    Patron.objects.filter(pk=world.ada.pk).update(name="Ada Third")
    assert "Nothing was undone" in words(grace.client.post(undo, follow=True).content)
    world.ada.refresh_from_db()
    assert world.ada.name == "Ada Third"
    corrected(grace, world, form)
    world.advance(minutes=16)
    assert "Nothing was undone" in words(grace.client.post(undo, follow=True).content), "too late"


def corrected(grace: Grace, world: World, form: dict[str, str]) -> str:
    """Post the form and return the page that follows."""
    url = reverse("staff:correct", args=(world.ada.pk,))
    return words(grace.client.post(url, form, follow=True).content)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", " ", "Enter the name as on the ID card"),
        ("name", "x" * 201, "at most 200 characters"),
        ("category", "wizard", "Choose a patron category"),
        ("expires", "soon", "Enter the expiry date as 2027-12-31"),
    ],
)
def test_faulty_correction_is_named_and_changes_nothing(
    world: World, grace: Grace, field: str, value: str, fault: str
) -> None:
    before = Patron.objects.values().get(pk=world.ada.pk)
    form = {"name": "Ada Other", "category": "adult", "expires": "2031-05-06", field: value}
    assert fault in corrected(grace, world, form)
    assert Patron.objects.values().get(pk=world.ada.pk) == before


def test_membership_is_renewed_with_its_fee_and_undone(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    assert "Renew membership" not in grace.page("patron", world.ada.pk)
    assert "do not expire" in grace.post("renew_membership", world.ada.pk)
    PatronCategory.objects.update(membership_months=12, membership_fee=Decimal(20))
    before = world.ada.expires
    assert "Charges 20.00 CNY" in grace.page("patron", world.ada.pk)
    assert "Undone" in grace.post_and_undo("renew_membership", world.ada.pk)
    world.ada.refresh_from_db()
    assert (world.ada.expires, owed(world)) == (before, Decimal(0))
    renewed = grace.post("renew_membership", world.ada.pk)
    assert "Fee charged: 20.00 CNY" in renewed and "Take payment" in renewed, "the fees, to take it at once"
    world.ada.refresh_from_db()
    assert world.ada.expires is not None
    assert (world.ada.expires > (before or date.min), owed(world)) == (True, Decimal(20))


def test_fee_is_charged_for_an_item_paid_in_part_and_has_a_receipt(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    form = {"kind": "damage", "amount": "4,50", "item": world.dune.barcode, "note": "coffee"}
    assert "Charged: damage, 4.50 CNY" in grace.post("charge", world.ada.pk, **form)
    page = grace.page("patron_fees", world.ada.pk)
    assert "Dune" in page and "coffee" in page
    fees = grace.client.get(reverse("staff:patron_fees", args=(world.ada.pk,))).content.decode()
    assert 'value="4.50"' in fees, "the only fee is proposed for payment"
    assert "Payment taken: 2.00 CNY" in grace.post("pay", world.ada.pk, amount="2", means="card")
    assert "2.50 CNY of 4.50 CNY" in grace.page("patron_fees", world.ada.pk)
    payment = Payment.objects.get()
    receipt = grace.page("payment", payment.pk)
    assert "damage: Dune 2.00 CNY" in receipt and "bank card" in receipt
    assert "owed again" in grace.post("reverse_payment", payment.pk)
    assert "this receipt is not valid" in grace.page("payment", payment.pk)
    assert owed(world) == Decimal("4.50")


def test_cash_report_counts_the_day_by_means_and_leaves_out_reversed_payments(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "lost", Decimal(30), item=world.dune)
    for amount, means in ((10, "cash"), (5, "card"), (3, "cash")):
        fees.take(world.by, world.ada, Decimal(amount), means)
    report = grace.page("cash_report")
    assert "Main grace 13.00 CNY 5.00 CNY 0.00 CNY 0.00 CNY 18.00 CNY" in report
    fees.reverse_payment(world.by, Payment.objects.get(amount=3))
    assert "Total 15.00 CNY" in grace.page("cash_report")
    for day in ("2020-02-02", "0001-01-01", "soon"):
        assert grace.client.get(reverse("staff:cash_report"), {"day": day}).status_code == 200
    assert "No payments on this day" in grace.page("cash_report", query="?day=2020-02-02")
    assert "Ada" not in report
    sheet = grace.client.get(reverse("staff:cash_report"), {"form": "csv"}).content.decode("utf-8-sig")
    assert [line.split(",")[6] for line in sheet.splitlines()[1:]] == ["10.00", "5.00", "3.00"]
    assert "Ada" not in sheet


def test_till_is_counted_by_means_and_corrected_with_the_earlier_count_kept(world: World, grace: Grace) -> None:
    assert "Till count" not in grace.page("cash_report"), "this library charges nothing"
    fees.charge(world.by, world.ada, "lost", Decimal(30))
    fees.take(world.by, world.ada, Decimal(10), "cash")
    form = {"day": hub_clock().now().date().isoformat(), "branch": world.main.code}
    assert "at most 2 decimals" in grace.post("count_till", **form, cash="-1")
    assert "-1.50 CNY grace" in grace.post("count_till", **form, cash="8,50")
    assert "Nothing was changed" in grace.post("count_till", **form, cash="8.50")
    corrected = grace.post("count_till", **form, cash="10")
    assert "10.00 CNY 0.00 CNY grace" in corrected and "before: 8.50 CNY, grace" in corrected
    sheet = grace.client.get(reverse("staff:cash_report"), {"form": "csv"}).content.decode("utf-8-sig")
    assert [line.split(",")[-2:] for line in sheet.splitlines()[1:]] == [["", ""], ["10.00", "0.00"]]


def test_payments_are_reported_and_counted_by_desk(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    fees.charge(world.by, world.ada, "lost", Decimal(30))
    for desk, amount in (("Children's, 1", 10), ("林台", 5), ("", 3)):
        grace.client.post(reverse("staff:branch"), {"desk": f" {desk}\x07"})
        if desk:
            assert grace.client.cookies["staff_desk"]["httponly"]
        grace.enter(str(amount), world.ada, mode="fee")
    assert list(Payment.objects.order_by("pk").values_list("desk", flat=True)) == ["Children's, 1", "林台", ""]
    grace.client.post(reverse("staff:branch"), {"desk": "林台"})
    assert 'value="林台"' in grace.client.get(reverse("staff:desk")).content.decode()
    report = grace.page("cash_report")
    for row in ("Main – grace 3.00 CNY", "Main Children's, 1 grace 10.00 CNY", "Main 林台 grace 5.00 CNY"):
        assert row in report
    form = {"day": hub_clock().now().date().isoformat(), "branch": world.main.code, "desk": "林台"}
    counted = grace.post("count_till", **form, cash="4")
    assert "Count saved: Main, 林台" in counted and counted.count("-1.00 CNY grace") == 1
    sheet = grace.client.get(reverse("staff:cash_report"), {"form": "csv"}).content.decode("utf-8-sig")
    assert {row["desk"]: row["amount"] for row in csv.DictReader(io.StringIO(sheet)) if row["receipt number"]} == {
        "Children's, 1": "10.00", "林台": "5.00", "": "3.00"
    }  # fmt: skip


def test_unknown_barcode_and_amount_are_named(world: World, grace: Grace) -> None:
    assert "No item has the barcode 123" in grace.post("charge", world.ada.pk, kind="damage", amount="1", item="123")
    Library.objects.update(charges=True)
    url = reverse("staff:charge", args=(world.ada.pk,))
    kept = grace.client.post(url, {"kind": "damage", "amount": "0", "item": "", "note": "coffee"}).content.decode()
    assert "Enter an amount above 0" in kept
    assert 'value="damage" selected' in kept and 'value="coffee"' in kept, "nothing typed is lost"
    assert "what the fee rules set" not in kept, "there is no rule"
    assert "Enter an amount above 0" in grace.post("charge", world.ada.pk, kind="damage", amount="NaN")
    assert not Fee.objects.exists()


def test_payment_for_another_patrons_fee_is_not_found(world: World, grace: Grace) -> None:
    fee = fees.charge(world.by, world.lin, "other", Decimal(3))
    url = reverse("staff:pay", args=(world.ada.pk,))
    assert grace.client.post(url, {"amount": "3", "fee": fee.pk}).status_code == 404


def test_fee_is_waived_with_a_reason_and_owed_again(world: World, grace: Grace) -> None:
    fee = fees.charge(world.by, world.ada, "lost", Decimal(30))
    assert "Enter a reason" in grace.post("waive", fee.pk, amount="10", reason=" ")
    assert "Undone" not in grace.post("waive", fee.pk, amount="10", reason="found in the returns box")
    assert (owed(world), Waiver.objects.get().reason) == (Decimal(20), "found in the returns box")
    assert "10.00 CNY is owed again" in grace.post("revoke_waiver", Waiver.objects.get().pk)
    assert owed(world) == Decimal(30)
    assert "Waived: 30.00 CNY" in grace.post("waive", fee.pk, reason="found in the returns box")
    assert "settled already" in grace.post("waive", fee.pk, reason="found in the returns box")


def test_clerk_takes_payments_but_waives_nothing(world: World) -> None:
    clerk = Grace(role="clerk")
    fee = fees.charge(world.by, world.ada, "lost", Decimal(30))
    assert "Waive" not in clerk.page("patron_fees", world.ada.pk)
    assert clerk.client.post(reverse("staff:waive", args=(fee.pk,)), {"reason": "goodwill"}).status_code == 403
    assert "Payment taken" in clerk.post("pay", world.ada.pk, amount="30")


def test_old_charge_and_payment_are_not_undone_by_a_clerk(world: World) -> None:
    fee = fees.charge(world.by, world.ada, "lost", Decimal(30))
    payment = fees.take(world.by, world.ada, Decimal(10))
    assert isinstance(payment, Payment)
    past = hub_clock().now() - timedelta(minutes=16)
    Fee.objects.update(charged_at=past)
    Payment.objects.update(at=past)
    clerk = Grace(role="clerk")
    assert "Waive it instead" in clerk.post("undo_charge", fee.pk)
    assert "Ask a librarian" in clerk.post("reverse_payment", payment.pk)
    assert owed(world) == Decimal(20)
    assert "owed again" in Grace(role="librarian", name="lena").post("reverse_payment", payment.pk)


def test_payment_at_the_desk_can_be_undone(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "overdue", Decimal("12.50"))
    line = grace.enter("20", world.ada, mode="fee")["line"]
    assert (line["where"], line["then"]) == ("12.50 CNY", "Give change: 7.50 CNY")
    grace.undo_entry(line["undo"])
    assert owed(world) == Decimal("12.50")


def test_every_tab_is_logged_once_under_the_reason(world: World, grace: Grace) -> None:
    for tab in ("patron", "patron_loans", "patron_fees", "patron_history", "patron_notes"):
        assert "Every look at a record is logged" in grace.page(tab, world.ada.pk)
    grace.client.reason = ""
    other = grace.client.get(reverse("staff:patron_fees", args=(world.lin.pk,)))
    assert other.status_code == 302 and "林" not in words(other.content)


def test_history_names_the_amount_in_the_librarys_currency(world: World, grace: Grace) -> None:
    fees.charge(world.by, world.ada, "lost", Decimal(30))
    assert "Fee charged 30.00 CNY · lost item" in grace.page("patron_history", world.ada.pk)


def form_of(grace: Grace, page: str, patron: Patron, name: str = "form") -> dict[str, str]:
    """Return the hidden field of the page's form that tells one sending from the next."""
    found = re.search(f'type="hidden" name="{name}" value="([^"]+)"', source(grace, page, patron))
    return {name: found[1]} if found else {}


def test_form_sent_twice_charges_pays_and_waives_once(world: World, grace: Grace) -> None:
    """A double click, or a reload of a page that a lost connection left half sent."""
    Library.objects.update(charges=True)
    form = form_of(grace, "patron_fees", world.ada)
    for _twice in range(2):
        assert "Charged: damage, 9.00 CNY" in grace.post("charge", world.ada.pk, kind="damage", amount="9", **form)
    assert owed(world) == Decimal(9)
    for _twice in range(2):
        page = grace.post("pay", world.ada.pk, amount="2", means="cash", **form)
        assert "Payment taken: 2.00 CNY" in page
    assert owed(world) == Decimal(7)
    fee = Fee.objects.get()
    for _twice in range(2):
        assert "Waived: 3.00 CNY" in grace.post("waive", fee.pk, amount="3", reason="goodwill", **form)
    assert owed(world) == Decimal(4)
    assert form_of(grace, "patron_fees", world.ada) != form
    grace.post("reverse_payment", Payment.objects.get().pk)
    assert "reversed already" in grace.post("pay", world.ada.pk, amount="2", means="cash", **form)
    assert owed(world) == Decimal(6)


def test_membership_form_sent_twice_renews_once(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    PatronCategory.objects.update(membership_months=12, membership_fee=Decimal(20))
    form = form_of(grace, "patron", world.ada, "until")
    ends = set()
    for _twice in range(2):
        assert "Member until" in grace.post("renew_membership", world.ada.pk, **form)
        ends.add(Patron.objects.get(pk=world.ada.pk).expires)
    assert (len(ends), owed(world)) == (1, Decimal(20))


def test_payment_reversed_on_a_later_day_leaves_the_past_total_and_is_deducted_today(
    world: World, grace: Grace
) -> None:
    """The till of a past day was counted: its total must not change."""
    fees.charge(world.by, world.ada, "lost", Decimal(30))
    fees.take(world.by, world.ada, Decimal(10))
    Payment.objects.update(at=hub_clock().now() - timedelta(days=1))
    fees.take(world.by, world.ada, Decimal(4))
    yesterday = f"?day={(hub_clock().now().date() - timedelta(days=1)).isoformat()}"
    assert "Total 10.00 CNY" in grace.page("cash_report", query=yesterday)
    fees.reverse_payment(world.by, Payment.objects.get(amount=10))
    assert "Total 10.00 CNY" in grace.page("cash_report", query=yesterday)
    today = grace.page("cash_report")
    assert "Total -6.00 CNY" in today and "Payments of earlier days, reversed" in today
    sheet = grace.client.get(reverse("staff:cash_report"), {"form": "csv"}).content.decode("utf-8-sig")
    assert sorted(line.split(",")[6] for line in sheet.splitlines()[1:]) == ["-10.00", "4.00"]


def test_renewal_with_a_paid_fee_is_not_undone(world: World, grace: Grace) -> None:
    Library.objects.update(charges=True)
    """Otherwise the patron would have paid for a membership that has ended."""
    PatronCategory.objects.update(membership_months=12, membership_fee=Decimal(20))
    url = reverse("staff:renew_membership", args=(world.ada.pk,))
    grace.last = grace.client.post(url, follow=True).content.decode()
    until = Patron.objects.get(pk=world.ada.pk).expires
    assert fees.take(world.by, world.ada, Decimal(20)) is not None
    assert "First reverse its payment" in grace.undo()
    assert Patron.objects.get(pk=world.ada.pk).expires == until
