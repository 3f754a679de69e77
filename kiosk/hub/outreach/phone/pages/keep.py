"""Let a patron call off an erasure that was asked for at a kiosk: by the message's link, or from the settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kiosk.hub.outreach.people import erase
from kiosk.hub.outreach.people.models import Person, Source
from kiosk.hub.outreach.people.telling import By
from kiosk.hub.outreach.phone import words
from kiosk.hub.outreach.phone.door import opened, page, patrons_page, signed_in
from kiosk.hub.outreach.phone.models import Scope

BY_LINK = "phone:keep_by_link"


@require_POST
@signed_in(Scope.ALL)
def keep(request: HttpRequest, person: Person) -> HttpResponse:
    """Call the erasure off from the settings."""
    if erase.call_off(person, By(Source.PHONE)):
        messages.success(request, _("Nothing is erased: your record stays."))
    return redirect("phone:me")


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is to be erased and when; the button keeps it. The link opens nothing else."""
    link = opened(BY_LINK, token)
    if link is not None and request.method == "POST":
        erase.call_off(link.person, By(Source.PHONE))
        link = opened(BY_LINK, token)  # The night may have erased the record, and the link with it.
    if link is None:
        return page(request, "over", {"used": False, "to": "me"}, 410)
    due = link.person.erase_due_at
    return page(request, "keep", {"kept": due is None, "due": words.due(due) if due else ""})
