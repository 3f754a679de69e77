"""Let the patron place a hold in the portal: choose the pickup branch, or see why not and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Title
from hub.core.pages import formatting
from hub.outreach.library_system.central import Copy, the_central, the_holds
from hub.outreach.patrons.models import Person
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, session_patron, signed_in


@dataclass(frozen=True, slots=True)
class HoldOffer:
    """Hold offered on the page of a title.

    `status_text` says that the patron has it or waits for it. If empty, the patron may place a hold.
    """

    waiting: int
    status_text: str
    tone: str = "clock"


@dataclass(frozen=True, slots=True)
class HoldRefusal:
    """Reason why no hold can be placed, and the page that helps."""

    words: str
    way: str
    url: str


@dataclass(frozen=True, slots=True)
class PickupChoice:
    """Pickup branch as a choice on the hold page. `words` say when a copy can be there; empty if that is open."""

    code: str
    name: str
    words: str
    chosen: bool


def hold_offer(request: HttpRequest, title: int) -> HoldOffer | None:
    """Return None if the system that keeps the loans accepts no holds from the portal."""
    system = the_holds()
    if system is None or not system.pickups():
        return None
    waiting, person = system.waiting(title), session_patron(request, Scope.LOANS)
    account = the_central().account(person.ref) if person else None
    for loan in account.loans if account else ():
        if loan.title == title:
            due = _("You have it, due {day}.").format(day=formatting.due(loan.due))
            return HoldOffer(waiting, due if loan.dated else _("You have it."), "done")
    for each in account.holds if account else ():
        if each.title == title:
            return HoldOffer(waiting, refusal_text.hold(each), "done" if each.ready else "clock")
    return HoldOffer(waiting, "")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.LOANS)
def hold(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Ask for the pickup branch. The title page shows the hold that was placed; a refusal is shown here."""
    title = get_object_or_404(Title.objects.defer("record"), pk=number)
    system = the_holds()
    branches = system.pickups() if system else []
    if system is None or not branches:
        raise Http404
    refused = ""
    if request.method == "POST":
        placed = system.place_hold(person.ref, number, request.POST.get("pickup", "")[:64])
        if isinstance(placed, int):
            messages.success(request, _("You have a hold on {title}: number {place} in the queue.").format(
                title=title.title, place=placed))  # fmt: skip
            return redirect("opac:title", number)
        refused = placed
    closed = system.why_no_hold(person.ref, number)
    waiting = system.waiting(number)
    context = {
        "here": "find",
        "title": title,
        "branches": _choices(person, branches, the_central().copies([number])[number], waiting),
        "waiting": waiting,
        "refusal": _refusal(closed or refused, number) if closed or refused else None,
        "closed": bool(closed),
    }
    return page(request, "hold", context, 422 if refused else 200)


def _choices(person: Person, branches: list[tuple[str, str]], copies: list[Copy], waiting: int) -> list[PickupChoice]:
    """Return the branches as choices, with the likeliest one chosen.

    That is the branch of the patron's last open hold, else one with a free copy on its shelf, else one with a copy.
    """
    shelf = [each.branch for each in copies if each.state == "shelf"]
    names = [name for _code, name in branches]
    holds = [each.pickup for each in the_central().account(person.ref).holds]
    wanted = [*holds[::-1], *(shelf if len(shelf) > waiting else ()), *(each.branch for each in copies), *names]
    first = next(each for each in wanted if each in names)
    return [PickupChoice(code, name, _availability(name, copies, waiting), name == first) for code, name in branches]


def _availability(branch: str, copies: list[Copy], waiting: int) -> str:
    """Return when a copy can be at the branch, as far as the loans and the queue say so."""
    shelf = [each.branch for each in copies if each.state == "shelf"]
    if len(shelf) > waiting:
        return _("On the shelf today") if branch in shelf else _("From {branch}").format(branch=shelf[0])
    # A queue or a copy that is already on its way leaves the day open.
    if waiting or shelf:
        return ""
    on_loan = [(each.due, each.branch) for each in copies if each.due]
    here = [due for due, at in on_loan if at == branch]
    if here:
        return _("On loan until {day}").format(day=formatting.short(timezone.localtime(min(here)).date()))
    return _("After {day}").format(day=formatting.short(timezone.localtime(min(on_loan)[0]).date())) if on_loan else ""


def _refusal(code: str, title: int) -> HoldRefusal:
    loans = (_("My loans and holds"), reverse("portal:loans"))
    ask = (_("Ask a librarian"), reverse("portal:ask"))
    here = (_("Location"), reverse("opac:title", args=(title,)))
    texts: dict[str, tuple[str, tuple[str, str]]] = {
        "already_waits": (_("You already have a hold on it."), loans),
        "already_yours": (_("You already have it on loan. You can renew it."), loans),
        "hold_limit": (
            _("You have reached the hold limit. Cancel a hold that you no longer need."), loans,
        ),
        "fees": (_("Please pay your fees first, at the desk. You can ask us what they are for."), ask),
        "card_expired": (_("Your membership has expired. Renew it at the desk to place holds."), ask),
        "card_blocked": (_("Your card is blocked. Please ask at the desk."), ask),
        "card_provisional": (
            _("Your card is provisional until we check your ID. Please bring your ID card to the desk."),
            ask,
        ),
        "card_lost": (_("Your card is reported lost. Please get a new one at the desk."), ask),
        "no_copies": (
            _("The library has no copy for loan. You can suggest a purchase."),
            (_("Suggest a book"), reverse("portal:suggest")),
        ),
        "reading_room": (_("It is for use in the library only, so you cannot place a hold."), here),
        "no_rule": (_("Your card cannot borrow this item. Please ask at the desk."), ask),
        "no_such_branch": (_("First choose a pickup branch."), here),
    }  # fmt: skip
    reason, (way, url) = texts.get(code, (_("The library system did not accept this. Please ask at the desk."), ask))
    return HoldRefusal(reason, way, url)
