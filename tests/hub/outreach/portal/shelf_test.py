"""Test the positions of books on a page's line: loans by due date, and the places of an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from hub.catalogue.covers.drawn import ShownCover
from hub.outreach.portal.shelf import CLOSE, EDGE, FIRST, HAN, LAST, LETTER, due_line, event_places
from lending.title_search import is_cjk
from tests.hub.support.world import World

TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def english(world: World) -> Iterator[None]:
    with translation.override("en"):
        yield


def line(*days: int) -> list[tuple[float, str]]:
    loans = [(ShownCover(f"Title {day}", "8"), TODAY + timedelta(days=day)) for day in days]
    return [(each.x, each.label) for each in due_line(loans, TODAY)]


def test_loans_are_ordered_by_due_date_and_first_is_highlighted() -> None:
    loans = [(ShownCover("Emma", "8"), TODAY + timedelta(days=28)), (ShownCover("Dune", "8"), TODAY)]
    first, last = due_line(loans, TODAY)
    assert (first.x, first.label, first.lit) == (FIRST, "Today", True)
    assert (last.x, last.label, last.lit, last.anchor) == (LAST, "23 Dec", False, "end")


def test_overdue_loans_are_drawn_at_start_of_line() -> None:
    assert line(-40, 14) == [(FIRST, "Late"), (LAST, "9 Dec")]


def test_two_loans_of_one_day_stand_close_under_one_label() -> None:
    loans = [(ShownCover("Emma", "8"), TODAY), (ShownCover("Dune", "8"), TODAY)]
    first, second = due_line(loans, TODAY)
    assert second.x == pytest.approx(first.x + first.width + CLOSE, abs=0.01)
    assert (first.label, second.label) == ("Today", "")


def test_several_loans_of_the_last_day_leave_the_others_in_time() -> None:
    spines = due_line([(ShownCover("Emma", "8"), TODAY + timedelta(days=day)) for day in (0, 7, 28, 28, 28)], TODAY)
    width = spines[0].width
    last = [LAST + width - 3 * width - 2 * CLOSE + nth * (width + CLOSE) for nth in range(3)]
    assert [each.x for each in spines[:2]] == pytest.approx([FIRST, FIRST + (LAST - FIRST) / 4], abs=0.01)
    assert [each.x for each in spines[2:]] == pytest.approx([each + EDGE - LAST - width for each in last], abs=0.02)
    assert [each.label for each in spines] == ["Today", "2 Dec", "23 Dec", "", ""]


def test_near_days_move_apart_for_their_labels() -> None:
    (today, _), (tomorrow, label) = line(0, 1)
    assert label == "26 Nov" and tomorrow - today > (LAST - FIRST) / 14


def test_many_loans_are_spread_evenly_over_line() -> None:
    places = [x for x, _label in line(*[5] * 30)]
    assert places == sorted(places)
    assert places[0] == FIRST and places[-1] == pytest.approx(LAST)


@pytest.mark.parametrize("language", ["en", "zh-hans", "mn"])
@pytest.mark.parametrize(
    "days", [(0, 26, 28), (12, 14), (0, 1), (-3, 0, 2, 9, 10, 28), (1, 2, 3, 4), (26, 27, 28), (8, 19, 28), range(10)]
)
def test_every_day_has_a_label_and_none_overlap(language: str, days: Iterable[int]) -> None:
    loans = [(ShownCover(f"Title {day}", "8"), TODAY + timedelta(days=day)) for day in days]
    with translation.override(language):
        spines = due_line(loans, TODAY)
    # A line has no room for ten long dates, such as the Mongolian ones.
    missing = [each.x for each in spines if not each.label]
    assert not missing or (language == "mn" and len(spines) > 6), missing
    for size, shown in ((1, spines), (2, [each for each in spines if not each.tight])):
        for low in (False, True):
            spans = []
            for each in (each for each in shown if each.label and each.is_low == low):
                length = size * sum(HAN if is_cjk(sign) else LETTER for sign in each.label)
                begin = each.text_x - length * {"start": 0, "middle": 0.5, "end": 1}[each.anchor]
                spans.append((begin, begin + length))
            assert all(end <= begin for (_begin, end), (begin, _end) in pairwise(spans)), (size, spans)
            assert all(begin >= 0 and end <= 100.01 for begin, end in spans), (size, spans)
    assert all(before.x + before.width <= after.x for before, after in pairwise(spines)), "no spine covers another"


def test_line_without_loans_is_empty() -> None:
    assert due_line([], TODAY) == []


def test_booked_places_are_spines_and_next_free_one_is_highlighted() -> None:
    found = event_places(20, 14, free_next=True)
    assert found is not None
    assert (len(found.spines), len(found.ticks)) == (14, 6)
    assert found.lit == pytest.approx(found.spines[-1].x + (100 - 2 * FIRST) / 20, abs=0.02)


def test_large_hall_is_drawn_in_proportion_with_last_place() -> None:
    found = event_places(400, 399, free_next=True)
    assert found is not None
    assert (len(found.spines), len(found.ticks)) == (39, 1)


def test_full_event_has_no_highlighted_place() -> None:
    found = event_places(4, 4, free_next=True)
    assert found is not None
    assert (len(found.ticks), found.lit) == (0, None)
    assert event_places(0, 0, free_next=True) is None
