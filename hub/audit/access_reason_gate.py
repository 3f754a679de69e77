"""Ask for a reason before a page shows one patron: their own, lists by patron, a last borrower."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hub.audit import access_log
from hub.audit.models import Act
from hub.circulation.models import Loan, Patron
from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Contact, Note, Person

Whose = Callable[[object], "str | None"]


def _patron(pk: object) -> str | None:
    return Patron.objects.filter(pk=pk).values_list("ref", flat=True).first()


def _person(pk: object) -> str | None:
    return Person.objects.filter(pk=pk).values_list("ref", flat=True).first()


def _contact(pk: object) -> str | None:
    return Contact.objects.filter(pk=pk).values_list("person__ref", flat=True).first()


def _note(pk: object) -> str | None:
    return Note.objects.filter(pk=pk).values_list("person__ref", flat=True).first()


def _borrower(pk: object) -> str | None:
    return Loan.objects.filter(pk=pk, nameless=False).values_list("patron__ref", flat=True).first()


SHOWN: dict[str, tuple[Whose, Act]] = {
    "staff:patron": (_patron, Act.PAGE),
    "patrons:record": (_person, Act.RECORD),
    "patrons:export": (_person, Act.EXPORT),
    "patrons:export_file": (_person, Act.EXPORT),
    "patrons:erase": (_person, Act.ERASE),
    "staff:borrower": (_borrower, Act.BORROWER),
}
"""Pages that show a patron: how the patron is found, and the kind of view."""
LISTS = frozenset({"staff:loans", "staff:fees"})
"""Lists that show one patron's rows if `?patron=` gives a pseudonym."""
OTHERS = {"patrons:drop_note": _note}
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
        return unless_known(request, shown[0](given.get("pk")), shown[1])
    return _button(request, view, given)


def unless_known(request: HttpRequest, ref: str | None, act: Act) -> HttpResponse | None:
    """Return the redirect to the question, or None if a reason holds or no patron is meant."""
    if ref is None or access_log.is_covered(request, ref, act):
        return None
    if request.method != "GET" and access_log.was_opened(request, ref):
        return None
    return redirect_to_question(ref, act, request.get_full_path() if request.method == "GET" else request.path)


def _button(request: HttpRequest, view: str, given: Mapping[str, object]) -> HttpResponse | None:
    """Return the redirect for a button of a record, as for the record itself.

    A button shows the record again if something was typed wrongly.
    """
    if not view.startswith("patrons:") or "pk" not in given or view == "patrons:contact_confirm":
        return None
    whose = _contact if view.startswith("patrons:contact_") and view != "patrons:contact_add" else _person
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


def decode(token: str) -> tuple[str, Act] | None:
    """Return the pseudonym and the view encrypted in a question's URL; None if it is invalid or expired."""
    act, _, ref = (signed_links.subject_of_token(PURPOSE, token) or "").partition(" ")
    return (ref, Act(act)) if ref else None
