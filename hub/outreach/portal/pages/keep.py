"""Let a patron cancel an erasure that was requested, by the message's link or in the settings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hub.outreach.patrons import erasure
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal import refusal_text
from hub.outreach.portal.message_links import open_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, patrons_page, signed_in

BY_LINK = "portal:keep_by_link"


@require_POST
@signed_in(Scope.ALL)
def keep(request: HttpRequest, person: Person) -> HttpResponse:
    """Cancel the erasure from the settings."""
    if erasure.call_off(person, RecordSource(Source.PHONE)):
        messages.success(request, _("Nothing is erased. Your data stays."))
    return redirect("portal:me")


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what will be erased and when; the button cancels it. The link opens nothing else."""
    link = open_link(BY_LINK, token)
    if link is not None and request.method == "POST":
        erasure.call_off(link.person, RecordSource(Source.PHONE))
        link = open_link(BY_LINK, token)  # The nightly job may have erased the record, and the link with it.
    if link is None:
        return page(request, "over", {"used": False, "to": "me"}, 410)
    due = link.person.erase_due_at
    return page(request, "keep", {"kept": due is None, "due": refusal_text.due(due) if due else ""})
