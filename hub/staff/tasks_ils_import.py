"""The tasks that a library's own system brings where the hub stands beside one; changes nothing."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.ils_import import conflicts, import_runner
from hub.staff.task import Task, Urgency, task

VIEW = "following:overview"


def contradicting(_user: Any, _now: datetime) -> Task | None:
    """None where nothing was ever read."""
    if import_runner.never():
        return None
    words, verb = _("Imported rows that contradict"), pgettext("task", "Settle")
    return task(words, verb, VIEW, conflicts.waiting(), "opened_at", Urgency.TODAY)


def not_taken(_user: Any, _now: datetime) -> Task | None:
    """Sources of which nothing was taken the last time."""
    if import_runner.never():
        return None
    return task(_("Imports that were not taken"), _("Look"), VIEW, import_runner.failing(), "ended_at", Urgency.LATE)
