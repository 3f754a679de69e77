"""Test text fields at their maximum length: every enabled action works and disabled keys are explained."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Board, Find, Identify, SignIn, Writing, actions
from kiosk.views.common import LONGEST_NUMBER, LONGEST_PIN
from kiosk.views.find import LONGEST
from kiosk.views.patron_input import MOST_WRITTEN
from kiosk.views.text_entry import MOST_LETTERS
from kiosk.words import Words
from tests.kiosk.desk.bench import Bench, shown, story
from tests.kiosk.desk.find_test import type_query
from tests.kiosk.desk.random_test import assert_every_action_works

SIZES = ((1024, 600, 7.0), (1280, 800, 10.1), (1080, 1920, 21.5))


def disabled_keys(bench: Bench) -> Iterator[str]:
    """Disabled keys."""
    return (
        str(each.choice) for each in actions(bench.view, bench.desk.status) if each.name == "key" and not each.enabled
    )


async def fill(bench: Bench, sign: str, most: int) -> None:
    """Press a key until it is disabled."""
    for _ in range(most + 3):
        if sign in disabled_keys(bench):
            return
        await bench.press("key", choice=sign)


def limit_texts(bench: Bench) -> list[str]:
    """Limit notices on each screen size; numbers only on small screens."""
    status, glyphs = bench.desk.status, Glyphs()
    sheets = (sheet_of(bench.view, status, Theme(*size), Words("en"), glyphs, 0) for size in SIZES)
    texts = [mark.text for sheet in sheets for mark in sheet if isinstance(mark, Text)]
    return [each for each in texts if each.startswith(("Limit reached", "Choose")) or re.fullmatch(r"\d+/\d+", each)]


def is_full(bench: Bench, most: int) -> bool:
    """Whether each screen size shows the limit; every action must still work."""
    assert_every_action_works(bench.desk.session, bench.context())
    texts = limit_texts(bench)
    return len(texts) == len(SIZES) and {*texts} <= {f"{most}/{most}", f"Limit reached: {most} of {most}"}


@story
async def test_full_search_query_disables_keys_and_shows_the_limit(bench: Bench) -> None:
    await type_query(bench, "a")
    await fill(bench, "a", LONGEST)
    assert len(shown(bench.view, Find).typed) == LONGEST
    assert is_full(bench, LONGEST)
    await bench.press("erase")
    assert limit_texts(bench) == []
    assert list(disabled_keys(bench)) == []


@story
async def test_full_free_text_disables_keys_and_shows_the_limit(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await bench.press("turn", choice="latin")
    await fill(bench, "a", MOST_WRITTEN)
    assert len(shown(bench.view, Writing).typed) == MOST_WRITTEN
    assert is_full(bench, MOST_WRITTEN)


@story
async def test_pending_letters_count_toward_the_limit_and_are_all_entered(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await bench.press("turn", choice="latin")
    for _ in range(MOST_WRITTEN - 4):
        await bench.press("key", choice="a")
    await bench.press("turn", choice="pinyin")
    for sign in "taileng":
        if sign not in disabled_keys(bench):
            await bench.press("key", choice=sign)
    view = shown(bench.view, Writing)
    assert view.spelling.letters == "tail"
    assert is_full(bench, MOST_WRITTEN)
    await bench.press("pick", choice="0")
    view = shown(bench.view, Writing)
    assert view.typed.startswith("a" * (MOST_WRITTEN - 4))
    assert len(view.typed) + len(view.spelling.letters) < MOST_WRITTEN, "characters take less room than letters"


@story
async def test_full_pinyin_input_asks_to_choose_characters(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    assert shown(bench.view, Writing).board is Board.PINYIN
    await fill(bench, "a", MOST_LETTERS)
    assert len(shown(bench.view, Writing).spelling.letters) == MOST_LETTERS
    assert_every_action_works(bench.desk.session, bench.context())
    assert limit_texts(bench) == [f"{MOST_LETTERS}/{MOST_LETTERS}", *["Choose characters first"] * 2]
    assert "。" not in disabled_keys(bench), "it accepts the first candidate"


@story
async def test_full_card_number_and_technician_code_show_the_limit(bench: Bench) -> None:
    await bench.press("borrow")
    await fill(bench, "1", LONGEST_NUMBER)
    assert len(shown(bench.view, Identify).typed) == LONGEST_NUMBER
    assert is_full(bench, LONGEST_NUMBER)
    await bench.press("help")
    await bench.press("technician")
    await fill(bench, "1", LONGEST_PIN)
    assert len(shown(bench.view, SignIn).typed) == LONGEST_PIN
    assert is_full(bench, LONGEST_PIN)
