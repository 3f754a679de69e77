"""Show recommendations with reasons, and let the patron choose what they use: kept loans and interests."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hub.catalogue.models import Title
from hub.catalogue.shelves import bay_lookup
from hub.outreach.library_system.central import the_holds
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.portal.message_links import usable_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, patrons_page, signed_in, start_session
from hub.outreach.portal.shelf import ShelvedBook, covers_of
from hub.outreach.recommendations.reading_profiles import (
    interests,
    reading_choices,
    recommendation_picker,
    recommendations,
    subjects,
)
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Interest

BY = "phone"
FEW, MORE = 5, 20
NONE, ALL = "none", "all"
BY_LINK = "portal:for_you_by_link"


@dataclass(frozen=True, slots=True)
class HistoryLengthChoice:
    """Number of loans to keep, with its effect."""

    value: str
    words: str
    means: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """Interest with its origin."""

    subject: str
    words: str
    origin: str


@require_safe
@signed_in(Scope.ALL)
def reading(request: HttpRequest, person: Person) -> HttpResponse:
    """Show kept loans and interests with the choices for both."""
    allowed = recommendation_picker.allowed(person)
    rows = list(Interest.objects.filter(person=person)) if allowed else []
    removed = [each for each in rows if each.source == Interest.Source.REMOVED]
    context = {
        "here": "me",
        "choices": _choices(person),
        "why": consents.words(consents.text(Purpose.HISTORY)),
        "kept": _history_titles(person),
        "allowed": allowed,
        "interests": _chips([each for each in rows if each not in removed]),
        "removed": [(each.subject, subjects.label(each.subject)) for each in removed],
        "infer": preferences_of(person).infer if allowed else False,
    }
    return page(request, "reading", context)


def _choices(person: Person) -> list[HistoryLengthChoice]:
    """Return the choices, including a number that staff have set for the patron."""
    number = preferences_of(person).keep
    now = NONE if not consents.has_consented(person, Purpose.HISTORY) else ALL if number is None else str(number)
    found = [
        (
            NONE,
            pgettext("loans kept", "None"),
            _("We keep no titles after you return them and recommend nothing."),
        )
    ]
    for each in sorted({FEW, MORE, *([number] if number else [])}):
        means = _("Each new loan replaces the oldest one.")
        if each == FEW:
            means = _("Each new loan replaces the oldest one. Enough for good recommendations.")
        found.append(
            (str(each), ngettext("The last {count} loan", "The last {count} loans", each).format(count=each), means)
        )
    found.append((ALL, pgettext("loans kept", "All"), _("Every loan from now on, until you choose fewer.")))
    return [HistoryLengthChoice(value, words, means, value == now) for value, words, means in found]


def _history_titles(person: Person) -> list[str]:
    numbers = list(person.had.values_list("title", flat=True))
    titles = dict(Title.objects.filter(pk__in=numbers).values_list("pk", "title"))
    return [titles[each] for each in numbers if each in titles]


def _chips(rows: list[Interest]) -> list[Chip]:
    titles = dict(Title.objects.filter(pk__in={pk for each in rows for pk in each.of}).values_list("pk", "title"))
    return [Chip(each.subject, subjects.label(each.subject), _interest_source(each, titles)) for each in rows]


def _interest_source(interest: Interest, titles: dict[int, str]) -> str:
    if interest.source == Interest.Source.STATED:
        return _("added by you")
    return _("from {titles}").format(titles=_(", ").join(titles[each] for each in interest.of if each in titles))


@require_POST
@signed_in(Scope.ALL)
def set_history_length(request: HttpRequest, person: Person) -> HttpResponse:
    """Keep this many loans from now on, and delete the others at once."""
    chosen = request.POST.get("loans", "")
    if chosen not in {each.value for each in _choices(person)}:
        messages.error(request, _("First choose how many to keep."))
        return redirect("portal:reading")
    if chosen == NONE:
        count = reading_choices.end_history(person, BY)
        text = _("We no longer keep any titles or recommend anything.")
    else:
        count = reading_choices.agree_to_history(person, None if chosen == ALL else int(chosen), BY)
        text = _("Your choice is saved.")
    forgotten = ngettext("{count} title was deleted.", "{count} titles were deleted.", count).format(count=count)
    messages.success(request, _("{said} {forgotten}").format(said=text, forgotten=forgotten) if count else text)
    return redirect("portal:reading")


@require_safe
@signed_in(Scope.ALL)
def add_interest(request: HttpRequest, person: Person) -> HttpResponse:
    """List the catalogue's classes, or the subjects of one class."""
    if not recommendation_picker.allowed(person):
        return redirect("portal:reading")
    chosen = request.GET.get("of", "")[:1]
    own = set(Interest.objects.filter(person=person).exclude(source=Interest.Source.REMOVED).values_list(
        "subject", flat=True))  # fmt: skip
    known = chosen if subjects.is_subject_code(chosen) else ""
    rows = subjects.subjects_of_class(known) if known else subjects.classes()
    context = {
        "here": "me",
        "of": known,
        "words": subjects.label(known) if known else "",
        "whole": known not in own,
        "rows": [(each, each.code in own) for each in rows],
    }
    return page(request, "add_interest", context)


@require_POST
@signed_in(Scope.ALL)
def interest(request: HttpRequest, person: Person, how: str) -> HttpResponse:
    """Add, remove or restore an interest; rejected without consent to recommendations."""
    subject = request.POST.get("subject", "")[:8]
    if (
        not recommendation_picker.allowed(person)
        or not subjects.is_subject_code(subject)
        or (how == "add" and not subjects.has(subject))
    ):
        messages.error(request, _("Not changed. Choose a class that the library has."))
        return redirect("portal:reading")
    match how:
        case "add":
            interests.add(person, subject)
            text = _("Added: {name}")
        case "remove":
            interests.remove(person, subject)
            text = _("Removed: {name}. We will not suggest it from your loans again.")
        case "restore":
            interests.restore(person, subject)
            text = _("We may suggest it from your loans again: {name}")
        case _:
            raise Http404
    messages.success(request, text.format(name=subjects.label(subject)))
    return redirect("portal:reading")


@require_POST
@signed_in(Scope.ALL)
def infer(request: HttpRequest, person: Person, how: str) -> HttpResponse:
    """Switch on or off whether interests are inferred from loans."""
    if how not in ("on", "off"):
        raise Http404
    interests.switch(person, how == "on")
    on, off = (
        _("From now on we use your loans to find your interests."),
        _("We no longer use your loans to find your interests."),
    )
    messages.success(request, on if how == "on" else off)
    return redirect("portal:reading")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.READING)
def for_you(request: HttpRequest, person: Person) -> HttpResponse:
    """Show recommendations, and take reactions to them."""
    if request.method == "POST":
        _react(request, person)
        return redirect("portal:for_you")
    return _render_recommendations(request, person, reverse("portal:for_you"))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def for_you_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link is for. The first button uses it up and starts a one-hour session on this phone."""
    link = usable_link(request, BY_LINK, token, Scope.READING, "for_you")
    if isinstance(link, HttpResponse):
        return link
    if request.method != "POST":
        return _render_recommendations(request, link.person, request.path)
    _react(request, link.person)
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
        "kept": _history_used(settings.keep),
    }
    return page(request, "for_you", context)


def _books(
    rows: Iterable[recommendations.DisplayedTitle],
    lit: recommendations.DisplayedTitle | None = None,
    *,
    reasons: bool = False,
) -> list[ShelvedBook]:
    """Return the titles for a shelf, with their reasons below if asked for."""
    known = list(rows)
    covers = covers_of((each.title, each.words) for each in known)
    return [
        ShelvedBook(cover, each.title, each.words, each.reason if reasons else "", lit=each == lit)
        for cover, each in zip(covers, known, strict=True)
    ]


def _history_used(number: int | None) -> str:
    """Return which loans the recommendations use."""
    if number is None:
        return _("Uses the loans that you let us keep.")
    return ngettext("Uses your last {count} loan only.", "Uses your last {count} loans only.", number).format(
        count=number
    )


def _react(request: HttpRequest, person: Person) -> None:
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
