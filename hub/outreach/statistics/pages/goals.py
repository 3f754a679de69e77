"""Show up to three goals for each role with their progress, and let staff set and remove them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from hub.core import small_cell_suppression
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.rights import may_open as may
from hub.core.rights import roles_of
from hub.outreach.statistics import goals as matters
from hub.outreach.statistics.goals import FIGURES, MOST, GoalFigure, Progress
from hub.outreach.statistics.models import Goal


class GoalForm(forms.Form):
    """Fields of a goal."""

    role = forms.ChoiceField(label=gettext_lazy("Staff role"))
    figure = forms.ChoiceField(label=gettext_lazy("Figure"))
    target = forms.FloatField(label=gettext_lazy("Target"), min_value=0, max_value=10_000_000)
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)
        self.fields["role"].choices = list(roles().items())
        self.fields["figure"].choices = [(name, f"{each.words}") for name, each in FIGURES.items()]
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
        if role and figure and matters.full(str(role), str(figure)):
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
    until: str
    share: int
    reached: bool
    state: str
    tone: str

    @staticmethod
    def from_progress(each: Progress, names: dict[str, str]) -> "GoalRow":
        tone, state = _state(each)
        return GoalRow(
            pk=each.goal.pk,
            role=names.get(each.goal.role, each.goal.role),
            words=str(each.measured.words),
            now=_now(each),
            target=number(each.goal.target, each.measured),
            until=formatting.day(each.goal.until),
            share=each.share,
            reached=each.reached,
            state=state,
            tone=tone,
        )


def _now(each: Progress) -> str:
    if each.now is None:
        return small_cell_suppression.NOT_TOLD
    if isinstance(each.now, matters.AllBut):
        return each.now.words
    return each.now if isinstance(each.now, str) else number(each.now, each.measured)


def _state(each: Progress) -> tuple[str, str]:
    if each.now is None:
        return "clock", _("Not counted yet")
    if isinstance(each.now, str):
        return "clock", _("Too few for details")
    if isinstance(each.now, matters.AllBut) and each.now.least < each.goal.target:
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


def rows_of(roles_: tuple[str, ...]) -> list[GoalRow]:
    """Return the goals of these roles, as text."""
    return [GoalRow.from_progress(each, roles()) for each in matters.progress(roles_, hub_clock().now())]


@staff_page
def goals(request: HttpRequest) -> HttpResponse:
    return _render_goals(request, GoalForm())


def _render_goals(request: HttpRequest, form: GoalForm, status: int = 200) -> HttpResponse:
    own = roles_of_user(request.user)
    found = matters.progress(tuple(roles()), hub_clock().now())
    names = roles()
    by_role = [
        (names[role], role in own, [GoalRow.from_progress(each, names) for each in found if each.goal.role == role])
        for role in names
    ]
    context = {"form": form, "by_role": by_role, "most": MOST, "may_set": may(request.user, "statistics:set_goal")}
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
    begun = matters.value(str(typed["figure"]), now)
    Goal.objects.update_or_create(
        role=typed["role"],
        figure=typed["figure"],
        defaults={
            "target": typed["target"],
            "until": typed["until"],
            "begun": begun if isinstance(begun, float | int) else None,
            "set_at": now,
        },
    )


@staff_action
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a goal; the undo restores it unchanged."""
    goal = get_object_or_404(Goal, pk=pk)
    request.session["dropped_goal"] = {
        "role": goal.role, "figure": goal.figure, "target": goal.target, "begun": goal.begun,
        "until": goal.until.isoformat() if goal.until else None, "set_at": goal.set_at.isoformat(),
    }  # fmt: skip
    goal.delete()
    return report_success(request, _("Goal removed"), reverse("statistics:goals"), reverse("statistics:put_back"))


@staff_action
def put_back(request: HttpRequest) -> HttpResponse:
    """Restore the goal removed last, if its role has room for it."""
    facts = request.session.pop("dropped_goal", None)
    if facts and not matters.full(facts["role"], facts["figure"]):
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
