"""Show the reading panel of the patron page, as far as the patron consented, with actions at the desk.

Titles that the patron has had are shown only while their card is at the desk, because reading is private.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core import card_presence
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.reading_profiles import recommendation_display, recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Interest, Opinion, SegmentMembership
from hub.outreach.recommendations.reading_profiles.recommendation_display import DisplayedTitle

MOST, MOST_NEW, MOST_AGAIN = 4, 2, 3


@dataclass(frozen=True, slots=True)
class SubjectChip:
    """Interest: its name, its weight in percent of the highest, and its origin."""

    subject: str
    words: str
    weight: int
    why: str


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
    return "reading_profiles/panel.html", {
        **common,
        "allowed": True,
        "kept": person.had.count(),
        "taste": preferences,
        "present": present,
        "rows": _for_eyes(recommendation_display.recommendations_for(ref, MOST), present=present),
        "arrivals": _for_eyes(recommendation_display.arrivals(ref, MOST_NEW), present=present),
        "again": recommendation_display.borrow_again(ref, MOST_AGAIN) if present else [],
        "interests": _interests(person, present=present),
        "removed": [(each.subject, subjects.label(each.subject)) for each in _removed_interests(person)],
        "choices": _choices(person),
        "opinions": _opinions(person) if present else [],
    }


def _for_eyes(found: list[DisplayedTitle], *, present: bool) -> list[DisplayedTitle]:
    """Remove the reasons, which name titles of the past, unless the patron is present."""
    return found if present else [replace(each, why="") for each in found]


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


def _removed_interests(person: Person) -> list[Interest]:
    return list(Interest.objects.filter(person=person, source=Interest.Source.REMOVED))


def _choices(person: Person) -> list[tuple[str, str]]:
    """Return the classes of the catalogue that are no interest of the patron yet."""
    own = set(Interest.objects.filter(person=person).values_list("subject", flat=True))
    found = {each[:1] for each in Title.objects.order_by().values_list("subject", flat=True).distinct()}
    return [(each, subjects.label(each)) for each in sorted(found - own) if subjects.is_subject_code(each)]


def _opinions(person: Person) -> list[tuple[int, str, str]]:
    rows = list(Opinion.objects.filter(person=person)[:MOST])
    titles = dict(Title.objects.filter(pk__in=[each.title for each in rows]).values_list("pk", "title"))
    return [(each.title, titles.get(each.title, ""), each.get_says_display()) for each in rows]
