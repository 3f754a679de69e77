"""Prepare recommendations for kiosks, with reasons in both languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import override

from hub.catalogue.models import Item, Title
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reading_profiles import recommendation_display, recommendation_picker
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Recommendation
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.model import ItemId
from lending.recommendations import Recommendation as KioskRecommendation

MOST, MOST_NEW, MOST_AGAIN, MOST_COPIES = 8, 4, 4, 3


def consenting_people(people: Iterable[int]) -> list[int]:
    """Return those of these persons who consented to both history and recommendations."""
    return sorted(set(recommendation_picker.all_allowed()) & set(people))


def on_shelf(person: Person) -> KioskRecommendation | None:
    """Return the first recommendation that is on the shelf now, or None.

    Rated titles are not recommended again.
    """
    if not recommendation_picker.allowed(person):
        return None
    picks = list(Recommendation.objects.filter(person=person, new=False).order_by("rank", "pk"))
    there = the_central().on_shelf([each.title for each in picks])
    first = next((each for each in picks if each.title in there), None)
    return (
        _kiosk_recommendation(
            first, Title.objects.in_bulk({first.title, *recommendation_display.titles_in_reasons([first])}), {}
        )
        if first
        else None
    )


def by_patron(people: list[int]) -> dict[str, list[KioskRecommendation]]:
    """Return recommendations by the person's ref, with a constant number of queries.

    A person about whom too little is known gets new and popular titles, with that reason.
    """
    refs = dict(Person.objects.filter(pk__in=people).values_list("pk", "ref"))
    by_person: dict[int, list[Recommendation]] = defaultdict(list)
    for pick in Recommendation.objects.filter(person__in=list(refs)).order_by("person", "new", "rank", "pk"):
        if sum(each.new == pick.new for each in by_person[pick.person_id]) < (MOST_NEW if pick.new else MOST):
            by_person[pick.person_id].append(pick)
    picks, had = [each for found in by_person.values() for each in found], _had(list(refs))
    everyone = _for_everyone() if refs.keys() - by_person.keys() else []
    again = {title for found in had.values() for title in found}
    titles = Title.objects.in_bulk(
        {*(each.title for each in picks), *recommendation_display.titles_in_reasons(picks), *again}
    )
    copies = _copies({*(each.title for each in picks), *again})
    found = {
        refs[person]: [
            *(
                [_kiosk_recommendation(each, titles, copies) for each in by_person[person] if each.title in titles]
                or everyone
            ),
            *(_again(titles[each], copies) for each in had[person] if each in titles),
        ]
        for person in refs
    }
    return {ref: each for ref, each in found.items() if each}


def _for_everyone() -> list[KioskRecommendation]:
    """Return new and popular titles.

    An opinion of them says nothing about the patron, so none is requested.
    """
    spoken = {}
    for language, code in SPOKEN.items():
        with override(code):
            spoken[language] = recommendation_display.popular_titles(MOST)
    titles = Title.objects.defer("record").in_bulk([each.title for each in spoken["zh"]])
    copies = _copies(titles)
    return [
        KioskRecommendation(
            each.words,
            each.author,
            str(titles[each.title].call_number),
            {language: found[at].why for language, found in spoken.items()},
            False,
            tuple(copies.get(each.title, ())[:MOST_COPIES]),
        )
        for at, each in enumerate(spoken["zh"])
    ]


def _had(people: list[int]) -> dict[int, list[int]]:
    """Return by person the titles in the history that are not on loan to them now, newest first."""
    out = set(OpenLoan.objects.filter(person__in=people).values_list("person", "title"))
    found: dict[int, list[int]] = defaultdict(list)
    for person, title in HistoryTitle.objects.filter(person__in=people).values_list("person", "title"):
        if (person, title) not in out and len(found[person]) < MOST_AGAIN:
            found[person].append(title)
    return found


def _copies(titles: Iterable[int]) -> dict[int, list[ItemId]]:
    found: dict[int, list[ItemId]] = defaultdict(list)
    rows = Item.objects.filter(title__in=list(titles), condition=Item.Condition.NORMAL).order_by("pk")
    for title, barcode in rows.values_list("title_id", "barcode"):
        found[title].append(ItemId(barcode))
    return found


def _kiosk_recommendation(
    pick: Recommendation, titles: dict[int, Title], copies: dict[int, list[ItemId]]
) -> KioskRecommendation:
    why = {}
    for language, spoken in SPOKEN.items():
        with override(spoken):
            why[language] = recommendation_display.reason(pick, titles)
    title = titles[pick.title]
    items = tuple(copies.get(pick.title, ())[:MOST_COPIES])
    return KioskRecommendation(
        str(title.title), str(title.author), str(title.call_number), why, bool(pick.new), items, f"title-{title.pk}"
    )


def _again(title: Title, copies: dict[int, list[ItemId]]) -> KioskRecommendation:
    items = tuple(copies.get(title.pk, ())[:MOST_COPIES])
    return KioskRecommendation(
        str(title.title), str(title.author), str(title.call_number), {}, False, items, again=True
    )
