"""Report the payments of a day by branch, desk, staff and means of payment, and compare the counted tills with them.

A payment reversed on its own day counts for nothing. One reversed later counts on its day and is deducted on the day of
the reversal, so that the totals of a past day never change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Branch
from hub.catalogue.workplace import LONGEST_DESK, branch_of, desk_of
from hub.circulation.models import Payment, Waiver
from hub.circulation.operations.context import by_staff
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.staff.models import TillCount
from hub.staff.patron_record import payment_row
from hub.staff.payments import has_two_decimals, parse_amount

CASH = str(Payment.Means.CASH)
EARLIEST = date(2000, 1, 1)
"""First day that can be shown; no hub is older."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An amount that counts on this day: a payment, or below 0 the reversal of one of an earlier day."""

    branch: Branch
    desk: str
    staff: str
    means: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TillRow:
    """What one member of staff took at one desk, by means of payment in the order of the columns."""

    branch: str
    desk: str
    staff: str
    amounts: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class CountedMeans:
    """What was taken by one means of payment at one desk, and what was counted, the valid count last."""

    means: str
    taken: Decimal
    counts: tuple[TillCount, ...]

    @property
    def label(self) -> str:
        """Return the means of payment as staff read it."""
        return str(Payment.Means(self.means).label).capitalize()

    @property
    def taken_text(self) -> str:
        """Return the amount taken, with its currency."""
        return formatting.money(self.taken)

    @property
    def counted(self) -> str:
        """Return the valid count for its field; empty if nothing was counted."""
        return str(self.counts[-1].amount) if self.counts else ""

    @property
    def difference(self) -> Decimal | None:
        """Return how much more was counted than taken, or None if nothing was counted."""
        return self.counts[-1].amount - self.taken if self.counts else None

    @property
    def difference_text(self) -> str:
        """Return the difference with its sign, or a dash."""
        if self.difference is None:
            return "–"
        return ("+" if self.difference > 0 else "") + formatting.money(self.difference)

    @property
    def history(self) -> list[tuple[str, str, str]]:
        """Return amount, time and name of each count, the valid one first."""
        return [
            (formatting.money(each.amount), formatting.date_and_time(each.at), each.by)
            for each in reversed(self.counts)
        ]


@staff_page
def cash_report(request: HttpRequest) -> HttpResponse:
    """Show the payments of `?day=`, by default today, with totals to count the till by; `?form=csv` downloads them."""
    day = _day(request.GET.get("day", ""))
    begin = datetime.combine(day, time.min, timezone.get_current_timezone())
    span = (begin, datetime.combine(day + timedelta(days=1), time.min, begin.tzinfo))
    found = Payment.objects.select_related("branch").prefetch_related("parts__fee__item__title")
    payments = list(found.filter(at__gte=span[0], at__lt=span[1]))
    deducted = list(found.filter(at__lt=span[0], reversed_at__gte=span[0], reversed_at__lt=span[1]))
    valid = [each for each in payments if each.reversed_at is None or each.reversed_at >= span[1]]
    booked = [
        *(Booking(each.branch, each.desk, each.staff, each.means, each.amount) for each in valid),
        *(Booking(each.branch, each.desk, each.reversed_by, each.means, -each.amount) for each in deducted),
    ]
    counts = list(TillCount.objects.filter(day=day).select_related("branch"))
    if wants_csv(request):
        return _csv(day, payments, deducted, _compare_tills(booked, counts, ()))
    here = ((branch_of(request), desk_of(request)),) if booked or formatting.library().charges else ()
    waived = Waiver.objects.filter(at__gte=span[0], at__lt=span[1]).values_list("amount", flat=True)
    return page(request, "fees", "staff/cash_report.html", {
        "day": day, "words": formatting.day(day),
        "earlier": day - timedelta(days=1), "later": day + timedelta(days=1) if day < formatting.today() else None,
        "means": [str(label).capitalize() for label in Payment.Means.labels],
        "till": _till(booked), "has_desks": any(each.desk for each in booked),
        "total": formatting.money(_sum(booked)),
        "counted": _compare_tills(booked, counts, here),
        "waived": formatting.money(sum(waived, Decimal(0))) if waived else "",
        "payments": [(_place(each.branch, each.desk), payment_row(each), each in valid) for each in payments],
        "deducted": [
            (_place(each.branch, each.desk), payment_row(each), each.reversed_by, formatting.money(-each.amount))
            for each in deducted
        ],
    })  # fmt: skip


@staff_action
def count(request: HttpRequest) -> HttpResponse:
    """Enter what was counted for the posted day, branch and desk. An unchanged amount is not entered again."""
    day = _day(request.POST.get("day", ""))
    home = f"{reverse('staff:cash_report')}?day={day.isoformat()}"
    branch = get_object_or_404(Branch, code=request.POST.get("branch", ""))
    desk = request.POST.get("desk", "")[:LONGEST_DESK]
    posted = {means: request.POST.get(means, "").strip() for means in Payment.Means.values}
    amounts = {means: parse_amount(text) for means, text in posted.items() if text}
    if any(each is None or each < 0 or not has_two_decimals(each) for each in amounts.values()):
        return report_error(request, _("Enter what you counted as an amount with at most 2 decimals."), home)
    before = {each.means: each.amount for each in TillCount.objects.filter(day=day, branch=branch, desk=desk)}
    by = by_staff(request)
    changed = {means: amount for means, amount in amounts.items() if amount != before.get(means)}
    TillCount.objects.bulk_create(
        TillCount(day=day, branch=branch, desk=desk, means=means, amount=amount, at=by.now, by=by.staff)
        for means, amount in changed.items()
    )
    if not changed:
        return report_error(request, _("Nothing was changed."), home)
    return report_success(request, _("Count saved: {branch}").format(branch=_place(branch, desk)), home)


def _day(text: str) -> date:
    try:
        return min(max(date.fromisoformat(text), EARLIEST), formatting.today())
    except ValueError:
        return formatting.today()


def _sum(booked: Iterable[Booking]) -> Decimal:
    return sum((each.amount for each in booked), Decimal(0))


def _till(booked: list[Booking]) -> list[TillRow]:
    groups: dict[tuple[str, str, str], list[Booking]] = {}
    for each in booked:
        groups.setdefault((str(each.branch), each.desk, each.staff), []).append(each)
    return [
        TillRow(
            branch,
            desk,
            staff,
            tuple(
                formatting.money(_sum(each for each in found if each.means == means)) for means in Payment.Means.values
            ),
            formatting.money(_sum(found)),
        )
        for (branch, desk, staff), found in sorted(groups.items())
    ]


def _place(branch: Branch, desk: str) -> str:
    """Return the branch, and the desk if it has a name."""
    return _("{branch}, {desk}").format(branch=branch, desk=desk) if desk else str(branch)


@dataclass(frozen=True, slots=True)
class Till:
    """What was taken and counted at one desk: cash always, other means where something was taken or counted."""

    branch: Branch
    desk: str
    rows: list[CountedMeans]

    @property
    def place(self) -> str:
        """Return the branch and the desk."""
        return _place(self.branch, self.desk)


def _compare_tills(booked: list[Booking], counts: list[TillCount], here: tuple[tuple[Branch, str], ...]) -> list[Till]:
    places = {*here, *((each.branch, each.desk) for each in booked), *((each.branch, each.desk) for each in counts)}
    found = []
    for branch, desk in sorted(places, key=lambda place: (str(place[0]), place[1])):
        rows = [
            CountedMeans(
                means,
                _sum(each for each in booked if (each.branch, each.desk, each.means) == (branch, desk, means)),
                tuple(each for each in counts if (each.branch, each.desk, each.means) == (branch, desk, means)),
            )
            for means in map(str, Payment.Means.values)
        ]
        found.append(Till(branch, desk, [each for each in rows if each.means == CASH or each.taken or each.counts]))
    return found


def _csv(
    day: date,
    payments: list[Payment],
    deducted: list[Payment],
    counted: list[Till],
) -> HttpResponse:
    """Return the payments as CSV, without the patrons; those of earlier days that were reversed are below 0.

    What was counted follows in columns of its own, so that the sum of the amounts stays what was taken.
    """
    heading = (
        _("receipt number"),
        _("time"),
        _("branch"),
        _("desk"),
        _("taken by"),
        _("means of payment"),
        _("amount"),
        pgettext("a fee", "For"),
        _("reversed"),
        _("counted"),
        _("difference"),
    )
    booked = [(each, -each.amount) for each in reversed(deducted)]
    booked += [(each, each.amount) for each in reversed(payments)]
    rows: list[tuple[object, ...]] = [
        (
            str(each.pk),
            timezone.localtime(each.at).isoformat(timespec="minutes"),
            str(each.branch),
            each.desk,
            each.staff if amount > 0 else each.reversed_by,
            each.get_means_display(),
            amount,
            "; ".join(payment_row(each).purposes),
            timezone.localtime(each.reversed_at).isoformat(timespec="minutes") if each.reversed_at else "",
            "",
            "",
        )
        for each, amount in booked
    ]
    rows += [
        (
            "",
            timezone.localtime(each.counts[-1].at).isoformat(timespec="minutes"),
            str(till.branch),
            till.desk,
            each.counts[-1].by,
            Payment.Means(each.means).label,
            "",
            _("Till count"),
            "",
            each.counts[-1].amount,
            each.difference,
        )
        for till in counted
        for each in till.rows
        if each.counts
    ]
    return download(f"payments-{day.isoformat()}", heading, rows)
