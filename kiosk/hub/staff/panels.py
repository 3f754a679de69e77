"""What other parts show on a patron's page; knows nothing of their matters."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.template.loader import render_to_string

from kiosk.hub.audit import roles
from kiosk.hub.audit.rights import Right
from kiosk.hub.outreach.delivery.pages import log
from kiosk.hub.outreach.finding import panel as finding
from kiosk.hub.outreach.habit.pages import panel as habit
from kiosk.hub.outreach.news import pages as news
from kiosk.hub.outreach.people.pages import record
from kiosk.hub.outreach.reading.pages import panel as reading
from kiosk.hub.outreach.voice import panel as voice

Panel = Callable[[HttpRequest, str], "tuple[str, Mapping[str, object]] | None"]
"""Given the request and the patron's reference: a template with its context, or nothing."""

PANELS: tuple[tuple[Panel, Right], ...] = (
    (record.panel, Right.SERVE),
    (habit.panel, Right.SERVE),
    (reading.panel, Right.RECORD),
    (voice.panel, Right.SERVE),
    (news.panel, Right.RECORD),
    (finding.panel, Right.RECORD),
    (log.panel, Right.SERVE),
)
"""Each with the right that it needs: what she has read is not the counter's business."""


def drawn(request: HttpRequest, ref: str) -> list[str]:
    """Draws each part's panel for the patron, in order, as far as the role of the one who asks goes."""
    found = (panel(request, ref) for panel, right in PANELS if roles.may(request.user, right))
    return [render_to_string(template, dict(context), request) for template, context in filter(None, found)]
