"""Ask staff for a reason before a patron is shown; the page shows no more than the list before it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.audit import access_log, access_reason_gate, policies
from hub.audit.models import Act, Reason
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import next_page
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_only
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import key_patrons
from hub.outreach.patrons.models import Person

LONGEST = 200
ASKED_IN_WORDS = frozenset({Act.EXPORT})


@require_http_methods(["GET", "POST"])
@staff_only
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Offer six reasons as buttons; a key patron and an export also need a reason in words."""
    ref, act = access_reason_gate.decode(token) or ("", Act.PAGE)
    standing = the_central().standing([ref]).get(ref)
    if standing is None:
        raise Http404
    if policies.unread(request.user.get_username()) is not None:
        return redirect(f"{reverse('audit:policy')}?{urlencode({'then': request.get_full_path()})}")
    in_words, fault = act in ASKED_IN_WORDS or _is_key(ref), ""
    if request.method == "POST":
        reason, words = _reason(request), " ".join(request.POST.get("words", "").split())[:LONGEST]
        fault = _fault(words, standing.name, standing.identifier) if in_words else ""
        if not fault:
            access_log.begin(request, ref, act, reason, words if in_words else "")
            return redirect(next_page(request) or reverse("staff:patron_of", args=(ref,)))
    return page(request, "patrons", "audit/why.html", {
        "who": "" if act is Act.BORROWER else formatting.mask_name(standing.name),
        "last4": formatting.last4(standing.identifier),
        "then": next_page(request), "reasons": [each for each in Reason if each is not Reason.CARD],
        "in_words": in_words, "is_export": act in ASKED_IN_WORDS, "fault": fault,
        "words": request.POST.get("words", ""), "longest": LONGEST,
    }, status=400 if fault else 200)  # fmt: skip


def _reason(request: HttpRequest) -> Reason:
    given = request.POST.get("reason", "")
    if given not in Reason.values or given == Reason.CARD:
        raise Http404
    return Reason(given)


def _is_key(ref: str) -> bool:
    person = Person.objects.filter(ref=ref).first()
    return person is not None and key_patrons.is_key(person, hub_clock().now())


def _fault(words: str, name: str, identifier: str) -> str:
    """Return what is wrong with the words, or an empty text.

    A name or number is refused: the access log would keep it after the patron's data are erased.
    """
    if len(words) < 4:
        return _("Briefly enter the purpose.")
    if any(part and part.casefold() in words.casefold() for part in (name, *name.split(), identifier) if len(part) > 1):
        return _("Do not enter a name or number. This text is stored permanently.")
    return ""
