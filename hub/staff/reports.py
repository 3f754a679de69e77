"""Report what libraries file each month or year: eleven reports, each as chart, table and CSV.

Loans are counted from the loans themselves, which stay without their patron past the retention period. Figures by
patron category count patrons' acts, so small ones are suppressed and the others rounded (`small_cell_suppression`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import ExtractHour, TruncMonth
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from hub.audit import access_log
from hub.audit.models import Act, Reason
from hub.catalogue.models import Branch, Item, ItemType, Title
from hub.circulation.models import (
    ExceptionCase,
    Fee,
    Hold,
    Kiosk,
    Loan,
    PatronCategory,
    PaymentPart,
    Renewal,
    Transaction,
    Waiver,
)
from hub.core.clock import hub_clock
from hub.core.pages import charts, formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, staff_page
from hub.core.rights import may, may_open
from hub.core.roles import Right
from hub.core.small_cell_suppression import format_count, round_down
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.statistics import goals
from hub.outreach.statistics.models import Headcount
from hub.staff.frame import has_fees
from hub.staff.models import ReportMail
from hub.staff.rows import masked_text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_BARS = 12
"""Rows of a chart; the table has all of them."""
MOST_ROWS = 100
"""Rows of a list of titles or items on the page; the CSV file has all of them."""
ENOUGH_COPIES = 3
"""Waiting holds for each copy from which a library buys another one (a common ratio of purchase plans)."""
EARLIEST = date(2000, 1, 1)
"""First day that can be shown; no hub is older."""


class PatronNames(Enum):
    """How a report shows patrons."""

    LEFT_OUT = auto()
    MASKED = auto()
    IN_FULL = auto()


@dataclass(frozen=True, slots=True)
class Scope:
    """Period of a report, in local days, and its branch; None for all branches.

    `most` is the number of rows of a list of titles or items, None for all of them. `patrons` tells whether a list of
    loans says whose they are: not at all (in a mail, and to staff without the right), masked or by name.
    """

    first: date
    last: date
    branch: Branch | None
    most: int | None = None
    patrons: PatronNames = PatronNames.LEFT_OUT

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time.min, timezone.get_current_timezone())

    @property
    def end(self) -> datetime:
        """The first moment after the period."""
        return datetime.combine(self.last + timedelta(days=1), time.min, timezone.get_current_timezone())

    def during(self, moment: str) -> Q:
        """Return the filter for a moment within the period."""
        return Q(**{f"{moment}__gte": self.begin, f"{moment}__lt": self.end})

    def branch_filter(self, branch: str) -> Q:
        """Return the filter for the branch; `branch` is the field."""
        return Q(**{branch: self.branch}) if self.branch else Q()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a report. `length` is that of its bar; cells beyond the first are figures unless they are text."""

    cells: tuple[object, ...]
    length: int | None = None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A computed report. `texts` is the number of leading columns that are text."""

    heading: tuple[str, ...]
    rows: list[Row]
    total: tuple[object, ...] = ()
    texts: int = 1
    note: str = ""
    bars: tuple[tuple[str, int, str], ...] = ()
    """Label, length and figure of each bar; if empty, the chart has the rows with their first figure."""
    refs: tuple[str, ...] = ()
    """Pseudonyms of the patrons whom the rows name."""

    @property
    def all_rows(self) -> list[tuple[object, ...]]:
        """The cells of every row, with the total as the last one."""
        return [*(row.cells for row in self.rows), *((self.total,) if self.total else ())]

    def label_cells(self, cells: tuple[object, ...]) -> list[tuple[str, object, bool]]:
        """Return the cells of a row, each with its heading, and whether it is a figure."""
        pairs = zip(self.heading, cells, strict=True)
        return [(head, cell, number >= self.texts) for number, (head, cell) in enumerate(pairs)]

    def chart(self, words: str) -> object:
        """Return the bars of the rows, "" if there is nothing to draw."""
        drawn = [(str(row.cells[0]), row.length, str(row.cells[self.texts]))
                 for row in self.rows if row.length is not None]  # fmt: skip
        found = [*(self.bars or drawn)][:MOST_BARS]
        return charts.rows(found, words) if any(length for _label, length, _figure in found) else ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the menu. `splits` are the ways in which its rows can be grouped, the first one by default."""

    name: str
    words: _StrPromise
    about: _StrPromise
    compute: Callable[[Scope, str], ReportTable]
    splits: dict[str, _StrPromise] = field(default_factory=dict)
    by_branch: bool = True
    by_period: bool = True
    of_patrons: bool = False
    """True if its page lists patrons. Its mail then has figures and a link only: names do not leave the hub."""
    is_needed: Callable[[], bool] = lambda: True


def _count_by(rows: QuerySet[Any], key: str) -> dict[Any, int]:
    """Return the number of rows by the value of a field."""
    return dict(rows.order_by().values_list(key).annotate(Count("pk")))


def _loans(scope: Scope) -> QuerySet[Loan]:
    return Loan.objects.exclude(state=Loan.State.UNDONE).filter(
        scope.during("checked_out_at"), scope.branch_filter("branch")
    )


def _renewals(scope: Scope) -> QuerySet[Renewal]:
    undone = Loan.State.UNDONE
    return Renewal.objects.exclude(loan__state=undone).filter(scope.during("at"), scope.branch_filter("loan__branch"))


def _report_loans(scope: Scope, split: str) -> ReportTable:
    zone = timezone.get_current_timezone()
    path, labels = {
        "type": ("item__type", {each.pk: str(each) for each in ItemType.objects.all()}),
        "category": ("patron__category", {each.pk: str(each) for each in PatronCategory.objects.all()}),
        "branch": ("branch", {each.pk: str(each) for each in Branch.objects.all()}),
        "hour": ("hour", {hour: f"{hour:02}:00" for hour in range(24)}),
        "month": ("month", {}),
    }[split]
    loans, renewals, loan_path, renewal_path = _loans(scope), _renewals(scope), path, f"loan__{path}"
    if split in ("hour", "month"):
        loan_path = renewal_path = path
        of = ExtractHour if split == "hour" else TruncMonth
        loans = loans.annotate(**{path: of("checked_out_at", tzinfo=zone)})
        renewals = renewals.annotate(**{path: of("at", tzinfo=zone)})
    lent = _count_by(loans, loan_path)
    again = _count_by(renewals, renewal_path)
    told = format_count if split == "category" else str
    keys = sorted(lent.keys() | again.keys())
    if split not in ("hour", "month"):
        keys.sort(key=lambda each: -lent.get(each, 0))
    rows = []
    for each in keys:
        label = f"{each:%Y-%m}" if split == "month" else labels.get(each, str(each))
        count = lent.get(each, 0)
        length = (round_down(count) or 0) if split == "category" else count
        rows.append(Row((label, told(count), told(again.get(each, 0))), length))
    total = (_("Total"), told(sum(lent.values())), told(sum(again.values())))
    head = str(LOAN_SPLITS[split]).capitalize()
    note = _("Counts are rounded down to fives.") if split == "category" else ""
    return ReportTable((head, pgettext("report", "Loans"), _("Renewals")), rows, total if rows else (), note=note)


def _report_patrons(scope: Scope, _split: str) -> ReportTable:
    """Report the patrons of the last night of the period by category, as the hub counted them that night."""
    counts = Headcount.objects.filter(on__lte=scope.last)
    if scope.branch:
        counts = counts.filter(branch=scope.branch.code)
    night = counts.order_by("-on").values_list("on", flat=True).first()
    names = {each.code: str(each) for each in PatronCategory.objects.all()}
    sums = {name: Sum(name) for name in ("regular", "new", "lapsing", "lapsed")}
    rows, whole = [], dict.fromkeys(sums, 0)
    found = counts.filter(on=night).order_by("group").values("group").annotate(**sums) if night else ()
    for each in found:
        active = each["regular"] + each["new"] + each["lapsing"]
        cells = (active, each["new"], each["lapsing"], each["lapsed"])
        rows.append(Row((names.get(each["group"], each["group"]), *map(format_count, cells)), round_down(active) or 0))
        whole = {name: whole[name] + each[name] for name in whole}
    total = (whole["regular"] + whole["new"] + whole["lapsing"], whole["new"], whole["lapsing"], whole["lapsed"])
    heading = (_("Patron category"), _("Active"), _("of these new"), _("of these lapsing"), _("Lapsed"))
    note = _("Counted in the night to {day}.").format(day=formatting.day(night)) if night else ""
    if night and night < scope.first:
        note = _("No night of the period was counted. {note}").format(note=note)
    return ReportTable(heading, rows, (_("Total"), *map(format_count, total)) if rows else (), note=note)


def _report_turnover(scope: Scope, split: str) -> ReportTable:
    names = {each.pk: str(each) for each in (ItemType if split == "type" else Branch).objects.all()}
    held = Item.objects.filter(scope.branch_filter("branch"), added_at__lt=scope.end).exclude(
        condition=Item.Condition.WITHDRAWN
    )
    groups = dict(held.order_by().values_list("pk", split))
    items = Counter(groups.values())
    # Of the items that are held: a loan at another branch turns the stock of the branch that owns the item.
    # Counted by item and summed here, because the database takes five times as long to join a million loans.
    lent = Loan.objects.exclude(state=Loan.State.UNDONE).filter(scope.during("checked_out_at"))
    loans: Counter[int] = Counter()
    for item, count in _count_by(lent, "item").items():
        if item in groups:
            loans[groups[item]] += count
    rows = []
    for each, count in sorted(items.items(), key=lambda row: -loans[row[0]] / row[1]):
        turns = loans[each] / count
        rows.append(Row((names.get(each, ""), f"{turns:.2f}", loans[each], count), round(100 * turns)))
    whole = sum(items.values())
    total = (_("Total"), f"{sum(loans.values()) / whole:.2f}", sum(loans.values()), whole) if whole else ()
    head = str(TURNOVER_SPLITS[split]).capitalize()
    return ReportTable((head, _("Loans per item"), pgettext("report", "Loans"), _("Items")), rows, total)


def _report_most_borrowed(scope: Scope, _split: str) -> ReportTable:
    counts = _loans(scope).values("item__title").annotate(count=Count("pk")).order_by("-count", "item__title")
    ranked = [(each["item__title"], each["count"]) for each in counts[: scope.most]]
    titles = Title.objects.defer("record").in_bulk([pk for pk, _count in ranked])
    rows = [Row((titles[pk].title, titles[pk].author, titles[pk].call_number, count)) for pk, count in ranked]
    heading = (_("Title"), _("Author"), _("Call number"), pgettext("report", "Loans"))
    return ReportTable(heading, rows, texts=3)


def _report_never_borrowed(scope: Scope, _split: str) -> ReportTable:
    held = Item.objects.filter(scope.branch_filter("branch"), condition=Item.Condition.NORMAL, added_at__lt=scope.begin)
    lent = Loan.objects.exclude(state=Loan.State.UNDONE)
    within = lent.filter(Q(closed_at=None) | Q(closed_at__gte=scope.begin), checked_out_at__lt=scope.end)
    idle = held.exclude(pk__in=within.values("item_id"))
    newest = lent.filter(item=OuterRef("pk")).order_by("-checked_out_at")
    last = Subquery(newest.values("checked_out_at")[:1])
    found = idle.annotate(last=last, idle=Window(Count("pk"))).select_related("title", "branch").defer("title__record")
    listed = list(found.order_by("title__call_number", "barcode")[: scope.most])
    rows = [
        Row((
            each.title.title, each.call_number or each.title.call_number, each.barcode, str(each.branch),
            f"{timezone.localtime(each.last):%Y-%m}" if each.last else pgettext("a loan", "never"),
        ))
        for each in listed
    ]  # fmt: skip
    heading = (_("Title"), _("Call number"), _("Barcode"), _("Branch"), _("Last loan"))
    note = _("{count} of {all} items were not on loan during the period. Items added in it are left out.")
    return ReportTable(
        heading, rows, texts=5, note=note.format(count=listed[0].idle if listed else 0, all=held.count())
    )


def _report_holds(scope: Scope, _split: str) -> ReportTable:
    """Report the holds that wait today for each copy of a title; the period says which were placed."""
    placed = Hold.objects.filter(scope.branch_filter("pickup"), scope.during("placed_at"))
    waiting = _count_by(placed.filter(state=Hold.State.WAITING), "title")
    placed_of = _count_by(placed, "title")
    normal = Item.objects.filter(title__in=placed_of, condition=Item.Condition.NORMAL)
    copies = _count_by(normal, "title")
    ranked = sorted(placed_of, key=lambda pk: (-_strain(waiting.get(pk, 0), copies.get(pk, 0)), -placed_of[pk], pk))
    ranked = ranked[: scope.most]
    titles = Title.objects.defer("record").in_bulk(ranked)
    rows = []
    for pk in ranked:
        waits, has = waiting.get(pk, 0), copies.get(pk, 0)
        ratio = f"{waits / has:.1f}" if has else _("no copy") if waits else "0.0"
        rows.append(Row((titles[pk].title, ratio, waits, has, placed_of[pk])))
    heading = (_("Title"), _("Waiting per copy"), _("Waiting"), _("Copies"), _("Placed in the period"))
    note = _("From {ratio} waiting per copy, libraries usually buy another one.").format(ratio=ENOUGH_COPIES)
    return ReportTable(heading, rows, note=note)


def _strain(waiting: int, copies: int) -> float:
    """Return the waiting holds per copy; a title without a copy has the most."""
    return waiting / copies if copies else float("inf") if waiting else 0


def _report_fees(scope: Scope, _split: str) -> ReportTable:
    charged = Fee.objects.filter(scope.during("charged_at"), growing=False)
    valid = PaymentPart.objects.filter(payment__reversed_at=None)
    paid = valid.filter(scope.during("payment__at"), scope.branch_filter("payment__branch"))
    waived = Waiver.objects.filter(scope.during("at"))
    sums = [
        dict(found.order_by().values_list(kind).annotate(Sum("amount")))
        for found, kind in ((charged, "kind"), (paid, "fee__kind"), (waived, "fee__kind"))
    ]
    nothing = Decimal(0)
    rows = []
    for kind, words in Fee.Kind.choices:
        amounts = [each.get(kind, nothing) for each in sums]
        if any(amounts):
            cells = (str(words).capitalize(), *map(formatting.money, amounts))
            rows.append(Row(cells, int(amounts[0])))
    total = (_("Total"), *(formatting.money(sum(each.values(), nothing)) for each in sums)) if rows else ()
    heading = (pgettext("a fee", "For"), _("Charged"), _("Paid"), _("Waived"))
    note = _(
        "Paid: at the branch that is chosen, without reversed payments. A fine counts as charged when the item is back."
    )
    return ReportTable(heading, rows, total, note=note)


def _report_kiosks(scope: Scope, _split: str) -> ReportTable:
    sent = Transaction.objects.filter(scope.during("received_at"), scope.branch_filter("kiosk__branch"))
    rows_of = _count_by(sent, "kiosk")
    failed = sent.exclude(outcome=Transaction.Outcome.ACCEPTED)
    refused = _count_by(failed, "kiosk")
    cases = ExceptionCase.objects.filter(scope.during("opened_at"), scope.branch_filter("kiosk__branch"))
    opened = _count_by(cases, "kiosk")
    kiosk_of = Subquery(Transaction.objects.filter(pk=OuterRef("transaction")).values("kiosk")[:1])
    loans = _count_by(_loans(scope).annotate(kiosk=kiosk_of), "kiosk")
    every = sum(loans.values())
    rows = []
    for each in Kiosk.objects.filter(scope.branch_filter("branch")).select_related("branch"):
        count = loans.get(each.pk, 0)
        share = round(100 * count / every) if every else 0
        if not (each.revoked_at and not rows_of.get(each.pk)):
            cells = (f"{each} · {each.branch}", count, f"{share} %", rows_of.get(each.pk, 0), refused.get(each.pk, 0),
                     opened.get(each.pk, 0))  # fmt: skip
            rows.append(Row(cells, count))
    desk = loans.get(None, 0)
    if every:
        rows.append(Row((_("Desk and other systems"), desk, f"{round(100 * desk / every)} %", "", "", ""), desk))
    heading = (
        _("Kiosk"), pgettext("report", "Loans"), _("Share of loans"), _("Rows received"), _("Refused"), _("Exceptions"),
    )  # fmt: skip
    return ReportTable(heading, rows)


def _report_messages(scope: Scope, _split: str) -> ReportTable:
    done = Message.objects.filter(scope.during("done_at")).order_by().values_list("kind", "state").annotate(Count("pk"))
    counts: dict[str, dict[Any, int]] = {}
    for kind, state, count in done:
        counts.setdefault(kind, {})[state] = count
    rows = []
    for kind, by_state in sorted(counts.items(), key=lambda row: -sum(row[1].values())):
        said = by_state.get(Message.State.SAID, 0)
        lost, withheld = by_state.get(Message.State.GIVEN_UP, 0), by_state.get(Message.State.WITHHELD, 0)
        share = f"{round(100 * said / (said + lost))} %" if said + lost else "–"
        rows.append(Row((str(MessageKind(kind).label).capitalize(), said, lost, withheld, share), said))
    heading = (_("Message"), _("Delivered"), _("Not delivered"), _("Withheld"), _("Delivered share"))
    return ReportTable(heading, rows, note=_("Withheld: the patron unsubscribed or did not consent."))


def _report_goals(_scope: Scope, _split: str) -> ReportTable:
    found = goals.rows_of_all()
    rows = [Row((each.words, each.now, each.target, each.deadline, each.state, each.role)) for each in found]
    heading = (_("Figure"), _("Now"), _("Target"), _("Until"), _("State"), _("Staff role"))
    bars = tuple((each.words, each.share, f"{each.share} %") for each in found)
    return ReportTable(heading, rows, texts=6, bars=bars, note=_("Bars: how much of the way to the target is done."))


LATE = (7, 30, 90)
"""Upper limits of the groups of overdue loans, in days."""


def _report_overdue(scope: Scope, _split: str) -> ReportTable:
    now = hub_clock().now()
    found = Loan.objects.filter(Loan.late(now), scope.branch_filter("branch"))
    as_of = _("As of {day}.").format(day=formatting.day(now))
    if scope.patrons is PatronNames.LEFT_OUT:
        return _overdue_by_length(found, now, as_of)
    loans = found.select_related("patron", "item__title", "branch").defer("item__title__record").order_by("due", "pk")
    named, rows, refs = scope.patrons is PatronNames.IN_FULL, [], []
    for each in loans[: scope.most]:
        patron = each.patron
        who = f"{patron.name}, {patron.identifier}" if named else masked_text(patron)
        refs.append(patron.ref)
        rows.append(Row((
            who, each.item.title.title, each.item.barcode, str(each.branch), f"{timezone.localtime(each.due):%Y-%m-%d}",
            (timezone.localdate(now) - timezone.localdate(each.due)).days,
        )))  # fmt: skip
    heading = (_("Patron"), _("Title"), _("Barcode"), _("Branch"), _("Due"), _("Days overdue"))
    by_length = _overdue_by_length(found, now, as_of).rows
    bars = tuple((str(each.cells[0]), each.length or 0, str(each.cells[1])) for each in by_length)
    return ReportTable(heading, rows, texts=5, note=as_of, bars=bars, refs=tuple(dict.fromkeys(refs)) if named else ())


def _overdue_by_length(found: QuerySet[Loan], now: datetime, as_of: str) -> ReportTable:
    """Count the overdue loans by how long they are overdue, in days of the calendar as in the list."""
    rows: list[Row] = []
    if not found.exists():
        return ReportTable((), rows, note=as_of)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for first, end in zip((0, *LATE), (*LATE, None), strict=True):
        within = found.filter(due__lt=midnight - timedelta(days=first - 1))
        within = within.filter(due__gte=midnight - timedelta(days=end - 1)) if end else within
        count = within.count()
        words = _("{first} days and more") if end is None else _("{first} to {last} days")
        rows.append(Row((words.format(first=first, last=end - 1 if end else ""), count), count))
    return ReportTable((_("Overdue for"), pgettext("report", "Loans")), rows, (_("Total"), found.count()), note=as_of)


LOAN_SPLITS = {
    "type": gettext_lazy("item type"),
    "category": gettext_lazy("patron category"),
    "branch": gettext_lazy("branch"),
    "hour": gettext_lazy("hour"),
    "month": gettext_lazy("month"),
}
TURNOVER_SPLITS = {"type": gettext_lazy("item type"), "branch": gettext_lazy("branch")}
REPORTS = (
    Report(
        "loans",
        pgettext_lazy("report", "Loans"),
        gettext_lazy("By item type, patron category, branch, hour or month, with renewals."),
        _report_loans,
        LOAN_SPLITS,
    ),
    Report(
        "patrons",
        gettext_lazy("Active patrons"),
        gettext_lazy("Patrons with a loan within 180 days, new and lapsing ones, by category."),
        _report_patrons,
    ),
    Report(
        "turnover",
        gettext_lazy("Turnover of the collection"),
        gettext_lazy("Loans per item, by item type or branch."),
        _report_turnover,
        TURNOVER_SPLITS,
    ),
    Report(
        "most-borrowed",
        gettext_lazy("Most borrowed titles"),
        gettext_lazy("The titles with the most loans."),
        _report_most_borrowed,
    ),
    Report(
        "never-borrowed",
        gettext_lazy("Items not borrowed"),
        gettext_lazy("What stood on the shelf the whole time, to weed or to show."),
        _report_never_borrowed,
    ),
    Report(
        "holds",
        gettext_lazy("Holds per copy"),
        gettext_lazy("Titles for which more patrons wait than there are copies."),
        _report_holds,
    ),
    Report(
        "overdue",
        gettext_lazy("Overdue loans"),
        gettext_lazy("Who has what, and for how long it is overdue. As of today."),
        _report_overdue,
        by_period=False,
        of_patrons=True,
    ),
    Report(
        "fees",
        gettext_lazy("Fees"),
        gettext_lazy("Charged, paid and waived, by what they are for."),
        _report_fees,
        is_needed=has_fees,
    ),
    Report(
        "kiosks",
        gettext_lazy("Kiosks"),
        gettext_lazy("Their share of the loans, refused rows and exceptions."),
        _report_kiosks,
    ),
    Report(
        "messages",
        gettext_lazy("Delivery of messages"),
        gettext_lazy("Delivered, not delivered and withheld, by kind."),
        _report_messages,
        by_branch=False,
    ),
    Report(
        "goals",
        gettext_lazy("Goals"),
        gettext_lazy("Where each goal stands today."),
        _report_goals,
        by_branch=False,
        by_period=False,
    ),
)


@staff_page
def reports(request: HttpRequest) -> HttpResponse:
    """List the reports."""
    return page(request, "reports", "staff/reports.html", {"reports": [each for each in REPORTS if each.is_needed()]})


@staff_page
def report(request: HttpRequest, name: str) -> HttpResponse:
    """Show a report from `?from=` to `?to=`, by default of the last whole month; `?form=csv` downloads it."""
    if (found := find_report(name)) is None:
        raise Http404
    branches = list(Branch.objects.all()) if found.by_branch else []
    chosen = next((each for each in branches if each.code == request.GET.get("branch")), None)
    split = request.GET.get("by", "")
    split = split if split in found.splits else next(iter(found.splits), "")
    first, last = parse_period(request.GET.get("from", ""), request.GET.get("to", ""))
    patrons = _patron_names(request) if found.of_patrons else PatronNames.LEFT_OUT
    table = found.compute(Scope(first, last, chosen, None if wants_csv(request) else MOST_ROWS, patrons), split)
    for ref in table.refs:
        access_log.write(request.user.get_username(), ref, Act.OVERDUE, Reason.LOANS)
    if wants_csv(request):
        return download(f"{name}-{first.isoformat()}-{last.isoformat()}", table.heading, table.all_rows)
    query = request.GET.copy()
    query.update({"form": "csv"})
    return page(request, "reports", "staff/report.html", {
        "report": found, "table": table, "chart": table.chart(str(found.words)),
        "rows": [table.label_cells(cells) for cells in table.all_rows],
        "heads": (table.heading[: table.texts], table.heading[table.texts :]),
        "totals": bool(table.total),
        "most": MOST_ROWS if len(table.rows) == MOST_ROWS else 0,
        "masked": patrons is PatronNames.MASKED and bool(table.rows),
        "branches": branches, "branch": chosen, "splits": found.splits.items(), "split": split,
        "first": first, "last": last, "periods": _periods(first, last),
        "mails": ReportMail.objects.filter(report=name) if may_open(request.user, "staff:report_mail") else None,
        "mail_works": channels_or_none().mail is not None,
        "from_to": f"{formatting.day(first)} – {formatting.day(last)}", "csv": query.urlencode(),
    })  # fmt: skip


def _patron_names(request: HttpRequest) -> PatronNames:
    """Return how the page shows patrons: `?names=1` asks for names, which the access log records."""
    if not may(request.user, Right.DECIDE):
        return PatronNames.LEFT_OUT
    return PatronNames.IN_FULL if request.GET.get("names") == "1" else PatronNames.MASKED


def find_report(name: str) -> Report | None:
    """Return a report that this library has."""
    return next((each for each in REPORTS if each.name == name and each.is_needed()), None)


def last_month() -> tuple[date, date]:
    """Return the first and last day of the last whole month."""
    end = formatting.today().replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def parse_period(first: str, last: str) -> tuple[date, date]:
    """Return the typed period in its order, no later than today; the last whole month if it is none."""
    try:
        typed = sorted((date.fromisoformat(first), date.fromisoformat(last)))
    except ValueError:
        return last_month()
    today = formatting.today()
    return min(max(typed[0], EARLIEST), today), min(max(typed[1], EARLIEST), today)


@dataclass(frozen=True, slots=True)
class Period:
    """A period to choose by one touch."""

    words: str
    first: date
    last: date
    is_current: bool


def _periods(first: date, last: date) -> list[Period]:
    today = formatting.today()
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    year = today.replace(month=1, day=1)
    offered: Sequence[tuple[str, date, date]] = (
        (_("This month"), month, today),
        (_("Last month"), before.replace(day=1), before),
        (_("This year"), year, today),
        (_("Last year"), year.replace(year=year.year - 1), year - timedelta(days=1)),
    )
    return [Period(*each, is_current=each[1:] == (first, last)) for each in offered]
