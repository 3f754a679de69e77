"""Goals: the figures that a role can have as goals, their progress, and the page where staff set and remove them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.rights import may_open, roles_of
from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.campaigns.effect import effect_text
from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.engagement.journeys import running
from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.statistics import figures
from hub.outreach.statistics.figures import Selection
from hub.outreach.statistics.models import Goal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST = 3
"""Maximum number of goals of one role."""
MOST_NAMED = 50
"""Campaigns, the newest, that can be named as serving a goal."""


@dataclass(frozen=True, slots=True)
class AllBut:
    """A share of at least `least` percent, of which under five are missing: how many is suppressed."""

    words: str
    least: int


Value = float | str | AllBut | None
"""None before anything was counted; text if suppression allows only an upper bound, or not even that."""


@dataclass(frozen=True, slots=True)
class GoalFigure:
    """A figure that can be a goal; `up` if more is better, `unit` follows the number."""

    words: _StrPromise
    unit: str
    up: bool
    now: Callable[[Selection, datetime], Value]


def _share(part: int, whole: int) -> Value:
    """Return a share of patrons after small-cell suppression."""
    found = small_cell_suppression.percent(part, whole)
    if not whole:
        return None
    if found is None or part < small_cell_suppression.FEWEST:
        return small_cell_suppression.share(part, whole)
    return (
        AllBut(small_cell_suppression.share(part, whole), found)
        if small_cell_suppression.bounded(part, whole)
        else found
    )


def _fresh(asked: Selection, _now: datetime) -> Value:
    found = figures.nights(asked)
    return _share(found.fresh, found.contacts)


def _reach(asked: Selection, _now: datetime) -> Value:
    found = figures.nights(asked)
    tried = found.said + found.failed
    return _share(found.said, tried) if small_cell_suppression.bounded(found.said, tried) else 100 * found.said / tried


def _late(asked: Selection, _now: datetime) -> float | None:
    rows = figures.spans(asked, asked.days)
    return 100 * rows[0].late / rows[0].back if rows[0].back else None


def _happy(asked: Selection, _now: datetime) -> Value:
    counts = figures.faces(asked)
    return _share(sum(counts[3:]), sum(counts))


def _loans(asked: Selection, _now: datetime) -> float | None:
    return float(figures.spans(asked, asked.days)[0].loans)


def _active(asked: Selection, _now: datetime) -> float | str | None:
    found = figures.heads(asked)
    if not found:
        return None
    count = found["regular"] + found["new"] + found["lapsing"]
    about = small_cell_suppression.round_down(count)
    return small_cell_suppression.format_count(count) if about is None else about


def _overdue_questions(_asked: Selection, now: datetime) -> float | None:
    return float(Ticket.objects.filter(state=Ticket.State.OPEN, due__lt=now).count())


FIGURES: Mapping[str, GoalFigure] = {
    "fresh": GoalFigure(gettext_lazy("contacts confirmed in time"), " %", True, _fresh),
    "reach": GoalFigure(gettext_lazy("delivered messages"), " %", True, _reach),
    "late": GoalFigure(gettext_lazy("of returns overdue"), " %", False, _late),
    "happy": GoalFigure(gettext_lazy("of ratings happy"), " %", True, _happy),
    "loans": GoalFigure(gettext_lazy("loans in 4 weeks"), "", True, _loans),
    "active": GoalFigure(gettext_lazy("active patrons"), "", True, _active),
    "questions": GoalFigure(gettext_lazy("overdue questions"), "", False, _overdue_questions),
}
"""Figures as on the figures page, of four weeks and all branches, with the same suppression."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A goal with its current figure after suppression; `share` is the progress, from 0 to 100."""

    goal: Goal
    measured: GoalFigure
    now: Value
    share: int
    reached: bool


def value(figure: str, now: datetime) -> Value:
    """Return the current figure after suppression."""
    return FIGURES[figure].now(Selection(local_day(now, zone())), now)


def progress(roles: tuple[str, ...], now: datetime) -> list[Progress]:
    """Return the goals of these roles with their progress."""
    known: dict[str, Value] = {}
    found = []
    for goal in Goal.objects.filter(role__in=roles, figure__in=[*FIGURES]).select_related("journey", "campaign"):
        if goal.figure not in known:
            known[goal.figure] = value(goal.figure, now)
        found.append(_progress(goal, known[goal.figure]))
    return found


def _progress(goal: Goal, now: Value) -> Progress:
    measured = FIGURES[goal.figure]
    if isinstance(now, AllBut):
        return Progress(goal, measured, now, 100, reached=True)
    if now is None or isinstance(now, str):
        return Progress(goal, measured, now, 0, False)
    reached = now >= goal.target if measured.up else now <= goal.target
    begun = goal.begun if goal.begun is not None else now
    way = goal.target - begun
    share = 100 if reached else round(100 * (now - begun) / way) if way else 0
    return Progress(goal, measured, now, min(max(share, 0), 100), reached)


def full(role: str, figure: str) -> bool:
    """Return whether the role already has as many goals as allowed, besides one of this figure."""
    others: Any = Goal.objects.filter(role=role).exclude(figure=figure)
    return bool(others.count() >= MOST)


JOURNEY, CAMPAIGN = "journey-", "campaign-"


@dataclass(frozen=True, slots=True)
class GoalAction:
    """What staff do for a goal: its name, its page if the user may open it, and what it has moved."""

    words: str
    url: str
    moved: str


def action_of(goal: Goal, user: Any) -> GoalAction | None:
    """Return the journey or campaign that serves the goal; None if none was named, or it was deleted."""
    if goal.journey is not None:
        found: Journey = goal.journey
        moved = effect_text(running.effect_of(found)) if found.started_at else _("not started yet")
        words = _("{journey}: {goal}").format(journey=found, goal=found.get_goal_display())
        return GoalAction(words, _url(user, "journeys:journey", found.pk), moved)
    if goal.campaign is not None:
        sent: Campaign = goal.campaign
        moved = effect_text(dispatch.effect_of(sent)) if sent.sent_at else _("not sent yet")
        words = _("{campaign}: borrows").format(campaign=sent)
        return GoalAction(words, _url(user, "campaigns:campaign", sent.pk), moved)
    return None


def _url(user: Any, view: str, pk: int) -> str:
    return reverse(view, args=(pk,)) if may_open(user, view) else ""


def actions() -> list[tuple[str, str]]:
    """Return code and name of every journey and campaign that can serve a goal, the newest first."""
    journeys, campaigns = Journey.objects.exclude(state=Journey.State.ENDED), Campaign.objects.all()[:MOST_NAMED]
    return [
        *((f"{JOURNEY}{each.pk}", _("Journey: {name}").format(name=each)) for each in journeys),
        *((f"{CAMPAIGN}{each.pk}", _("Campaign: {name}").format(name=each)) for each in campaigns),
    ]


class GoalForm(forms.Form):
    """Fields of a goal."""

    role = forms.ChoiceField(label=gettext_lazy("Staff role"))
    figure = forms.ChoiceField(label=gettext_lazy("Figure"))
    target = forms.FloatField(label=gettext_lazy("Target"), min_value=0, max_value=10_000_000)
    action = forms.ChoiceField(label=gettext_lazy("Journey or campaign for it"), required=False)
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["role"].choices = list(roles().items())
        self.fields["figure"].choices = [(name, f"{each.words}") for name, each in FIGURES.items()]
        self.fields["action"].choices = [("", _("none")), *actions()]
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"

    def clean(self) -> dict[str, object]:
        found: dict[str, object] = super().clean() or {}
        role, figure, target = (found.get(name) for name in ("role", "figure", "target"))
        if figure and isinstance(target, float) and FIGURES[str(figure)].unit and target > 100:
            self.add_error("target", _("This figure is a percentage. Enter at most 100."))
        until = found.get("until")
        if until and until < formatting.today():  # type: ignore[operator]
            self.add_error("until", _("This date has passed. Choose a later one."))
        if role and figure and full(str(role), str(figure)):
            self.add_error("role", _("This role already has {most} goals. Remove one first.").format(most=MOST))
        return found


@dataclass(frozen=True, slots=True)
class GoalRow:
    """A goal, as text; `share` is its progress in percent."""

    pk: int
    role: str
    words: str
    now: str
    target: str
    deadline: str
    share: int
    reached: bool
    state: str
    tone: str
    action: GoalAction | None

    @staticmethod
    def from_progress(each: Progress, names: dict[str, str], user: Any = None) -> GoalRow:
        """Build the row; without a user it has no action."""
        tone, state = _state(each)
        return GoalRow(
            pk=each.goal.pk,
            role=names.get(each.goal.role, each.goal.role),
            words=str(each.measured.words),
            now=_now(each),
            target=number(each.goal.target, each.measured),
            deadline=formatting.day(each.goal.until),
            share=each.share,
            reached=each.reached,
            state=state,
            tone=tone,
            action=action_of(each.goal, user) if user is not None else None,
        )


def _now(each: Progress) -> str:
    if each.now is None:
        return small_cell_suppression.NOT_TOLD
    if isinstance(each.now, AllBut):
        return each.now.words
    return each.now if isinstance(each.now, str) else number(each.now, each.measured)


def _state(each: Progress) -> tuple[str, str]:
    if each.now is None:
        return "clock", _("Not counted yet")
    if isinstance(each.now, str):
        return "clock", _("Too few for details")
    if isinstance(each.now, AllBut) and each.now.least < each.goal.target:
        return "done", _("Reached, except for fewer than {fewest}").format(fewest=small_cell_suppression.FEWEST)
    if each.reached:
        return "done", _("Reached")
    if each.goal.until and each.goal.until < formatting.today():
        return "stop", _("Not reached in time")
    return "clock", _("{share} of the way").format(share=f"{each.share} %")


def number(value: float, measured: GoalFigure) -> str:
    """Return a figure with its unit; a whole number without decimals."""
    digits = f"{value:,.1f}".removesuffix(".0")
    return f"{digits}{measured.unit}"


def rows_for(user: Any) -> list[GoalRow]:
    """Return the goals of the user's roles, as text."""
    return [GoalRow.from_progress(each, roles(), user) for each in progress(roles_of_user(user), hub_clock().now())]


def rows_of_all() -> list[GoalRow]:
    """Return the goals of every role, as text without actions."""
    names = roles()
    return [GoalRow.from_progress(each, names) for each in progress(tuple(names), hub_clock().now())]


@staff_page
def goals(request: HttpRequest) -> HttpResponse:
    return _render_goals(request, GoalForm())


def _render_goals(request: HttpRequest, form: GoalForm, status: int = 200) -> HttpResponse:
    own = roles_of_user(request.user)
    found = progress(tuple(roles()), hub_clock().now())
    names = roles()
    rows = [GoalRow.from_progress(each, names, request.user) for each in found]
    of_role = {role: [row for each, row in zip(found, rows, strict=True) if each.goal.role == role] for role in names}
    by_role = [(names[role], role in own, of_role[role]) for role in names]
    context = {"form": form, "by_role": by_role, "most": MOST, "may_set": may_open(request.user, "statistics:set_goal")}
    return page(request, "goals", "statistics/goals.html", context, status)


@staff_action
def set_goal(request: HttpRequest) -> HttpResponse:
    """Set the posted goal, or change the role's goal for the same figure."""
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _render_goals(request, form, 422)
    _keep(form.cleaned_data)
    return report_success(request, _("Goal set"), reverse("statistics:goals"))


@atomic
def _keep(typed: dict[str, object]) -> None:
    now = hub_clock().now()
    begun, action = value(str(typed["figure"]), now), str(typed["action"])
    Goal.objects.update_or_create(
        role=typed["role"],
        figure=typed["figure"],
        defaults={
            "target": typed["target"],
            "until": typed["until"],
            "begun": begun if isinstance(begun, float | int) else None,
            "set_at": now,
            "journey_id": int(action.removeprefix(JOURNEY)) if action.startswith(JOURNEY) else None,
            "campaign_id": int(action.removeprefix(CAMPAIGN)) if action.startswith(CAMPAIGN) else None,
        },
    )


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a goal; the undo restores it unchanged."""
    goal = get_object_or_404(Goal, pk=pk)
    request.session["dropped_goal"] = {
        "role": goal.role, "figure": goal.figure, "target": goal.target, "begun": goal.begun,
        "until": goal.until.isoformat() if goal.until else None, "set_at": goal.set_at.isoformat(),
        "journey_id": goal.journey_id, "campaign_id": goal.campaign_id,
    }  # fmt: skip
    goal.delete()
    return report_success(request, _("Goal removed"), reverse("statistics:goals"), reverse("statistics:put_back"))


@staff_action
def put_back(request: HttpRequest) -> HttpResponse:
    """Restore the goal removed last, if its role has room for it."""
    facts = request.session.pop("dropped_goal", None)
    if facts and not full(facts["role"], facts["figure"]):
        Goal.objects.get_or_create(role=facts.pop("role"), figure=facts.pop("figure"), defaults=facts)
    return report_success(request, _("Goal restored"), reverse("statistics:goals"))


def roles() -> dict[str, str]:
    """Return the roles with their names."""
    return {
        "clerk": pgettext("role", "Clerks"),
        "librarian": pgettext("role", "Librarians"),
        "marketing": pgettext("role", "Marketing"),
        "administrator": pgettext("role", "Administrators"),
    }


def roles_of_user(user: Any) -> tuple[str, ...]:
    """Return the roles whose goals are this user's; every role if the user has none."""
    return tuple(str(each) for each in roles_of(user)) or tuple(roles())
