"""Define the figures that a role can have as goals, and calculate their progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from hub.core import small_cell_suppression
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.statistics import figures
from hub.outreach.statistics.figures import Selection
from hub.outreach.statistics.models import Goal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST = 3
"""Maximum number of goals of one role."""


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


def today(now: datetime) -> date:
    """Return today's date in the library's time zone."""
    return local_day(now, zone())


def value(figure: str, now: datetime) -> Value:
    """Return the current figure after suppression."""
    return FIGURES[figure].now(Selection(today(now)), now)


def progress(roles: tuple[str, ...], now: datetime) -> list[Progress]:
    """Return the goals of these roles with their progress."""
    known: dict[str, Value] = {}
    found = []
    for goal in Goal.objects.filter(role__in=roles, figure__in=[*FIGURES]):
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
