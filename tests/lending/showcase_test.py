"""Test the public content of a kiosk: what is shown in turn, and when its branch is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lending.showcase import NewTitle, Poster, Showcase, Slides, parse_week

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
POSTER = Poster({"en": "Reading night"}, {}, "", MONDAY.date(), MONDAY.date())
NEW = NewTitle("Walden")


@pytest.mark.parametrize(
    ("wanted", "slides"),
    [("all", (POSTER, NEW)), ("posters", (POSTER,)), ("new_titles", (NEW,)), ("none", ())],
)
def test_library_chooses_what_is_shown_in_turn(wanted: Slides, slides: tuple[object, ...]) -> None:
    assert Showcase((POSTER,), (NEW,)).slides(MONDAY.date(), MONDAY, wanted) == slides


def test_branch_is_open_in_its_hours_and_closed_on_closed_days() -> None:
    showcase = Showcase(week=parse_week(["09:00-18:00", *[""] * 6]), closed=frozenset({MONDAY.date() + timedelta(7)}))
    assert showcase.is_open(MONDAY) and showcase.is_open(MONDAY.replace(hour=17, minute=59))
    assert not showcase.is_open(MONDAY.replace(hour=8, minute=59)) and not showcase.is_open(MONDAY.replace(hour=18))
    assert not showcase.is_open(MONDAY + timedelta(days=1)), "Tuesday has no hours"
    assert not showcase.is_open(MONDAY + timedelta(days=7)), "a closed Monday"
    assert Showcase().is_open(MONDAY), "hours that are not published close nothing"
