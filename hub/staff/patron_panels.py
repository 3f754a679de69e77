"""Collect the panels that other apps show on a patron's page."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.template.loader import render_to_string

from hub.core import rights
from hub.core.roles import Right
from hub.outreach.engagement.feedback import panel as voice
from hub.outreach.messaging.pages import log
from hub.outreach.patrons.pages import record
from hub.outreach.portal.opac import panel as finding
from hub.outreach.recommendations.new_titles import pages as news
from hub.outreach.recommendations.reading_profiles.pages import panel as reading
from hub.outreach.recommendations.reminders.pages import panel as habit

Panel = Callable[[HttpRequest, str], "tuple[str, Mapping[str, object]] | None"]
"""Given the request and the patron's reference, return a template and its context, or None."""

PANELS: tuple[tuple[Panel, Right], ...] = (
    (record.panel, Right.SERVE),
    (habit.panel, Right.SERVE),
    (reading.panel, Right.RECORD),
    (voice.panel, Right.SERVE),
    (news.panel, Right.RECORD),
    (finding.panel, Right.RECORD),
    (log.panel, Right.SERVE),
)
"""Each panel with the right that it needs: the desk has no need of reading history."""


def drawn(request: HttpRequest, ref: str) -> list[str]:
    """Render the panels that the user's role may see, in order."""
    found = (panel(request, ref) for panel, right in PANELS if rights.may(request.user, right))
    return [render_to_string(template, dict(context), request) for template, context in filter(None, found)]
