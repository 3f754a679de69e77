"""Sign in a patron who was identified at a kiosk, by a QR code that is valid once and for minutes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from hub.outreach.portal.message_links import open_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.my_details.identity_proof import PAGE
from hub.outreach.portal.portal_session import page, patrons_page, start_session


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def from_kiosk(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in on the button press, not on opening.

    After it, a photo that someone else took of the code is invalid.
    """
    link = open_link(PAGE, token)
    if link is None or link.used:
        return page(request, "over", {"used": link is not None, "to": "me"}, 410)
    if request.method != "POST":
        return page(request, "from_kiosk", {"here": "me"})
    if not link.use():
        return page(request, "over", {"used": True, "to": "me"}, 410)
    return start_session(redirect("portal:me"), link.person, Scope.ALL)
