"""Test the positions of books on a page's line: loans by due date, and the places of an event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.utils import translation

from hub.catalogue.covers.drawn import ShownCover
from hub.outreach.portal.shelf import APART, FIRST, HAN, LAST, LETTER, due_line, event_places
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


def test_two_loans_of_one_day_are_drawn_apart_under_one_label() -> None:
    (first, label), (second, none) = line(0, 0)
    assert second - first == pytest.approx(APART)
    assert (label, none) == ("Today", "")


def test_several_loans_of_the_last_day_leave_the_others_in_time() -> None:
    places = [x for x, _label in line(0, 7, 28, 28, 28)]
    assert places == pytest.approx([FIRST, FIRST + (LAST - FIRST) / 4, LAST - 2 * APART, LAST - APART, LAST], abs=0.01)
    assert [label for _x, label in line(0, 7, 28, 28)] == ["Today", "2 Dec", "", "23 Dec"]
    assert due_line([(ShownCover("Emma", "8"), TODAY)] * 2, TODAY)[0].anchor == "start"


def test_many_loans_are_spread_evenly_over_line() -> None:
    places = [x for x, _label in line(*[5] * 30)]
    assert places == sorted(places)
    assert places[0] == FIRST and places[-1] == pytest.approx(LAST)


@pytest.mark.parametrize(("language", "labels"), [("en", 3), ("zh-hans", 3), ("mn", 2)])
def test_labels_of_a_line_never_overlap(language: str, labels: int) -> None:
    """A long date, as in Mongolian, leaves no room for the one before it."""
    with translation.override(language):
        found = [label for _x, label in line(8, 19, 28) if label]
    assert len(found) == labels, found


@pytest.mark.parametrize("language", ["en", "zh-hans", "mn"])
@pytest.mark.parametrize("days", [(0, 26, 28), (12, 14), (0, 1), (-3, 0, 2, 9, 10, 28), (1, 2, 3, 4), (26, 27, 28)])
def test_first_and_last_day_have_labels_and_none_overlap(language: str, days: tuple[int, ...]) -> None:
    loans = [(ShownCover(f"Title {day}", "8"), TODAY + timedelta(days=day)) for day in days]
    with translation.override(language):
        spines = due_line(loans, TODAY)
    assert spines[0].label and (language == "mn" or spines[-1].label), [each.label for each in spines]
    for size, shown in ((1, spines), (2, [each for each in spines if not each.tight])):
        spans = []
        for each in (each for each in shown if each.label):
            length = size * sum(HAN if is_cjk(sign) else LETTER for sign in each.label)
            spans.append(
                (each.text_x, each.text_x + length) if each.anchor == "start" else (each.text_x - length, each.text_x)
            )
        assert all(end <= begin for (_begin, end), (begin, _end) in pairwise(spans)), (size, spans)
        assert all(begin >= 0 and end <= 100.01 for begin, end in spans), (size, spans)


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
