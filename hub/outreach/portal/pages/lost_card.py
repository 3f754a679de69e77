"""Let the patron report their card as lost.

The page explains the effect first: only staff can undo it.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Change, Person, Source
from hub.outreach.patrons.records import RecordSource, note
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def lost_card(request: HttpRequest, person: Person) -> HttpResponse:
    """Explain the effect, and block the patron's cards on the button press."""
    keeps = the_central().keeps_patrons()
    if request.method != "POST" or not keeps:
        return page(request, "lost_card", {"here": "me", "keeps_patrons": keeps})
    if the_central().lose_cards(person.ref):
        note(person, "card", Change.Act.REMOVED, RecordSource(Source.PHONE))
        messages.success(
            request, _("Your card is blocked. Get a new one at the desk. Your loans and holds are not affected.")
        )
    else:
        messages.info(request, _("You have no active card, so no one can borrow with one."))
    return redirect("portal:me")
