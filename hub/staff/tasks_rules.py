"""Count the tasks from loan rules."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.circulation.models import RuleVersion
from hub.staff.task import Task, Urgency, may, task


def draft(user: Any, _now: datetime) -> Task | None:
    """Return the task for an unpublished draft of the rules; None if the user may not edit it."""
    if not may(user, "rules:draft"):
        return None
    drafts, verb = RuleVersion.objects.filter(since=None), _("Finish it")
    return task(_("Draft of the lending rules"), verb, "rules:overview", drafts, "begun_at", Urgency.WEEK)
