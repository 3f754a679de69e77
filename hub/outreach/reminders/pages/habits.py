"""Show the planned reminders of the next days, the reminder settings, and the forecasts' accuracy."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hub.catalogue.models import ItemType
from hub.core.clock import hub_clock
from hub.outreach.reminders import forecast_training
from hub.outreach.reminders.calibration import ENOUGH, Calibration, Group
from hub.outreach.reminders.library_time import reminder_settings
from hub.outreach.reminders.models import Fit
from hub.outreach.reminders.pages import chart
from hub.outreach.reminders.pages.forms import TimingForm
from hub.outreach.reminders.upcoming_reminders import coming
from hub.staff import formatting
from hub.staff.page import page
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed


@dataclass(frozen=True, slots=True)
class ForecastRow:
    name: str
    count: int
    usual: str
    likely: str
    off: str
    better: str
    few: bool


@require_GET
@staff_only
def habits(request: HttpRequest) -> HttpResponse:
    return _drawn(request, TimingForm(instance=reminder_settings()))


@require_POST
@staff_only
def timing(request: HttpRequest) -> HttpResponse:
    """Save the reminder settings, and replan every open loan."""
    form = TimingForm(request.POST, instance=reminder_settings())
    if not form.is_valid():
        return _drawn(request, form, 422)
    form.save()
    count = forecast_training.plan_open(hub_clock().now())
    return confirmed(
        request, _("Kept. {count} open loans are planned anew.").format(count=f"{count:,}"), reverse("habit:habits")
    )


def _drawn(request: HttpRequest, form: TimingForm, status: int = 200) -> HttpResponse:
    fit = Fit.objects.order_by("pk").first()
    found = Calibration.of(fit.calibration if fit else {})
    days = coming(hub_clock().now())
    names = {each.code: str(each) for each in ItemType.objects.all()}
    total = found.all.count if found.all else 0
    context = {
        "days": chart.planned(days),
        "planned": sum(each.total for each in days),
        "form": form,
        "fit": fit,
        "learnt": formatting.when(fit.at) if fit else "",
        "share": round(100 * fit.share) if fit else 0,
        "every": _row(found.all, "") if found.all else None,
        "rows": [_row(each, names.get(each.type, each.type)) for each in found.types],
        "tenths": chart.tenths(found) if total >= ENOUGH else None,
        "total": total,
        "missing": max(ENOUGH - total, 0),
        "simulated": found.simulated,
        "only_simulated": found.simulated > 0 and found.simulated >= total,
    }
    return page(request, "habits", "habit/habits.html", context, status)


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
