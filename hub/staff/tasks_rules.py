"""The task that lending rules bring; changes nothing."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.circulation.models import RuleVersion
from hub.staff.task import Task, Urgency, may, task


def draft(user: Any, _now: datetime) -> Task | None:
    """A draft of the rules that nobody has published or thrown away, for those who may change it."""
    if not may(user, "rules:draft"):
        return None
    drafts, verb = RuleVersion.objects.filter(since=None), _("Finish it")
    return task(_("Draft of the lending rules"), verb, "rules:overview", drafts, "begun_at", Urgency.WEEK)
