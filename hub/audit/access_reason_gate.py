"""Ask why before every page that shows one patron: the patron's own, lists by patron, an item's last borrower."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hub.audit import access_log
from hub.audit.models import Act
from hub.circulation.models import Loan, Patron
from hub.core.clock import hub_clock
from hub.outreach import signed_links
from hub.outreach.profiles.models import Contact, Note, Person

Whose = Callable[[object], "str | None"]


def _patron(pk: object) -> str | None:
    found: str | None = Patron.objects.filter(pk=pk).values_list("ref", flat=True).first()
    return found


def _person(pk: object) -> str | None:
    found: str | None = Person.objects.filter(pk=pk).values_list("ref", flat=True).first()
    return found


def _contact(pk: object) -> str | None:
    found: str | None = Contact.objects.filter(pk=pk).values_list("person__ref", flat=True).first()
    return found


def _note(pk: object) -> str | None:
    found: str | None = Note.objects.filter(pk=pk).values_list("person__ref", flat=True).first()
    return found


def _borrower(pk: object) -> str | None:
    found: str | None = Loan.objects.filter(pk=pk, nameless=False).values_list("patron__ref", flat=True).first()
    return found


SHOWN: dict[str, tuple[Whose, Act]] = {
    "staff:patron": (_patron, Act.PAGE),
    "people:record": (_person, Act.RECORD),
    "people:export": (_person, Act.EXPORT),
    "people:export_file": (_person, Act.EXPORT),
    "people:erase": (_person, Act.ERASE),
    "staff:borrower": (_borrower, Act.BORROWER),
}
"""The pages themselves, and what opening one is called."""
LISTS = frozenset({"staff:loans", "staff:fees"})
"""Lists that show one patron's rows where `?patron=` names a pseudonym."""
OTHERS = {"people:drop_note": _note}
"""Buttons of these pages whose key is not the person's; a contact's begin with `contact_`."""
PURPOSE = "audit:why"
OPEN_FOR = timedelta(hours=12)
"""How long the address of a page that asks why leads there."""


def asked(request: HttpRequest, view: str, given: dict[str, object]) -> HttpResponse | None:
    """The way to the page that asks why, or None where there is a reason already, or no patron."""
    if view in LISTS and request.GET.get("patron"):
        listed = Patron.objects.filter(ref=request.GET["patron"]).values_list("ref", flat=True).first()
        return unless_known(request, listed, Act.LISTS)
    shown = SHOWN.get(view)
    if shown is not None:
        return unless_known(request, shown[0](given.get("pk")), shown[1])
    return _button(request, view, given)


def unless_known(request: HttpRequest, ref: str | None, act: Act) -> HttpResponse | None:
    """Return the way to the page that asks why, or None where a reason holds or no patron is meant."""
    if ref is None or access_log.goes_on(request, ref, act):
        return None
    if request.method != "GET" and access_log.was_here(request, ref):
        return None
    return why(ref, act, request.get_full_path() if request.method == "GET" else request.path)


def _button(request: HttpRequest, view: str, given: dict[str, object]) -> HttpResponse | None:
    """A button of a record shows the record again where something was typed wrongly: it asks as the record does."""
    if not view.startswith("people:") or "pk" not in given or view == "people:contact_confirm":
        return None
    whose = _contact if view.startswith("people:contact_") and view != "people:contact_add" else _person
    ref = OTHERS.get(view, whose)(given["pk"])
    if ref is None or access_log.was_here(request, ref):
        return None
    person = Person.objects.filter(ref=ref).first()
    return why(ref, Act.RECORD, reverse("people:record", args=(person.pk,))) if person else None


def why(ref: str, act: Act, then: str) -> HttpResponse:
    """Lead to the question why; the address seals patron and act, differently each time.

    Staff could compare a pseudonym with the one that a search by name shows, and learn whose a loan was unrecorded.
    """
    token = signed_links.token(PURPOSE, f"{act} {ref}", hub_clock().now() + OPEN_FOR)
    return redirect(f"{reverse(PURPOSE, args=(token,))}?{urlencode({'then': then})}")


def meant(token: str) -> tuple[str, Act] | None:
    """Return the pseudonym and the act that an address of the question seals; None where it is none or too old."""
    act, _, ref = (signed_links.opened(PURPOSE, token) or "").partition(" ")
    return (ref, Act(act)) if ref else None
