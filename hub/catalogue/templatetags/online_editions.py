"""Render "read now" for a title: links for phones, or QR codes for screens and paper."""

from django import template

from hub.catalogue.models import Title
from hub.catalogue.online_editions import repository
from hub.catalogue.online_editions.pages import address
from hub.core.pages.formatting import qr

register = template.Library()


@register.inclusion_tag("online_editions/read_now.html")
def read_now(title: Title) -> dict[str, object]:
    """Render links to the title's online editions; empty if none is offered."""
    return {"editions": repository.offered_editions().filter(title=title)}


@register.inclusion_tag("online_editions/codes.html")
def read_now_codes(title: Title) -> dict[str, object]:
    """Render the links as QR codes, for a page that is displayed to several people or printed."""
    return {"codes": [(each, qr(address(each.pk))) for each in repository.offered_editions().filter(title=title)]}
