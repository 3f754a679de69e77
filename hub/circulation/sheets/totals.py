"""Count the hub's data, for comparison with the totals of the system that it was imported from."""

from decimal import Decimal

from django.db.models import Count, F, Sum

from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Fee, Hold, Loan, Patron
from hub.core.clock import hub_clock


def patrons() -> list[str]:
    """Count patrons by category."""
    rows = Patron.objects.order_by().values_list("category__code").annotate(count=Count("pk"))
    blocked, provisional = (
        Patron.objects.filter(status=status).count() for status in (Patron.Status.BLOCKED, Patron.Status.PROVISIONAL)
    )
    counted = [f"patrons in group {group}: {count}" for group, count in sorted(rows)]
    total = sum(count for _group, count in rows)
    return [*counted, f"patrons: {total}, of them blocked: {blocked}, provisional: {provisional}"]


def loans() -> list[str]:
    """Count open and overdue loans."""
    out = Loan.objects.filter(state=Loan.State.ON_LOAN)
    late = out.filter(Loan.late(hub_clock().now())).count()
    handed_in = Loan.objects.filter(state=Loan.State.HANDED_IN).count()
    return [f"loans open: {out.count()}, of them overdue: {late}", f"loans handed in, not seen: {handed_in}"]


def holds() -> list[str]:
    """Count open holds by pickup branch and state."""
    rows = Hold.objects.filter(state__in=Hold.OPEN).order_by()
    found = rows.values_list("pickup__code", "state").annotate(count=Count("pk"))
    return [f"holds {state} for {pickup}: {count}" for pickup, state, count in sorted(found)] or ["holds: 0"]


def fees() -> list[str]:
    """Sum the fees that are owed and those ever charged, in the library's currency."""
    open_ones = Fee.objects.filter(paid__lt=F("amount"))
    owed = open_ones.aggregate(sum=Sum(F("amount") - F("paid")))["sum"] or Decimal(0)
    charged = Fee.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    currency = the_library().currency
    return [
        f"fees open: {open_ones.count()}, {currency} {owed:.2f}",
        f"fees charged: {Fee.objects.count()}, {currency} {charged:.2f}",
    ]
