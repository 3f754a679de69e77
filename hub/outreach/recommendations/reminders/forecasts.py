"""Every night, train the model on all loan lengths, replan every open loan, and measure how good the forecasts were.

The staff page shows the planned reminders of the next days, the reminder settings, and this measure. The panel on a
patron's page shows when they usually come and which reminders are planned.
"""

import time
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import scipy
from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from hub.catalogue.models import ItemType, Title
from hub.core.clock import hub_clock
from hub.core.pages import charts, formatting
from hub.core.pages.page import page, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between, local_day, zone
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders import loan_length_model, reminder_planning
from hub.outreach.recommendations.reminders.loan_length_model import FEW_RETURNS, Floats
from hub.outreach.recommendations.reminders.models import (
    Fit,
    LoanLength,
    OpenLoan,
    Outcome,
    ReminderSettings,
    TypeHabit,
    VisitPattern,
)
from hub.outreach.recommendations.reminders.reminder_planning import EVERY, Learnt, evaluation_day

BATCH = 2000
PLANNED = (
    "basis", "first", "middle", "spread", "by_type", "usual", "likely", "late", "why", "remind_at", "early_at",
)  # fmt: skip
YEAR = timedelta(days=365)
NEWEST = 200_000
"""Maximum number of outcomes to count; the newest ones."""
ENOUGH = 30
"""Number of loans from which a share is shown."""
TENTHS = 8
DAYS = 7
WIDTH, HEIGHT, TOP = 554, 180, 22
"""Size of a chart, and the room above its columns."""
TENTH, GAP = 50, 6


def learnt(*types: str) -> Learnt:
    """Return the last trained model, for these item types or for all."""
    rows = TypeHabit.objects.filter(type__in=(*types, EVERY)) if types else TypeHabit.objects.all()
    fit = Fit.objects.order_by("pk").first()
    return Learnt({each.type: each for each in rows}, fit.between if fit else 0.0)


def nightly(now: datetime) -> None:
    """Train the model, then replan every open loan. Running it twice gives the same result."""
    learn(now)
    plan_open(now)
    store_calibration(now)


def learn(now: datetime) -> loan_length_model.LoanLengthFit | None:
    """Fit the model to all lengths and store it; None if nothing was ever returned."""
    begin = time.perf_counter()
    loans, names = _lengths(now)
    found = loan_length_model.fit(loans)
    if found is not None:
        _keep(found, names, len(loans.days), now, time.perf_counter() - begin)
    return found


def _lengths(now: datetime) -> tuple[loan_length_model.Lengths, list[str]]:
    """Return all loans in columns, with types as indexes into a list of names.

    There may be millions of rows, so none is kept as an object.
    """
    people, types, names = array("q"), array("q"), dict[str, int]()
    days, ages = array("d"), array("d")
    today = local_day(now, zone())

    def add(person: int, type: str, length: float, age: float) -> None:
        people.append(person)
        types.append(names.setdefault(type, len(names)))
        days.append(length)
        ages.append(age)

    rows = LoanLength.objects.order_by().values_list("person_id", "type", "days", "week")
    for person, type, length, week in rows.iterator(BATCH):
        add(person, type, length, max((today - week).days, 0) if week else loan_length_model.HALF_LIFE)
    back = len(days)
    still = OpenLoan.objects.filter(believed=True, handed_in_at=None, lost=False).order_by()
    for person, type, begin in still.values_list("person_id", "type", "out_at").iterator(BATCH):
        length = days_between(begin, now)
        add(person, type, length, length)
    out = np.arange(len(days)) >= back
    return loan_length_model.Lengths(np.array(people), np.array(types), np.array(days), out, np.array(ages)), list(
        names
    )


@atomic
def _keep(found: loan_length_model.LoanLengthFit, names: list[str], loans: int, now: datetime, seconds: float) -> None:
    TypeHabit.objects.all().delete()
    TypeHabit.objects.bulk_create(
        TypeHabit(type=name, **asdict(each))
        for name, each in (
            *((names[int(at)], each) for at, each in found.types.items() if names[int(at)]),
            (EVERY, found.every),
        )
    )
    Fit.objects.update_or_create(
        pk=1,
        defaults={"at": now, "loans": loans, "between": found.between, "share": found.share, "seconds": seconds},
    )
    VisitPattern.objects.bulk_create(
        (
            VisitPattern(person_id=patron, weekdays=[0] * 7, shift=shift, doubt=doubt, median=median, returns=returns)
            for patron, shift, doubt, median, returns in zip(
                found.patron.tolist(),
                found.estimates.shift.tolist(),
                found.estimates.doubt.tolist(),
                found.estimates.median.tolist(),
                found.estimates.returns.tolist(),
                strict=True,
            )
        ),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("person",),
        update_fields=("shift", "doubt", "median", "returns"),
    )


def plan_open(now: datetime) -> int:
    """Forecast every open loan and plan its reminders; return how many."""
    known, plan, where = learnt(), ReminderSettings.now(), zone()
    last, done = 0, 0
    while batch := _plan_some(last, known, plan, where, now):
        last, done = batch[-1].pk, done + len(batch)
    return done


@atomic
def _plan_some(after: int, known: Learnt, plan: ReminderSettings, where: ZoneInfo, now: datetime) -> list[OpenLoan]:
    """Plan the next batch, with its rows locked."""
    rows = OpenLoan.objects.select_for_update().filter(pk__gt=after, handed_in_at=None, lost=False)
    batch = list(rows.order_by("pk")[:BATCH])
    patterns = reminder_planning.patterns_of(each.person_id for each in batch)
    reminder_planning.plan_all(batch, patterns, known, plan, where, now)
    OpenLoan.objects.bulk_create(
        batch, batch_size=BATCH, update_conflicts=True, unique_fields=("loan",), update_fields=PLANNED
    )
    return batch


@dataclass(frozen=True, slots=True)
class ForecastGroup:
    """Forecasts that are due, of one item type or of all.

    `usual` and `likely` are the shares that were back by these days (expected: 0.5 and 0.8). `off` is the median
    error in days, and `better` by how much the mean error of the log length is smaller than with the item type alone;
    both are based on returned loans only.
    """

    type: str
    count: int
    usual: float
    likely: float
    off: float | None
    better: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Result of all loans and of each item type.

    `tenths` has the share of each of the first eight tenths of the forecast, and the share of later returns.
    """

    all: ForecastGroup | None = None
    types: tuple[ForecastGroup, ...] = ()
    tenths: tuple[float, ...] = ()
    simulated: int = 0

    @staticmethod
    def from_dict(stored: dict[str, object]) -> "Calibration":
        """Read what `as_dict` has written."""
        if not stored:
            return Calibration()
        groups = [ForecastGroup(**each) for each in stored["groups"]]  # type: ignore[attr-defined]
        return Calibration(groups[0], tuple(groups[1:]), tuple(stored["tenths"]), stored["simulated"])  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, object]:
        """Return the result as JSON data; empty if nothing was counted."""
        groups = [asdict(each) for each in (self.all, *self.types) if each is not None]
        return {"groups": groups, "tenths": self.tenths, "simulated": self.simulated} if groups else {}


def store_calibration(now: datetime) -> None:
    """Evaluate the last year's forecasts, and store the result with the model."""
    Fit.objects.filter(pk=1).update(calibration=measure_calibration(now).as_dict())


def measure_calibration(now: datetime) -> Calibration:
    """Evaluate the forecasts of the last year."""
    where = zone()
    today = local_day(now, where)
    rows = Outcome.objects.filter(judged_on__lte=today, judged_on__gt=today - YEAR)
    judged: list[tuple[str, float, float, float, float]] = []
    newest = rows.order_by("-pk").values_list("type", "middle", "spread", "by_type", "days", "simulated")[:NEWEST]
    simulated = 0
    for *each, made_up in newest.iterator(chunk_size=2000):
        judged.append(tuple(each))
        simulated += made_up
    for loan in OpenLoan.objects.filter(middle__isnull=False, handed_in_at=None).iterator(chunk_size=2000):
        if evaluation_day(loan, where) <= today:
            judged.append((loan.type, loan.middle, loan.spread, loan.by_type, np.inf))
    return _calibration(judged, simulated) if judged else Calibration()


def _calibration(judged: Sequence[tuple[str, float, float, float, float]], simulated: int) -> Calibration:
    type, middle, spread, by_type, days = map(np.array, zip(*judged, strict=True))
    log = np.log(np.maximum(days, 0.25))
    place: Floats = scipy.special.ndtr((log - middle) / spread)
    shown = TENTHS / 10
    counts, _edges = np.histogram(place[place <= shown], TENTHS, (0.0, shown))
    tenths = [*(counts / len(log)), float((place > shown).mean())]
    everything = np.ones(len(log), bool)
    groups = [_group("", everything, log, middle, by_type, place)]
    groups += [_group(str(name), type == name, log, middle, by_type, place) for name in np.unique(type)]
    by_size = sorted(groups[1:], key=lambda each: (-each.count, each.type))
    return Calibration(groups[0], tuple(by_size), tuple(map(float, tenths)), simulated)


def _group(
    type: str, chosen: NDArray[np.bool_], log: Floats, middle: Floats, by_type: Floats, place: Floats
) -> ForecastGroup:
    back = chosen & np.isfinite(log)
    off = better = None
    if back.any():
        wrong, without = np.abs(log - middle)[back].mean(), np.abs(log - by_type)[back].mean()
        off = float(np.median(np.abs(np.exp(log[back]) - np.exp(middle[back]))))
        better = float(1 - wrong / without) if without > 0 else None
    return ForecastGroup(
        type, int(chosen.sum()), float((place[chosen] <= 0.5).mean()), float((place[chosen] <= 0.8).mean()), off, better
    )


@dataclass(frozen=True, slots=True)
class ReminderDay:
    """Reminders of one day: on a usual day, on a day that the patron chose, by the due date, and early."""

    day: date
    habit: int = 0
    chosen: int = 0
    due: int = 0
    early: int = 0

    @property
    def total(self) -> int:
        return self.habit + self.chosen + self.due + self.early


def coming(now: datetime) -> list[ReminderDay]:
    """Return the next seven days, today first."""
    where = zone()
    first = local_day(now, where)
    end = datetime.combine(first + timedelta(days=DAYS), datetime.min.time(), where)
    counts: Counter[tuple[date, str]] = Counter()
    rows = OpenLoan.objects.filter(
        Q(remind_at__lt=end) | Q(early_at__lt=end), handed_in_at=None, lost=False, due__gt=now
    )
    for reason, remind_at, early_at in rows.values_list("why", "remind_at", "early_at").iterator(chunk_size=2000):
        if remind_at is not None and remind_at < end:
            counts[max(local_day(remind_at, where), first), reason] += 1
        if early_at is not None and early_at < end:
            counts[max(local_day(early_at, where), first), "early"] += 1
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    return [ReminderDay(day, *(counts[day, name] for name in ("habit", "chosen", "due", "early"))) for day in days]


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
    count = plan_open(hub_clock().now())
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


def _reminder_chart(days: list[ReminderDay]) -> SafeString:
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


def _row(group: ForecastGroup, name: str) -> ForecastRow:
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


@dataclass(frozen=True, slots=True)
class ReminderRow:
    title: str
    item: str
    day: str
    reason: str


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the panel; None if nothing is on loan and no visits are known."""
    rhythm = VisitPattern.objects.filter(person__ref=ref).select_related("person").first()
    loans = list(OpenLoan.objects.filter(person__ref=ref, handed_in_at=None, lost=False))
    if rhythm is None and not loans:
        return None
    now = hub_clock().now()
    titles = dict(Title.objects.filter(pk__in=[each.title for each in loans if each.title]).values_list("pk", "title"))
    rows = [
        ReminderRow(titles.get(each.title or 0, each.item), each.item, _day(each, now), each.get_why_display())
        for each in loans
    ]
    return "reminders/panel.html", {"rows": rows, "rhythm": _rhythm(rhythm)}


def _rhythm(rhythm: VisitPattern | None) -> str:
    """Return one sentence on the patron's habit, as far as it is known."""
    if rhythm is not None and not consents.has_consented(rhythm.person, Purpose.REMINDERS):
        return _("No consent to personal reminder times: the forecast uses the item type.")
    if rhythm is None or rhythm.returns < FEW_RETURNS:
        return _("Too few returns so far: the forecast uses the item type.")
    weekday = reminder_planning.usual_weekday(rhythm.weekdays) if rhythm.weekdays else None
    if weekday is None:
        return _("{returns} returns; no usual weekday.").format(returns=rhythm.returns)
    return _("{returns} returns; mostly on {weekday}.").format(returns=rhythm.returns, weekday=_weekday(weekday))


def _weekday(number: int) -> str:
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )[number]


def _day(loan: OpenLoan, now: datetime) -> str:
    if loan.due < now:
        return _("overdue")
    return formatting.day(local_day(loan.remind_at, zone())) if loan.remind_at else _("already reminded")
