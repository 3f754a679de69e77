"""Find the bays of a call number, review a branch's bays for overlaps and gaps, and draw a floor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from django.db.models import Count, F, Prefetch, Value
from django.db.models.functions import Coalesce, NullIf

from hub.catalogue.models import Bay, Branch, Floor, Item, Title
from lending import call_numbers, shelves
from lending.call_numbers import ShelfPosition, Span, UnsortedCallNumber, parse_call_number, parse_range

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class FloorPlace:
    """Where a call number is shelved on one floor; several bays if their ranges overlap."""

    branch: Branch
    call_number: str
    floor: Floor | None = None
    bays: tuple[Bay, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Problems of a floor's bays, and of the call numbers of its branch."""

    overlapping: list[tuple[Bay, Bay]]
    unranged: list[Bay]
    """Bays with an unreadable range."""
    homeless: list[tuple[str, int]]
    """Call numbers between the bays of the whole branch, with their number of copies."""
    unsorted: list[tuple[str, int]]
    """Call numbers of no known scheme, whose place cannot be determined."""


def span(bay: Bay) -> Span | None:
    """Return the bay's range; None if it has none or it is unreadable."""
    if not bay.first:
        return None
    found = parse_range(bay.first, bay.last, bay.floor.arranged)
    return None if isinstance(found, UnsortedCallNumber) else found


def holding(call_number: str, floors: Iterable[Floor]) -> list[tuple[Floor, tuple[Bay, ...]]]:
    """Return the floors on which the call number has a bay."""
    found = []
    for floor in floors:
        place = parse_call_number(call_number, floor.arranged)
        if isinstance(place, ShelfPosition):
            bays = list(floor.bays.all())
            here = tuple(bays[number] for number in call_numbers.holding([span(bay) for bay in bays], place))
            found += [(floor, here)] if here else []
    return found


def of_title(title: Title) -> list[FloorPlace]:
    """Return where the title's copies are shelved, by branch.

    There is no floor if the branch has no bay for them.
    """
    copies = Item.objects.filter(title=title, condition=Item.Condition.NORMAL).select_related("branch", "title")
    seen = dict.fromkeys(
        (each.branch, each.call_number or title.call_number) for each in copies.order_by("branch", "pk")
    )
    stands: list[FloorPlace] = []
    for branch, call_number in seen:
        if call_number:
            found = holding(call_number, floors_with_bays(branch))
            stands += [FloorPlace(branch, call_number, *each) for each in found] or [FloorPlace(branch, call_number)]
    return stands


def bays_of(titles: Iterable[Title]) -> dict[int, str]:
    """Return the bay of each title by id, with a constant number of queries, for a list of titles.

    A title is left out if its copies have several places: the bay of the one on the shelf is then unknown.
    """
    own = {each.pk: each.call_number for each in titles}
    copies = Item.objects.filter(title__in=own, condition=Item.Condition.NORMAL)
    places: dict[int, set[tuple[int, str]]] = {}
    for title, branch, call_number in copies.values_list("title_id", "branch_id", "call_number"):
        places.setdefault(title, set()).add((branch, call_number or own[title]))
    single = {title: next(iter(found)) for title, found in places.items() if len(found) == 1}
    bays = Prefetch("bays", queryset=Bay.objects.select_related("floor"))
    floors: dict[int, list[tuple[Floor, list[Bay], list[Span | None]]]] = {}
    for floor in Floor.objects.filter(branch__in={branch for branch, _number in single.values()}).prefetch_related(
        bays
    ):
        held = list(floor.bays.all())
        floors.setdefault(floor.branch_id, []).append((floor, held, [span(bay) for bay in held]))
    found = {}
    for title, (branch, call_number) in single.items():
        for floor, held, spans in floors.get(branch, []):
            place = parse_call_number(call_number, floor.arranged)
            if isinstance(place, ShelfPosition) and (here := call_numbers.holding(spans, place)):
                found[title] = " / ".join(held[number].code for number in here)
                break
    return found


def floors_with_bays(branch: Branch) -> QuerySet[Floor]:
    """Return the branch's floors with their bays."""
    bays = Bay.objects.select_related("floor")
    return branch.floors.prefetch_related(Prefetch("bays", queryset=bays))


def review(floor: Floor) -> Review:
    """Check all bays of the floor and all copies of its branch."""
    ranges = [(bay, span(bay)) for bay in floor.bays.select_related("floor")]
    overlapping = [
        (one, other)
        for (one, first), (other, second) in combinations(ranges, 2)
        if first and second and first.meets(second)
    ]
    floors = [(each, [span(bay) for bay in each.bays.all()]) for each in floors_with_bays(floor.branch)]
    homeless: dict[str, int] = {}
    unsorted: dict[str, int] = {}
    for call_number, count in _call_numbers(floor.branch):
        places = [(parse_call_number(call_number, each.arranged), spans) for each, spans in floors]
        if all(isinstance(place, UnsortedCallNumber) for place, _spans in places):
            unsorted[call_number] = count
        elif not any(_is_on_bay(place, spans) for place, spans in places):
            homeless[call_number] = count
    return Review(
        overlapping=overlapping,
        unranged=[bay for bay, range_ in ranges if bay.first and range_ is None],
        homeless=sorted(homeless.items(), key=lambda each: _sort_key(each[0], floor)),
        unsorted=sorted(unsorted.items()),
    )


def _is_on_bay(place: ShelfPosition | UnsortedCallNumber, spans: Sequence[Span | None]) -> bool:
    return isinstance(place, ShelfPosition) and bool(call_numbers.holding(spans, place))


def _sort_key(call_number: str, floor: Floor) -> tuple[str, str]:
    place = parse_call_number(call_number, floor.arranged)
    return (place.scheme, place.key) if isinstance(place, ShelfPosition) else ("~", call_number)


def _call_numbers(branch: Branch) -> list[tuple[str, int]]:
    own = Coalesce(NullIf(F("call_number"), Value("")), F("title__call_number"))
    rows = Item.objects.filter(branch=branch, condition=Item.Condition.NORMAL).annotate(own=own).values_list("own")
    return [(call_number, count) for call_number, count in rows.annotate(count=Count("pk")).order_by() if call_number]


CELL = 20
"""Drawing units per cell of the grid."""
GAP = 2


@dataclass(frozen=True, slots=True)
class BayBox:
    code: str
    x: int
    y: int
    width: int
    height: int
    lit: bool

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG map of a floor.

    `way` is the path from the viewer's position, as SVG points; `word` is the position of its label, off the path.
    """

    width: int
    height: int
    you: tuple[int, int]
    word: tuple[int, int]
    anchor: str
    boxes: tuple[BayBox, ...]
    way: str


def draw_floor(floor: Floor, lit: Collection[int] = ()) -> Drawing:
    """Return the floor with the bays of these keys highlighted."""
    boxes = tuple(_box(each, each.pk in lit) for each in floor.bays.all())
    you = (floor.you_x * CELL + CELL // 2, floor.you_y * CELL + CELL // 2)
    first = next((each for each in boxes if each.lit), None)
    word, anchor = _word(you, first, floor.width * CELL)
    return Drawing(floor.width * CELL, floor.height * CELL, you, word, anchor, boxes, _way(you, first) if first else "")


def _word(you: tuple[int, int], box: BayBox | None, width: int) -> tuple[tuple[int, int], str]:
    """Place the label next to the dot, away from the path; above the dot if there is no room on that side."""
    right = box is None or box.middle[0] <= you[0]
    room = (width - you[0] if right else you[0]) > 4 * CELL
    if not room:
        return (you[0] - CELL // 2, you[1] - CELL), "start"
    return ((you[0] + 14, you[1]), "start") if right else ((you[0] - 14, you[1]), "end")


def _box(bay: Bay, lit: bool) -> BayBox:
    return BayBox(
        code=bay.code,
        x=bay.x * CELL + GAP // 2,
        y=bay.y * CELL + GAP // 2,
        width=bay.width * CELL - GAP,
        height=bay.height * CELL - GAP,
        lit=lit,
    )


def _way(you: tuple[int, int], box: BayBox) -> str:
    bay = shelves.Bay(box.code, box.x, box.y, box.width, box.height)
    return " ".join(f"{x:g},{y:g}" for x, y in shelves.way(you, bay, CELL // 2))
