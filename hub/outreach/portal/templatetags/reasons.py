"""Render the reason for a recommendation, with the title that it names marked up."""

from django import template
from django.template.defaultfilters import capfirst
from django.utils.html import format_html

from hub.outreach.recommendations.reading_profiles.recommendations import DisplayedTitle

register = template.Library()


@register.filter
def reason(found: DisplayedTitle) -> str:
    """Return the reason; a Latin title stands without quotation marks, which its markup replaces."""
    text = capfirst(found.reason)
    for opening, closing, shown in (("“", "”", "{}"), ("《", "》", "《{}》"), ("«", "»", "«{}»")):
        before, named, after = text.partition(f"{opening}{found.source}{closing}")
        if found.source and named:
            return format_html("{}<cite>{}</cite>{}", before, shown.format(found.source), after)
    return str(text)
