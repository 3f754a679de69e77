"""Count the catalogue's tasks for staff."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.catalogue.online_editions import repository
from hub.staff.task import Task, Urgency, task


def dead_links(_user: Any, _now: datetime) -> Task:
    """Return the task for online editions that could not be reached for several nights."""
    words, verb = _("E-editions not reached"), _("Correct")
    return task(words, verb, "editions:editions", repository.dead(), "failing_since", Urgency.WEEK, query="?show=dead")
