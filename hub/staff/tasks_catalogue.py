"""The tasks that the catalogue brings; changes nothing."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.catalogue.online_editions import repository
from hub.staff.task import Task, Urgency, task


def dead_links(_user: Any, _now: datetime) -> Task:
    """E-editions that were not reached for nights."""
    words, verb = _("E-editions not reached"), _("Correct")
    return task(words, verb, "editions:editions", repository.dead(), "failing_since", Urgency.WEEK, query="?show=dead")
