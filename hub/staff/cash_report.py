"""Report the payments of a day by branch, member of staff and means of payment.

A payment reversed on its own day counts for nothing. One reversed later counts on its day and is deducted on the day of
the reversal, so that the totals of a past day never change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.circulation.models import Payment, Waiver
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, staff_page
from hub.staff.patron_record import payment_row

EARLIEST = date(2000, 1, 1)
"""First day that can be shown; no hub is older."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An amount that counts on this day: a payment, or below 0 the reversal of one of an earlier day."""

    branch: str
    staff: str
    means: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TillRow:
    """What one member of staff took at one branch, by means of payment in the order of the columns."""

    branch: str
    staff: str
    amounts: tuple[str, ...]
    total: str


@staff_page
def cash_report(request: HttpRequest) -> HttpResponse:
    """Show the payments of `?day=`, by default today, with totals to count the till by; `?form=csv` downloads them."""
    day = _day(request.GET.get("day", ""))
    begin = datetime.combine(day, time.min, timezone.get_current_timezone())
    span = (begin, datetime.combine(day + timedelta(days=1), time.min, begin.tzinfo))
    found = Payment.objects.select_related("branch").prefetch_related("parts__fee__item__title")
    payments = list(found.filter(at__gte=span[0], at__lt=span[1]))
    deducted = list(found.filter(at__lt=span[0], reversed_at__gte=span[0], reversed_at__lt=span[1]))
    if wants_csv(request):
        return _csv(day, payments, deducted)
    valid = [each for each in payments if each.reversed_at is None or each.reversed_at >= span[1]]
    booked = [
        *(Booking(str(each.branch), each.staff, each.means, each.amount) for each in valid),
        *(Booking(str(each.branch), each.reversed_by, each.means, -each.amount) for each in deducted),
    ]
    waived = Waiver.objects.filter(at__gte=span[0], at__lt=span[1]).values_list("amount", flat=True)
    return page(request, "fees", "staff/cash_report.html", {
        "day": day, "words": formatting.day(day),
        "earlier": day - timedelta(days=1), "later": day + timedelta(days=1) if day < formatting.today() else None,
        "means": [str(label).capitalize() for label in Payment.Means.labels],
        "till": _till(booked),
        "total": formatting.money(_sum(booked)),
        "waived": formatting.money(sum(waived, Decimal(0))) if waived else "",
        "payments": [(str(each.branch), payment_row(each), each in valid) for each in payments],
        "deducted": [
            (str(each.branch), payment_row(each), each.reversed_by, formatting.money(-each.amount)) for each in deducted
        ],
    })  # fmt: skip


def _day(text: str) -> date:
    try:
        return min(max(date.fromisoformat(text), EARLIEST), formatting.today())
    except ValueError:
        return formatting.today()


def _sum(booked: Iterable[Booking]) -> Decimal:
    return sum((each.amount for each in booked), Decimal(0))


def _till(booked: list[Booking]) -> list[TillRow]:
    groups: dict[tuple[str, str], list[Booking]] = {}
    for each in booked:
        groups.setdefault((each.branch, each.staff), []).append(each)
    return [
        TillRow(
            branch,
            staff,
            tuple(
                formatting.money(_sum(each for each in found if each.means == means)) for means in Payment.Means.values
            ),
            formatting.money(_sum(found)),
        )
        for (branch, staff), found in sorted(groups.items())
    ]


def _csv(day: date, payments: list[Payment], deducted: list[Payment]) -> HttpResponse:
    """Return the payments as CSV, without the patrons; those of earlier days that were reversed are below 0."""
    heading = (
        _("receipt number"),
        _("time"),
        _("branch"),
        _("taken by"),
        _("means of payment"),
        _("amount"),
        pgettext("a fee", "For"),
        _("reversed"),
    )
    booked = [(each, -each.amount) for each in reversed(deducted)]
    booked += [(each, each.amount) for each in reversed(payments)]
    rows = [
        (
            str(each.pk),
            timezone.localtime(each.at).isoformat(timespec="minutes"),
            str(each.branch),
            each.staff if amount > 0 else each.reversed_by,
            each.get_means_display(),
            amount,
            "; ".join(payment_row(each).purposes),
            timezone.localtime(each.reversed_at).isoformat(timespec="minutes") if each.reversed_at else "",
        )
        for each, amount in booked
    ]
    return download(f"payments-{day.isoformat()}", heading, rows)
