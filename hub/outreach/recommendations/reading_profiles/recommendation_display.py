"""Prepare recommendations for display at kiosks, in the portal and to staff, with translated reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.small_cell_suppression import FEWEST
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.new_titles.listing import DAYS, public_arrivals
from hub.outreach.recommendations.reading_profiles import recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest, Recommendation, TitleLoanCount
from hub.outreach.recommendations.reminders.models import OpenLoan

OF_EACH = 4
"""Titles looked up per title wanted: most are on loan or rank elsewhere."""


@dataclass(frozen=True, slots=True)
class DisplayedTitle:
    """Title to display. `why` is a sentence, empty if no reason is given."""

    title: int
    words: str
    author: str
    why: str = ""


def recommendations_for(ref: str, most: int = 6) -> list[DisplayedTitle]:
    """Return recommendations that are on the shelf now; none without consent."""
    return _displayable(ref, most, new=False)


def arrivals(ref: str, most: int = 6) -> list[DisplayedTitle]:
    """Return new titles matching the patron's interests that are on the shelf now; none without consent."""
    return _displayable(ref, most, new=True)


def popular_titles(most: int = 6) -> list[DisplayedTitle]:
    """Return new and popular titles on the shelf now, alternating, the same for every patron.

    If there are too few, the newest titles of the catalogue follow.
    """
    now = hub_clock().now()
    new = list(public_arrivals(now - DAYS, now).values_list("pk", flat=True)[: OF_EACH * most])
    lent = TitleLoanCount.objects.filter(weight__gte=FEWEST).order_by("-weight", "title")
    borrowed = list(lent.values_list("title", flat=True)[: OF_EACH * most])
    newest = Title.objects.order_by("-pk").values_list("pk", flat=True)[: OF_EACH * most]
    turns = [each for pair in zip_longest(new, borrowed) for each in pair if each is not None]
    order = list(dict.fromkeys([*turns, *newest]))
    there = the_central().on_shelf(order)
    chosen = [each for each in order if each in there][:most]
    titles = Title.objects.defer("record").in_bulk(chosen)
    why = {**dict.fromkeys(new, _("new here")), **dict.fromkeys(borrowed, _("popular here"))}
    return [
        DisplayedTitle(each, titles[each].title, titles[each].author, why.get(each, ""))
        for each in chosen
        if each in titles
    ]


def borrow_again(ref: str, most: int = 6) -> list[DisplayedTitle]:
    """Return titles of the patron's history that are on the shelf now; none if no history is kept."""
    person = person_of(ref)
    if person is None:
        return []
    out = set(OpenLoan.objects.filter(person=person).values_list("title", flat=True))
    had = [
        each for each in HistoryTitle.objects.filter(person=person).values_list("title", flat=True) if each not in out
    ]
    titles, there = Title.objects.in_bulk(had), the_central().on_shelf(had)
    return [_plain(titles[each]) for each in had if each in titles and each in there][:most]


def _displayable(ref: str, most: int, *, new: bool) -> list[DisplayedTitle]:
    person = person_of(ref)
    if person is None or not recommendation_picker.allowed(person):
        return []
    picks = list(Recommendation.objects.filter(person=person, new=new))
    there = the_central().on_shelf([each.title for each in picks])
    return with_reasons(person, [each for each in picks if each.title in there][:most])


def with_reasons(person: Person, picks: Iterable[Recommendation]) -> list[DisplayedTitle]:
    """Return the titles with their reasons in the active language."""
    chosen = list(picks)
    titles = Title.objects.in_bulk({*(each.title for each in chosen), *titles_in_reasons(chosen)})
    return [
        DisplayedTitle(each.title, titles[each.title].title, titles[each.title].author, reason(each, titles))
        for each in chosen
        if each.title in titles
    ]


def by_interest(person: Person, picks: Iterable[Recommendation]) -> list[DisplayedTitle]:
    """Return the titles with an interest of the patron as the reason, for messages that others may see.

    The reason names the finest class shared by the title and the patron's interests, never a title or author of the
    past. It is empty if they share none.
    """
    chosen = list(picks)
    titles = Title.objects.defer("record").in_bulk([each.title for each in chosen])
    interests = Interest.objects.filter(person=person).exclude(source=Interest.Source.REMOVED)
    own = set(interests.values_list("subject", flat=True))
    found = []
    for each in chosen:
        if title := titles.get(each.title):
            shared = [code for code in subjects.codes(title) if code in own]
            why = (
                _("because this interests you: {subject}").format(subject=subjects.label(shared[-1])) if shared else ""
            )
            found.append(DisplayedTitle(title.pk, title.title, title.author, why))
    return found


def titles_in_reasons(picks: Iterable[Recommendation]) -> set[int]:
    """Return the ids of the titles that the reasons name."""
    return {
        int(each.of)
        for each in picks
        if each.of.isdecimal() and each.why in (Recommendation.Why.BORROWED, Recommendation.Why.WORDS)
    }


def reason(pick: Recommendation, titles: dict[int, Title]) -> str:
    """Return the reason in the active language."""
    match pick.why:
        case Recommendation.Why.AUTHOR:
            return _("because it is also by {author}").format(author=titles[pick.title].author)
        case Recommendation.Why.HEADING:
            return _("because you read about this: {subject}").format(
                subject=subjects.topic(titles[pick.title], pick.of)
            )
        case Recommendation.Why.SUBJECT:
            return _("because you read about this: {subject}").format(subject=subjects.label(pick.of))
        case _:
            source = titles.get(int(pick.of)) if pick.of.isdecimal() else None
            if source is None:
                return _("because it is like what you read")
            if pick.why == Recommendation.Why.BORROWED:
                return _("because you borrowed “{title}”").format(title=source.title)
            return _("because it is like “{title}”").format(title=source.title)


def _plain(title: Title) -> DisplayedTitle:
    return DisplayedTitle(title.pk, title.title, title.author)
