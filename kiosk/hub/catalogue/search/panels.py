"""What other parts show on a title's page; knows nothing of their matters."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.template.loader import render_to_string

from kiosk.hub.catalogue.models import Title

Panel = Callable[[HttpRequest, Title], "tuple[str, Mapping[str, object]] | None"]
"""Given the request and the title: a template with its context, or nothing."""

PANELS: tuple[Panel, ...] = ()


def drawn(request: HttpRequest, title: Title) -> list[str]:
    """Draws each part's panel for the title, in order."""
    found = (panel(request, title) for panel in PANELS)
    return [render_to_string(template, dict(context), request) for template, context in filter(None, found)]
