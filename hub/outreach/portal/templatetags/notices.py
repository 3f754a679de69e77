"""Render notices: their mark, and a button that undoes what they report."""

from urllib.parse import parse_qsl

from django import template
from django.contrib.messages.storage.base import Message
from django.template.context import Context

register = template.Library()
TONES = {"success": "done", "error": "stop", "warning": "stop"}


@register.filter
def tone(level: str) -> str:
    """Return the mark for a level of `django.contrib.messages`."""
    return TONES.get(level, "look")


@register.inclusion_tag("portal/undo.html", takes_context=True)
def undo(context: Context, message: Message) -> dict[str, object]:
    """Render the button that takes the act back; nothing if the message offers none (see `notices.report_saved`)."""
    url, _mark, fields = (message.extra_tags or "").partition("?")
    posted = parse_qsl(fields, keep_blank_values=True)
    return {"url": url if url.startswith("/") else "", "fields": posted, "csrf_token": context["csrf_token"]}
