"""List what waits for staff, from every part of the hub."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hub.audit import backup_state
from hub.core.pages.task import Task
from hub.core.rights import may_open as may
from hub.staff import tasks_circulation as here
from hub.staff import tasks_outreach as outreach

TASKS: tuple[Callable[[Any, datetime], Task | None], ...] = (
    here.help_calls,
    here.exceptions,
    here.handed_in,
    here.to_pull,
    here.to_send,
    here.long_on_the_way,
    here.not_picked_up,
    here.left_over,
    outreach.questions,
    outreach.opinions,
    outreach.channels,
    outreach.texts,
    outreach.not_seen,
    outreach.suggestions,
    outreach.failed,
    outreach.bounced,
    outreach.stale,
    outreach.told_long_ago,
    outreach.lost,
    outreach.key_patrons_away,
    outreach.arrivals,
    here.contradicting,
    here.not_taken,
    here.overdue,
    backup_state.missing_backup,
    here.dead_links,
    here.draft,
)
"""Functions of the user and the time that return a task, or None if it is not for this user.

A part of the hub adds its own. Tasks of equal urgency keep this order.
"""


def waiting(user: Any, now: datetime) -> list[Task]:
    """Return the user's tasks, the most urgent first, including those with a count of 0."""
    found = (each(user, now) for each in TASKS)
    return sorted((each for each in found if each and may(user, each.view)), key=lambda each: each.urgency)
