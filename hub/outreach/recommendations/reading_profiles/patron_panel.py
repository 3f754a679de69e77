"""Show the reading panel of the patron page, as far as the patron consented, with actions at the desk.

Titles that the patron has had are shown only while their card is at the desk, because reading is private.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core import card_presence
from hub.core.pages.page import report_error, report_success, staff_action
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.reading_profiles import (
    history,
    interests,
    reading_choices,
    recommendation_picker,
    recommendations,
    subjects,
)
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Interest, Opinion, SegmentMembership
from hub.outreach.recommendations.reading_profiles.recommendations import DisplayedTitle

MOST, MOST_NEW, MOST_AGAIN = 4, 2, 3


@dataclass(frozen=True, slots=True)
class SubjectChip:
    """Interest: its name, its weight in percent of the highest, and its origin."""

    subject: str
    words: str
    weight: int
    origin: str


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the reading panel of the patron page; None for an unknown patron."""
    person = person_of(ref)
    if person is None:
        return None
    standing = SegmentMembership.objects.filter(person=person).first()
    common = {"person": person, "segment": standing.get_segment_display() if standing else "", "request": request}
    if not recommendation_picker.allowed(person):
        return "reading_profiles/panel.html", {**common, "allowed": False, "lacks": _lacks(person)}
    preferences, present = preferences_of(person), card_presence.by_card(request, ref)
    removed = Interest.objects.filter(person=person, source=Interest.Source.REMOVED)
    return "reading_profiles/panel.html", {
        **common,
        "allowed": True,
        "kept": person.had.count(),
        "taste": preferences,
        "present": present,
        "rows": _for_eyes(recommendations.recommendations_for(ref, MOST), present=present),
        "arrivals": _for_eyes(recommendations.arrivals(ref, MOST_NEW), present=present),
        "again": recommendations.borrow_again(ref, MOST_AGAIN) if present else [],
        "interests": _interests(person, present=present),
        "removed": [(each.subject, subjects.label(each.subject)) for each in removed],
        "choices": _choices(person),
        "opinions": _opinions(person) if present else [],
    }


def _for_eyes(found: list[DisplayedTitle], *, present: bool) -> list[DisplayedTitle]:
    """Remove the reasons, which name titles of the past, unless the patron is present."""
    return found if present else [replace(each, reason="") for each in found]


def _lacks(person: Person) -> str:
    wanted = (Purpose.HISTORY, Purpose.RECOMMENDATIONS)
    return _(", ").join(str(each.label) for each in wanted if not consents.has_consented(person, each))


def _interests(person: Person, *, present: bool) -> list[SubjectChip]:
    rows = list(Interest.objects.filter(person=person).exclude(source=Interest.Source.REMOVED))
    title_ids = {pk for each in rows for pk in each.of} if present else set()
    titles = dict(Title.objects.filter(pk__in=title_ids).values_list("pk", "title"))
    most = max((each.weight for each in rows), default=1.0)
    return [
        SubjectChip(
            each.subject, subjects.label(each.subject), round(100 * each.weight / most), _interest_source(each, titles)
        )
        for each in rows
    ]


def _interest_source(interest: Interest, titles: Mapping[int, str]) -> str:
    if interest.source == Interest.Source.STATED:
        return _("added by the patron")
    if not titles:
        return _("from loans")
    return _("from {titles}").format(titles=_(", ").join(titles[each] for each in interest.of if each in titles))


def _choices(person: Person) -> list[tuple[str, str]]:
    """Return the classes of the catalogue that are no interest of the patron yet."""
    own = set(Interest.objects.filter(person=person).values_list("subject", flat=True))
    found = {each[:1] for each in Title.objects.order_by().values_list("subject", flat=True).distinct()}
    return [(each, subjects.label(each)) for each in sorted(found - own) if subjects.is_subject_code(each)]


def _opinions(person: Person) -> list[tuple[int, str, str]]:
    rows = list(Opinion.objects.filter(person=person)[:MOST])
    titles = dict(Title.objects.filter(pk__in=[each.title for each in rows]).values_list("pk", "title"))
    return [(each.title, titles.get(each.title, ""), each.get_says_display()) for each in rows]


def _home(person: Person) -> str:
    return reverse("staff:patron_of", args=(person.ref,))


@staff_action
def say(request: HttpRequest, pk: int, title: int, says: str) -> HttpResponse:
    """Store or delete the patron's opinion of a title."""
    person, book = get_object_or_404(Person, pk=pk), get_object_or_404(Title, pk=title)
    undo = reverse("reading_profiles:say", args=(pk, title, "unsay"))
    match says:
        case "like":
            reading_choices.like(person, title)
            words = _("More like “{title}”, every {days} days.")
        case "not":
            reading_choices.not_for_me(person, title)
            words = _("“{title}” is not recommended again; every {days} days from now on.")
        case "unsay":
            reading_choices.unsay(person, title)
            words, undo = _("Restored: every {days} days. “{title}” can be recommended again."), ""
        case _:
            raise Http404
    days = history.preferences_of(person).days
    return report_success(request, words.format(title=book.title, days=days), _home(person), undo)


@staff_action
def set_frequency(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Send recommendations less often, more often or not at all."""
    person = get_object_or_404(Person, pk=pk)
    match how:
        case "less" | "more":
            days = reading_choices.less(person) if how == "less" else reading_choices.more(person)
            undo = reverse("reading_profiles:frequency", args=(pk, "more" if how == "less" else "less"))
            return report_success(request, _("Every {days} days from now on.").format(days=days), _home(person), undo)
        case "stop":
            reading_choices.stop(person, f"staff {request.user.get_username()}")
            words = _("Recommendations are off. The data they used is deleted.")
            return report_success(request, words, _home(person))
        case _:
            raise Http404


@staff_action
def interest(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Add, remove or restore an interest."""
    person, subject = get_object_or_404(Person, pk=pk), request.POST.get("subject", "").strip().upper()
    if not subjects.is_subject_code(subject):
        return report_error(request, _("Enter a class or subject: I, I247, 8 or 813."), _home(person))
    name = subjects.label(subject)
    match how:
        case "add":
            interests.add(person, subject)
            words = _("Added: {name}")
        case "remove":
            interests.remove(person, subject)
            words = _("Removed: {name}. It will not be inferred again.")
        case "restore":
            interests.restore(person, subject)
            words = _("Can be inferred again: {name}")
        case _:
            raise Http404
    return report_success(request, words.format(name=name), _home(person))


@staff_action
def infer(request: HttpRequest, pk: int, how: str) -> HttpResponse:
    """Switch the inference of interests on or off."""
    person = get_object_or_404(Person, pk=pk)
    if how not in ("on", "off"):
        raise Http404
    interests.switch(person, how == "on")
    words = (
        _("Interests are inferred from the patron's loans.") if how == "on" else _("Interests are no longer inferred.")
    )
    undo = reverse("reading_profiles:infer", args=(pk, "off" if how == "on" else "on"))
    return report_success(request, words, _home(person), undo)


@staff_action
def limit_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Set how many of the patron's last loans are kept."""
    person, typed = get_object_or_404(Person, pk=pk), request.POST.get("loans", "")
    if not typed.isdecimal() or not 1 <= int(typed[:6]) <= reading_choices.MOST_KEPT:
        return report_error(
            request, _("Enter a number from 1 to {most}.").format(most=reading_choices.MOST_KEPT), _home(person)
        )
    if not consents.has_consented(person, Purpose.HISTORY):
        return report_error(request, _("The patron has not agreed to a reading history."), _home(person))
    reading_choices.limit_history(person, int(typed))
    return report_success(request, _("The last {loans} loans are kept.").format(loans=int(typed)), _home(person))
