"""The part "read now" of a title, for every page that shows one: a link for a phone, a code for what phones look at."""

from django import template

from hub.catalogue.models import Title
from hub.catalogue.online_editions import repository
from hub.catalogue.online_editions.row import address
from hub.staff.kiosks import qr

register = template.Library()


@register.inclusion_tag("editions/read_now.html")
def read_now(title: Title) -> dict[str, object]:
    """Links to the title's e-editions; draws nothing where none is offered."""
    return {"editions": repository.offered().filter(title=title)}


@register.inclusion_tag("editions/codes.html")
def read_now_codes(title: Title) -> dict[str, object]:
    """The same as codes, on a page that is looked at together or printed."""
    return {"codes": [(each, qr(address(each.pk))) for each in repository.offered().filter(title=title)]}
