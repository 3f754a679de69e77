"""The task that lending rules bring; changes nothing."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kiosk.hub.circulation.models import Edition
from kiosk.hub.staff.task import Task, Urgency, task


def draft(_user: Any, _now: datetime) -> Task:
    """A draft of the rules that nobody has published or thrown away."""
    drafts, verb = Edition.objects.filter(since=None), _("Finish it")
    return task(_("Draft of the lending rules"), verb, "rules:overview", drafts, "begun_at", Urgency.WEEK)
