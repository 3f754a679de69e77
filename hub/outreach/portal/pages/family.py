"""Add a family member's card by its PIN, show who sees whose loans, and end either."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import family_cards
from hub.outreach.patrons.family_cards import NotAdded
from hub.outreach.patrons.models import FamilyCard, Person, Source
from hub.outreach.patrons.records import RecordSource, person_of
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in
from hub.outreach.portal.rate_limit import give_back, take_attempt
from lending import name_masking


def names(refs: list[str]) -> dict[str, str]:
    """Return the masked name and the end of the number by pseudonym, such as `Ada L. (0012)`."""
    return {
        ref: _("{name} ({number})").format(name=name_masking.mask_name(each.name), number=each.identifier[-4:])
        for ref, each in the_central().standing(refs).items()
    }


@require_safe
@signed_in(Scope.ALL)
def family(request: HttpRequest, person: Person) -> HttpResponse:
    """List the cards whose loans the patron sees, and the patrons who see theirs."""
    sees = list(person.family.select_related("holder"))
    seen = list(person.family_readers.select_related("reader"))
    known = names([each.holder.ref for each in sees] + [each.reader.ref for each in seen])
    context = {
        "here": "me",
        "sees": [(each.pk, known.get(each.holder.ref, each.holder_last4)) for each in sees],
        "seen": [(each.pk, known.get(each.reader.ref, each.reader_last4)) for each in seen],
        "keeps_pins": the_central().keeps_pins(),
    }
    return page(request, "family", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ALL)
def add(request: HttpRequest, person: Person) -> HttpResponse:
    """Add the card if its PIN is right. An unknown card and a wrong PIN get the same answer."""
    if not the_central().keeps_pins():
        return redirect("portal:family")
    if request.method != "POST":
        return page(request, "family_add", {"here": "me"})
    attempts = take_attempt(request, "family")
    if attempts is None:
        return _render_form(request, _("Too many attempts. Try again in 15 minutes, or come to the desk."), 429)
    ref = the_central().by_card(request.POST.get("card", "").strip()[:64])
    verdict = the_central().check_pin(ref, request.POST.get("pin", "").strip()[:12])
    holder = person_of(ref) if verdict == "right" and ref else None
    if holder is None:
        return _render_form(
            request, _("Card number or PIN is wrong, or this PIN is paused after too many attempts."), 422
        )
    give_back(attempts)
    match family_cards.add(person, holder, RecordSource(Source.PHONE)):
        case FamilyCard():
            messages.success(request, _("Added. You see the loans of this card on Loans."))
            return redirect("portal:family")
        case NotAdded.OWN:
            return _render_form(request, _("This is your own card."), 422)
        case NotAdded.KNOWN:
            return _render_form(request, _("You have added this card already."), 422)
        case NotAdded.FULL:
            return _render_form(request, _("You cannot add more cards. Remove one first."), 422)


def _render_form(request: HttpRequest, fault: str, status: int) -> HttpResponse:
    context = {"here": "me", "fault": fault, "card": request.POST.get("card", "")[:64]}
    return page(request, "family_add", context, status)


@require_POST
@signed_in(Scope.ALL)
def remove(request: HttpRequest, person: Person, pk: int) -> HttpResponse:
    """End it for both, at the wish of either."""
    if family_cards.remove(person, pk, RecordSource(Source.PHONE)):
        messages.success(request, _("Removed. To add the card again, its PIN is needed."))
    return redirect("portal:family")
