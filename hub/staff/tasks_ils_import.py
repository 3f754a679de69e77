"""Count the tasks from imports of an external ILS, for a hub that runs alongside one."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.ils_import import conflicts, import_runner
from hub.staff.task import Task, Urgency, task

VIEW = "following:overview"


def contradicting(_user: Any, _now: datetime) -> Task | None:
    """Return the task for contradicting records; None if nothing was ever imported."""
    if import_runner.never():
        return None
    words, verb = _("Imported rows that contradict"), pgettext("task", "Settle")
    return task(words, verb, VIEW, conflicts.waiting(), "opened_at", Urgency.TODAY)


def not_taken(_user: Any, _now: datetime) -> Task | None:
    """Return the task for sources whose last import was rejected; None if nothing was ever imported."""
    if import_runner.never():
        return None
    return task(_("Imports that were not taken"), _("Look"), VIEW, import_runner.failing(), "ended_at", Urgency.LATE)
