"""Show which services the library grants the patron and why, and let the patron refuse them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.engagement.segments import services as granting
from hub.outreach.patrons.models import Person
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import in_row, of_rows, page, signed_in

ROW = "services"


@require_safe
@signed_in(Scope.ALL)
def services(request: HttpRequest, person: Person) -> HttpResponse:
    """Show each service with its reason, what it adds and until when."""
    rows = [
        (str(each), granting.grants_text(each), formatting.day(each.ends) if each.ends else "")
        for each in granting.services_of(person, hub_clock().now())
    ]
    on = not granting.has_objected(person)
    return page(request, "services", {"here": "me", "rows": rows, "on": on, "notice": of_rows(request).get(ROW)})


def state_text(person: Person) -> str:
    """Return the value of the row on the account page."""
    if granting.has_objected(person):
        return pgettext("a setting", "Off")
    count = len(granting.services_of(person, hub_clock().now()))
    return ngettext("{count} service", "{count} services", count).format(count=count) if count else _("none now")


@require_POST
@signed_in(Scope.ALL)
def allow_services(request: HttpRequest, person: Person, how: str) -> HttpResponse:
    """Refuse services chosen from the patron's data, at once, or allow them again from the next night."""
    if how not in ("on", "off"):
        raise Http404
    granting.set_objection(person, objects=how == "off")
    on = _("We choose services for you again from tonight.")
    off = _("You have no such services from now on. Loans you have keep their due dates.")
    in_row(request, ROW, on if how == "on" else off, done=True)
    return redirect("portal:services")
