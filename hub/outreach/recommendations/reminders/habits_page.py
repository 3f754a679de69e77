"""Show the planned reminders of the next days, the reminder settings, and the forecasts' accuracy."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.catalogue.models import ItemType
from hub.core.clock import hub_clock
from hub.core.pages import charts, formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.recommendations.reminders import forecasts
from hub.outreach.recommendations.reminders.forecasts import ENOUGH, Calibration, Group
from hub.outreach.recommendations.reminders.models import Fit, OpenLoan, ReminderSettings

DAYS = 7
WIDTH, HEIGHT, TOP = 554, 180, 22
"""Size of a chart, and the room above its columns."""
TENTH, GAP = 50, 6


@dataclass(frozen=True, slots=True)
class Day:
    """Reminders of one day: on a usual day, on a day that the patron chose, by the due date, and early."""

    day: date
    habit: int = 0
    chosen: int = 0
    due: int = 0
    early: int = 0

    @property
    def total(self) -> int:
        return self.habit + self.chosen + self.due + self.early


def coming(now: datetime) -> list[Day]:
    """Return the next seven days, today first."""
    where = zone()
    first = local_day(now, where)
    end = datetime.combine(first + timedelta(days=DAYS), datetime.min.time(), where)
    counts: Counter[tuple[date, str]] = Counter()
    rows = OpenLoan.objects.filter(
        Q(remind_at__lt=end) | Q(early_at__lt=end), handed_in_at=None, lost=False, due__gt=now
    )
    for why, remind_at, early_at in rows.values_list("why", "remind_at", "early_at").iterator(chunk_size=2000):
        if remind_at is not None and remind_at < end:
            counts[max(local_day(remind_at, where), first), why] += 1
        if early_at is not None and early_at < end:
            counts[max(local_day(early_at, where), first), "early"] += 1
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    return [Day(day, *(counts[day, name] for name in ("habit", "chosen", "due", "early"))) for day in days]


@dataclass(frozen=True, slots=True)
class ForecastRow:
    name: str
    count: int
    usual: str
    likely: str
    off: str
    better: str
    few: bool


class TimingForm(forms.ModelForm):
    """When reminders are sent before the due date."""

    class Meta:
        model = ReminderSettings
        fields = ("moment", "before", "early", "risk", "first_visits")
        labels: ClassVar[dict[str, Any]] = {
            "moment": gettext_lazy("Time of day"),
            "before": gettext_lazy("Latest: days before due date"),
            "early": gettext_lazy("Early: days before due date"),
            "risk": gettext_lazy("Early if overdue probability exceeds"),
            "first_visits": gettext_lazy("Early for first visits"),
        }
        widgets: ClassVar[dict[str, Any]] = {
            "moment": forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "field"}),
            **{
                name: forms.NumberInput(attrs={"class": "field number"}) for name in ("before", "early", "first_visits")
            },
            "risk": forms.NumberInput(attrs={"class": "field number", "step": "0.05"}),
        }


@staff_page
def habits(request: HttpRequest) -> HttpResponse:
    return _render_habits(request, TimingForm(instance=ReminderSettings.now()))


@staff_action
def timing(request: HttpRequest) -> HttpResponse:
    """Save the reminder settings, and replan every open loan."""
    form = TimingForm(request.POST, instance=ReminderSettings.now())
    if not form.is_valid():
        return _render_habits(request, form, 422)
    form.save()
    count = forecasts.plan_open(hub_clock().now())
    return report_success(
        request, _("Saved. {count} open loans rescheduled.").format(count=f"{count:,}"), reverse("reminders:habits")
    )


def _render_habits(request: HttpRequest, form: TimingForm, status: int = 200) -> HttpResponse:
    fit = Fit.objects.order_by("pk").first()
    found = Calibration.from_dict(fit.calibration if fit else {})
    days = coming(hub_clock().now())
    names = {each.code: str(each) for each in ItemType.objects.all()}
    total = found.all.count if found.all else 0
    context = {
        "days": _reminder_chart(days),
        "planned": sum(each.total for each in days),
        "form": form,
        "fit": fit,
        "learnt": formatting.date_and_time(fit.at) if fit else "",
        "share": round(100 * fit.share) if fit else 0,
        "every": _row(found.all, "") if found.all else None,
        "rows": [_row(each, names.get(each.type, each.type)) for each in found.types],
        "tenths": _tenths(found) if total >= ENOUGH else None,
        "total": total,
        "missing": max(ENOUGH - total, 0),
        "simulated": found.simulated,
        "only_simulated": found.simulated > 0 and found.simulated >= total,
    }
    return page(request, "habits", "reminders/habits.html", context, status)


def _tenths(found: Calibration) -> SafeString:
    """Chart eight tenths, and the last two together as one column of twice the width."""
    shares = [*found.tenths[:-1], found.tenths[-1] / 2]
    scale = (HEIGHT - TOP) / max(0.14, *shares)
    mark = round(0.1 * scale)
    columns = []
    for number, share in enumerate(shares):
        last = number == len(shares) - 1
        percent = round(100 * found.tenths[number])
        words = (
            _("{percent} in 100 later or not yet returned (target 20)")
            if last
            else _("{percent} in 100 in forecast decile {tenth} (target 10)")
        )
        height = round(share * scale)
        columns.append(
            charts.ChartColumn(
                number * (TENTH + GAP),
                2 * TENTH + GAP if last else TENTH,
                words.format(percent=percent, tenth=number + 1),
                charts.bar(height),
                figure=f"{percent}",
                figure_height=max(height, mark),
                label=_("later") if last else f"{10 * number + 10} %",
                anchor="middle",
                last=last,
            )
        )
    return charts.columns(columns, _("Returns by forecast decile"), WIDTH, HEIGHT, mark)


def _reminder_chart(days: list[Day]) -> SafeString:
    """Chart a column for each day."""
    most = max((each.total for each in days), default=0) or 1
    columns = []
    for number, each in enumerate(days):
        height = round((HEIGHT - TOP) * each.total / most)
        words = _("{day}: {habit} on the usual day, {chosen} on a chosen day, {due} by the due date, {early} early")
        columns.append(
            charts.ChartColumn(
                number * 82,
                66,
                words.format(
                    day=formatting.day(each.day), habit=each.habit, chosen=each.chosen, due=each.due, early=each.early
                ),
                charts.bar(height),
                figure=str(each.total),
                figure_height=height,
                label=_("today") if number == 0 else formatting.short(each.day),
                anchor="middle",
            )
        )
    return charts.columns(columns, _("Reminders planned for the next 7 days"), WIDTH, HEIGHT)


def _row(group: Group, name: str) -> ForecastRow:
    few = group.count < ENOUGH
    return ForecastRow(
        name=name,
        count=group.count,
        usual="–" if few else f"{100 * group.usual:.0f} %",
        likely="–" if few else f"{100 * group.likely:.0f} %",
        off="–"
        if few or group.off is None
        else _("{days} days").format(days=f"{group.off:.{0 if group.off >= 3 else 1}f}"),
        better="–" if few or group.better is None else f"{100 * group.better:.0f} %",
        few=few,
    )
