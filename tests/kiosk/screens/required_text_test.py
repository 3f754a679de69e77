"""Test that required statements are on at least one page at every size, shortened if need be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.words import Words

SIZED = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
GLYPHS = Glyphs()
LANGUAGES = {language: Words(language) for language in ("zh", "en", "mn")}


def drawn(shot: Shot, size: tuple[int, int, float], first: int = 0) -> Sheet:
    status = replace(shot.status, low=False if size[1] > size[0] else None)
    theme = Theme(*size, large=status.large_text)
    return sheet_of(shot.view, status, theme, LANGUAGES[status.language], GLYPHS, first)


def readable_text(shot: Shot, size: tuple[int, int, float]) -> str:
    """Return the text of all pages."""
    said, turned, first = "", set[int](), 0
    while first not in turned:
        turned.add(first)
        sheet = drawn(shot, size, first)
        said += " ".join(mark.text for mark in sheet if isinstance(mark, Text)) + " "
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
    return said


def sample(name: str) -> Shot:
    return next(each for each in shots(name) if each.name == name)


@SIZED
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Account-four-en-light", ("4 of 10 on loan", "Neap tide", "Hold shelf L", "28 Nov", "On hold, not here yet")),
        ("Account-four-en-large", ("4 of 10 on loan", "Neap tide", "Hold shelf L", "28 Nov", "On hold, not here yet")),
        ("Account-many-en-light", ("8 of 10 on loan", "¥12.50 to pay")),
        ("Find-offline-en-light", ("22 Nov",)),
        ("Find-outdated-offline-en-light", ("13 Nov",)),
        ("Find-nothing-en-light", ("No results",)),
        ("Find-nothing-noted-en-light", ("Saved",)),
        ("Welcome-new-en-light", ("Extreme stars", "Tides, winds and fishing seasons")),
        ("Welcome-event-en-light", ("Saturday stories", "28 Nov", "Main library, second floor")),
        ("Feedback-thanks-en-light", ("You said, we did", "New lamps come in December")),
        ("Farewell-asks-contact-en-light", ("6 Dec", "20 Dec")),
        ("Farewell-thanks-en-light", ("6 Dec", "20 Dec")),
        ("Farewell-reminder-en-light", ("6 Dec", "when you usually return")),
        ("Returning-someone-waits-en-light", ("Hold shelf", "has a hold", "being checked")),
        ("Borrowing-many-en-light", ("4 left", "20 Dec", "Saved, not yet confirmed", "Checking")),
        ("Details-ways-en-light", ("Reminders", "When you usually return", "21:00")),
        ("TitlePage-en-light", ("523.8", "Second floor, bay 14")),
    ],
)
def test_required_text_is_shown_at_every_size(name: str, wanted: tuple[str, ...], size: tuple[int, int, float]) -> None:
    said = readable_text(sample(name), size)
    assert [each for each in wanted if each not in said] == []


@SIZED
@pytest.mark.parametrize("language", ["zh", "mn"])
def test_data_date_and_empty_result_are_shown_in_other_languages(language: str, size: tuple[int, int, float]) -> None:
    day = LANGUAGES[language].day(sample(f"Find-offline-{language}-light").status.now)
    assert day in readable_text(sample(f"Find-offline-{language}-light"), size)
    nothing = LANGUAGES[language].say("No results")
    assert nothing.split("，")[0] in readable_text(sample(f"Find-nothing-{language}-light"), size)


@pytest.mark.parametrize("size", SIZES[1:], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("language", "end"), [("en", "second floor"), ("zh", "左数第二排")])
def test_shelf_location_is_shown_completely(language: str, end: str, size: tuple[int, int, float]) -> None:
    """Two of three rows show a long location; on narrow screens the third needs its space for the destination."""
    assert readable_text(sample(f"Returning-far-place-{language}-light"), size).count(end) >= 2
