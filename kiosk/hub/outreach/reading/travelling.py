"""What is recommended, as it goes to kiosks with a patron's card: with reasons in both languages; knows no card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import override

from kiosk.hub.catalogue.models import Item, Title
from kiosk.hub.outreach.delivery.rendering import SPOKEN
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.reading import picking, shelf
from kiosk.hub.outreach.reading.models import Pick

MOST, MOST_NEW, MOST_COPIES = 8, 4, 3


@dataclass(frozen=True, slots=True)
class Travelling:
    """A title for her; `why` by language."""

    title: str
    author: str
    call_number: str
    why: Mapping[str, str]
    new: bool
    items: tuple[str, ...]


def allowed(people: Iterable[int]) -> list[int]:
    """Those of them who agreed to both, their history and recommendations."""
    return sorted(set(picking.all_allowed()) & set(people))


def everybody() -> list[int]:
    return picking.all_allowed()


def of(people: list[int]) -> dict[str, list[Travelling]]:
    """By the person's ref, with some queries for all of them; nobody to whom nothing is recommended."""
    refs = dict(Person.objects.filter(pk__in=people).values_list("pk", "ref"))
    hers: dict[int, list[Pick]] = defaultdict(list)
    for pick in Pick.objects.filter(person__in=list(refs)).order_by("person", "new", "rank", "pk"):
        if sum(each.new == pick.new for each in hers[pick.person_id]) < (MOST_NEW if pick.new else MOST):
            hers[pick.person_id].append(pick)
    picks = [each for found in hers.values() for each in found]
    titles = Title.objects.in_bulk({*(each.title for each in picks), *shelf.named(picks)})
    copies = _copies({each.title for each in picks})
    return {
        refs[person]: [_one(each, titles, copies) for each in found if each.title in titles]
        for person, found in hers.items()
    }


def _copies(titles: Iterable[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Item.objects.filter(title__in=list(titles), condition=Item.Condition.NORMAL).order_by("pk")
    for title, barcode in rows.values_list("title_id", "barcode"):
        found[title].append(barcode)
    return found


def _one(pick: Pick, titles: dict[int, Title], copies: dict[int, list[str]]) -> Travelling:
    why = {}
    for language, spoken in SPOKEN.items():
        with override(spoken):
            why[language] = shelf.reason(pick, titles)
    title = titles[pick.title]
    items = tuple(copies.get(pick.title, ())[:MOST_COPIES])
    return Travelling(str(title.title), str(title.author), str(title.call_number), why, bool(pick.new), items)
