"""Show recommendations with reasons and take the patron's ratings, signed in or by a message's link."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Title
from hub.catalogue.shelves import bay_lookup
from hub.outreach.library_system.central import the_holds
from hub.outreach.patrons.models import Person
from hub.outreach.portal.message_links import open_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, patrons_page, session_patron, signed_in, start_session
from hub.outreach.portal.shelf import Book, covers_of
from hub.outreach.recommendations.reading_profiles import reading_choices, recommendation_picker, recommendations
from hub.outreach.recommendations.reading_profiles.history import preferences_of

BY_LINK = "portal:for_you_by_link"
BY = "phone"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.READING)
def for_you(request: HttpRequest, person: Person) -> HttpResponse:
    """Show recommendations, and take reactions to them."""
    if request.method == "POST":
        _act(request, person)
        return redirect("portal:for_you")
    return _render_recommendations(request, person, reverse("portal:for_you"))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link is for. The first button uses it up and starts a one-hour session on this phone."""
    link = open_link(BY_LINK, token)
    if link is None or link.used:
        if link is not None and session_patron(request, Scope.READING) == link.person:
            return redirect("portal:for_you")
        return page(request, "over", {"used": link is not None, "to": "for_you"}, 410)
    if request.method != "POST":
        return _render_recommendations(request, link.person, request.path)
    if not link.use():
        return page(request, "over", {"used": True, "to": "for_you"}, 410)
    _act(request, link.person)
    return start_session(redirect("portal:for_you"), link.person, Scope.READING)


def _render_recommendations(request: HttpRequest, person: Person, action: str) -> HttpResponse:
    allowed, rows = recommendation_picker.allowed(person), recommendations.recommendations_for(person.ref)
    shown = {each.title for each in rows}
    asked = request.GET.get("title", "")
    picked = next((each for each in rows if str(each.title) == asked), rows[0] if rows else None)
    found = Title.objects.defer("record").filter(pk=picked.title).first() if picked else None
    system, settings = the_holds(), preferences_of(person)
    context = {
        "here": "for_you",
        "action": action,
        "allowed": allowed,
        "picked": picked,
        "bay": bay_lookup.bays_of([found]).get(found.pk, "") if found else "",
        "label": found.call_number.split() if found else [],
        "holds": system is not None and bool(system.pickups()),
        "books": _books(rows, picked),
        "arrivals": _books(each for each in recommendations.arrivals(person.ref) if each.title not in shown),
        "here_for_all": [] if rows else _books(recommendations.popular_titles(), reasons=True),
        "days": settings.days if allowed else 0,
        "kept": _history_text(settings.keep),
    }
    return page(request, "for_you", context)


def _books(
    rows: Iterable[recommendations.DisplayedTitle],
    lit: recommendations.DisplayedTitle | None = None,
    *,
    reasons: bool = False,
) -> list[Book]:
    """Return the titles for a shelf, with their reasons below if asked for."""
    known = list(rows)
    covers = covers_of((each.title, each.words) for each in known)
    return [
        Book(cover, each.title, each.words, each.why if reasons else "", lit=each == lit)
        for cover, each in zip(covers, known, strict=True)
    ]


def _history_text(number: int | None) -> str:
    """Return which loans the recommendations use."""
    if number is None:
        return _("Uses the loans that you let us keep.")
    return ngettext("Uses your last {count} loan only.", "Uses your last {count} loans only.", number).format(
        count=number
    )


def _act(request: HttpRequest, person: Person) -> None:
    says, title = request.POST.get("says", ""), request.POST.get("title", "")
    if not recommendation_picker.allowed(person):
        messages.info(request, _("No recommendations: you have not agreed to them."))
        return
    match says:
        case "like" | "not" if title.isdecimal() and len(title) < 18:
            (reading_choices.like if says == "like" else reading_choices.not_for_me)(person, int(title))
            liked, other = _("We will suggest more like this."), _("We will not suggest it again.")
            messages.success(request, liked if says == "like" else other)
        case "less" | "more":
            days = (reading_choices.less if says == "less" else reading_choices.more)(person)
            messages.success(request, _("We send you recommendations at most every {days} days.").format(days=days))
        case "stop":
            reading_choices.stop(person, BY)
            messages.success(request, _("Recommendations are off. The data they used is deleted."))
        case _:
            raise Http404
