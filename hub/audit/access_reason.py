"""Ask for a reason before a page shows one patron: their own, lists by patron, a last borrower.

The question shows no more than the list before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.audit import access_log, policy
from hub.audit.models import ASKED, Act, Reason
from hub.circulation.models import Loan, Patron, Payment
from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import next_page, page, staff_only
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import key_patrons
from hub.outreach.patrons.models import Contact, Note, Person

Whose = Callable[[object], "str | None"]


def _ref_of_patron(pk: object) -> str | None:
    return Patron.objects.filter(pk=pk).values_list("ref", flat=True).first()


def _ref_of_person(pk: object) -> str | None:
    return Person.objects.filter(pk=pk).values_list("ref", flat=True).first()


def _known_ref(ref: object) -> str | None:
    return Person.objects.filter(ref=ref).values_list("ref", flat=True).first()


def _ref_of_contact(pk: object) -> str | None:
    return Contact.objects.filter(pk=pk).values_list("person__ref", flat=True).first()


def _ref_of_note(pk: object) -> str | None:
    return Note.objects.filter(pk=pk).values_list("person__ref", flat=True).first()


def _ref_of_borrower(pk: object) -> str | None:
    return Loan.objects.filter(pk=pk, nameless=False).values_list("patron__ref", flat=True).first()


def _ref_of_payer(pk: object) -> str | None:
    return Payment.objects.filter(pk=pk).values_list("patron__ref", flat=True).first()


TABS = ("loans", "holds", "fees", "messages", "reading", "notes", "history")
"""Tabs of a patron's record after its first."""
SHOWN: dict[str, tuple[Whose, Act]] = {
    "staff:patron": (_ref_of_patron, Act.PAGE),
    **{f"staff:patron_{tab}": (_ref_of_patron, Act.PAGE) for tab in TABS},
    "staff:payment": (_ref_of_payer, Act.PAGE),
    "paper:card": (_ref_of_patron, Act.PAGE),
    "paper:print_card": (_ref_of_patron, Act.PAGE),
    "patrons:record": (_ref_of_person, Act.RECORD),
    "feedback:compose": (_known_ref, Act.PAGE),
    "feedback:send": (_known_ref, Act.PAGE),
    "patrons:export": (_ref_of_person, Act.EXPORT),
    "patrons:export_file": (_ref_of_person, Act.EXPORT),
    "patrons:erase": (_ref_of_person, Act.ERASE),
    "staff:merge_choose": (_ref_of_patron, Act.MERGE),
    "staff:merge": (_ref_of_patron, Act.MERGE),
    "staff:merge_act": (_ref_of_patron, Act.MERGE),
    "staff:borrower": (_ref_of_borrower, Act.BORROWER),
}
"""Pages that show a patron: how the patron is found, and the kind of view."""
LISTS = frozenset({"staff:loans", "staff:fees"})
"""Lists that show one patron's rows if `?patron=` gives a pseudonym."""
OTHERS = {"patrons:drop_note": _ref_of_note}
"""Buttons of these pages whose key is not the person's; those of a contact begin with `contact_`."""
PURPOSE = "audit:access_reason"
OPEN_FOR = timedelta(hours=12)
"""How long the URL of the question remains valid."""


def reason_redirect(request: HttpRequest, view: str, given: Mapping[str, object]) -> HttpResponse | None:
    """Return the redirect to the question, or None if a reason holds already or the view shows no patron."""
    if view in LISTS and request.GET.get("patron"):
        listed = Patron.objects.filter(ref=request.GET["patron"]).values_list("ref", flat=True).first()
        return unless_known(request, listed, Act.LISTS)
    shown = SHOWN.get(view)
    if shown is not None:
        return unless_known(request, shown[0](given.get("pk", given.get("ref"))), shown[1])
    return _button_redirect(request, view, given)


def unless_known(request: HttpRequest, ref: str | None, act: Act) -> HttpResponse | None:
    """Return the redirect to the question, or None if a reason holds or no patron is meant."""
    if ref is None or access_log.is_covered(request, ref, act):
        return None
    if request.method != "GET" and access_log.was_opened(request, ref):
        return None
    return redirect_to_question(ref, act, request.get_full_path() if request.method == "GET" else request.path)


def _button_redirect(request: HttpRequest, view: str, given: Mapping[str, object]) -> HttpResponse | None:
    """Return the redirect for a button of a record, as for the record itself.

    A button shows the record again if something was typed wrongly.
    """
    if not view.startswith("patrons:") or "pk" not in given or view == "patrons:contact_confirm":
        return None
    whose = _ref_of_contact if view.startswith("patrons:contact_") and view != "patrons:contact_add" else _ref_of_person
    ref = OTHERS.get(view, whose)(given["pk"])
    if ref is None or access_log.was_opened(request, ref):
        return None
    person = Person.objects.filter(ref=ref).first()
    return redirect_to_question(ref, Act.RECORD, reverse("patrons:record", args=(person.pk,))) if person else None


def redirect_to_question(ref: str, act: Act, then: str) -> HttpResponse:
    """Redirect to the question; its URL encrypts patron and view, differently each time.

    With a plain pseudonym staff could compare it with the one that a search by name shows, and learn the patron of a
    loan without a record in the access log.
    """
    token = signed_links.token(PURPOSE, f"{act} {ref}", hub_clock().now() + OPEN_FOR)
    return redirect(f"{reverse(PURPOSE, args=(token,))}?{urlencode({'then': then})}")


def decode_token(token: str) -> tuple[str, Act] | None:
    """Return the pseudonym and the view encrypted in a question's URL; None if it is invalid or expired."""
    act, _, ref = (signed_links.subject_of_token(PURPOSE, token) or "").partition(" ")
    return (ref, Act(act)) if ref else None


LONGEST = 200
ASKED_IN_WORDS = frozenset({Act.EXPORT})


@require_http_methods(["GET", "POST"])
@staff_only
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Offer six reasons as buttons; a key patron and an export also need a reason in words."""
    ref, act = decode_token(token) or ("", Act.PAGE)
    standing = the_central().standing([ref]).get(ref)
    if standing is None:
        raise Http404
    if policy.unread(request.user.get_username()) is not None:
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
        "then": next_page(request), "reasons": ASKED,
        "in_words": in_words, "is_export": act in ASKED_IN_WORDS, "fault": fault,
        "words": request.POST.get("words", ""), "longest": LONGEST,
    }, status=400 if fault else 200)  # fmt: skip


def _reason(request: HttpRequest) -> Reason:
    given = request.POST.get("reason", "")
    if given not in ASKED:
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
