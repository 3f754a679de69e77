"""Keep the days on which branches are closed: list them by month, add a day or a range, remove it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django import forms
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import ClosedDay, Loan
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.staff.library.undo import parse_keys, undo_url

MOST_DAYS = 92
"""Days of one range: a summer. A longer one is more likely a wrong year."""
FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Closure:
    """Consecutive closed days of one branch, or of all, for one reason."""

    rows: tuple[ClosedDay, ...]
    loans: int
    """Loans that fall due on these days."""

    @property
    def when(self) -> str:
        """First and last day, as text."""
        return _days(self.rows[0].day, self.rows[-1].day)

    @property
    def length(self) -> str:
        """Number of days, as text; empty for a single day."""
        count = len(self.rows)
        return ngettext("{count} day", "{count} days", count).format(count=count) if count > 1 else ""

    @property
    def where(self) -> str:
        """Name of the branch, or that all are closed."""
        return _place(self.rows[0].branch)

    @property
    def reason(self) -> str:
        """What staff entered; may be empty."""
        return str(self.rows[0].reason)

    @property
    def keys(self) -> str:
        """Primary keys of the rows, for the button that removes them."""
        return ",".join(str(each.pk) for each in self.rows)


@dataclass(frozen=True, slots=True)
class MonthOfClosures:
    """The closures that begin in one month."""

    name: str
    closures: tuple[Closure, ...]


class ClosedDaysForm(forms.Form):
    """A day, or a range of days, on which one branch or all of them are closed."""

    branch = forms.ModelChoiceField(
        Branch.objects.none(),
        label=gettext_lazy("Branch"),
        required=False,
        empty_label=gettext_lazy("All branches"),
        error_messages={"invalid_choice": gettext_lazy("This branch no longer exists. Choose another.")},
    )
    first = forms.DateField(
        label=gettext_lazy("First day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": gettext_lazy("Choose the first day."),
            "invalid": gettext_lazy("Choose a date such as 2026-12-25."),
        },
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Empty: one day only"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Choose a date such as 2026-12-25.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=100, help_text=gettext_lazy("Only staff see it")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.all()
        for name in ("first", "last"):
            self.fields[name].widget.attrs["min"] = formatting.today().isoformat()
        for each in self.fields.values():
            each.widget.attrs["class"] = "field"

    def clean(self) -> dict[str, object]:
        """Accept days from today on, in order, and not too many at once."""
        values: dict[str, object] = super().clean()
        first, last = values.get("first"), values.get("last") or values.get("first")
        if not isinstance(first, date) or not isinstance(last, date):
            return values
        if first < formatting.today():
            self.add_error("first", _("This day is over. Choose today or a later day."))
        elif first > formatting.today() + FARTHEST:
            self.add_error("first", _("This is more than three years away. Check the year."))
        elif last < first:
            self.add_error("last", _("The last day is before the first. Choose a later one."))
        elif (last - first).days >= MOST_DAYS:
            self.add_error(
                "last", _("Add at most {count} days at once. Add the rest after that.").format(count=MOST_DAYS)
            )
        return {**values, "last": last}


@staff_page
def closed_days(request: HttpRequest) -> HttpResponse:
    """List the days to come by month; `?show=past` lists those that are over, newest first."""
    return _render(request, ClosedDaysForm())


def _render(request: HttpRequest, form: ClosedDaysForm) -> HttpResponse:
    is_past = request.GET.get("show") == "past"
    rows = ClosedDay.objects.select_related("branch")
    today = formatting.today()
    found = rows.filter(day__lt=today) if is_past else rows.filter(day__gte=today)
    return page(
        request,
        "library",
        "library/closed_days.html",
        {
            "form": form,
            "months": list(_months(_closures(found, with_loans=not is_past), newest_first=is_past)),
            "is_past": is_past,
        },
        422 if form.errors else 200,
    )


@staff_action
def close_days(request: HttpRequest) -> HttpResponse:
    """Add the days that are not yet closed, and say how many loans fall due then."""
    form = ClosedDaysForm(request.POST)
    if not form.is_valid():
        return _render(request, form)
    try:
        added = _add_days(form)
    except ValueError:
        form.add_error("last", _("No day would be left on which loans can fall due. Add fewer days."))
        return _render(request, form)
    if not added:
        form.add_error("first", _("Already closed then. The list below shows it."))
        return _render(request, form)
    closure = _closures(added, with_loans=True)
    words = _("{where}: closed {days}.").format(
        where=_place(form.cleaned_data["branch"]), days=_(", ").join(each.when for each in closure)
    )
    loans = sum(each.loans for each in closure)
    due = ngettext(
        "{count} loan falls due then and keeps its date.", "{count} loans fall due then and keep their dates.", loans
    )
    rest = due.format(count=f"{loans:,}") if loans else _("No loan falls due then.")
    return report_success(
        request,
        _("{first} {second}").format(first=words, second=rest),
        reverse("library:closed_days"),
        undo_url("closed_days", [each.pk for each in added]),
    )


@atomic
def _add_days(form: ClosedDaysForm) -> list[ClosedDay]:
    """Save the days that are not yet closed for the branch.

    Raises:
        ValueError: The calendar would have no open day left.
    """
    branch, first, last = (form.cleaned_data[each] for each in ("branch", "first", "last"))
    same = Q(branch=None) | Q(branch=branch) if branch else Q(branch=None)
    known = set(ClosedDay.objects.filter(same, day__range=(first, last)).values_list("day", flat=True))
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    added = [
        ClosedDay.objects.create(branch=branch, day=day, reason=form.cleaned_data["reason"])
        for day in days
        if day not in known
    ]
    the_policy().check()
    return added


@staff_action
def open_days(request: HttpRequest) -> HttpResponse:
    """Remove the closed days whose keys the button names."""
    keys = parse_keys(request.POST.get("days", ""))
    home = reverse("library:closed_days")
    removed = _remove_days(keys)
    if not removed:
        return report_error(request, _("No longer in the list. Nothing was changed."), home)
    words = _("{where}: open again {days}.").format(
        where=_place(removed[0].branch), days=_days(removed[0].day, removed[-1].day)
    )
    return report_success(request, words, home, undo_url("closed_days", keys))


@atomic
def _remove_days(keys: list[int]) -> list[ClosedDay]:
    rows = list(ClosedDay.objects.filter(pk__in=keys).select_related("branch").order_by("day"))
    for each in ClosedDay.objects.filter(pk__in=keys):
        each.delete()
    return rows


def _closures(rows: Iterable[ClosedDay], *, with_loans: bool) -> list[Closure]:
    """Join consecutive days of the same branch and reason, earliest first."""
    runs: list[list[ClosedDay]] = []
    for each in sorted(rows, key=lambda row: (row.branch_id or 0, row.reason, row.day)):
        last = runs[-1][-1] if runs else None
        key = (each.branch_id, each.reason, each.day - timedelta(days=1))
        if last is not None and (last.branch_id, last.reason, last.day) == key:
            runs[-1].append(each)
        else:
            runs.append([each])
    due = _loans_due(runs) if with_loans and runs else {}
    return [
        Closure(tuple(run), sum(due.get((each.day, each.branch_id), 0) for each in run))
        for run in sorted(runs, key=lambda run: (run[0].day, run[0].branch_id or 0))
    ]


def _loans_due(runs: list[list[ClosedDay]]) -> dict[tuple[date, int | None], int]:
    """Count the loans that fall due on these days, by day and branch; None stands for all branches."""
    within = Q()
    for run in runs:
        within |= Q(due__gte=_midnight(run[0].day), due__lt=_midnight(run[-1].day + timedelta(days=1)))
    loans = Loan.objects.filter(within, state=Loan.State.ON_LOAN).annotate(day=TruncDate("due")).order_by()
    counts: defaultdict[tuple[date, int | None], int] = defaultdict(int)
    for day, branch, count in loans.values_list("day", "branch").annotate(count=Count("pk")):
        counts[day, branch] += count
        counts[day, None] += count
    return dict(counts)


def _midnight(day: date) -> datetime:
    """Return the beginning of the day in the library's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _months(closures: list[Closure], *, newest_first: bool) -> Iterator[MonthOfClosures]:
    """Group the closures by the month of their first day."""
    ordered = list(reversed(closures)) if newest_first else closures
    for (year, _month), found in groupby(ordered, key=lambda each: (each.rows[0].day.year, each.rows[0].day.month)):
        own = tuple(found)
        month = formatting.month(own[0].rows[0].day)
        yield MonthOfClosures(_("{month} {year}").format(month=month, year=year), own)


def _place(branch: Branch | None) -> str:
    return str(branch) if branch else _("All branches")


def _days(first: date, last: date) -> str:
    if first == last:
        return formatting.day(first)
    return _("{first} to {last}").format(first=formatting.day(first), last=formatting.day(last))
