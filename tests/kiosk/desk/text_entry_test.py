"""Test the on-screen keyboard: free texts, pinyin, and fields at their maximum length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.desk.effects import AskCharacters
from kiosk.desk.step import step
from kiosk.events import Answered, CharactersFound, Pressed
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import (
    AskLibrarian,
    Board,
    Borrowing,
    Feedback,
    Find,
    Help,
    Identify,
    IdleWarning,
    Signal,
    SignIn,
    Thanks,
    Welcome,
    Writing,
    actions,
)
from kiosk.views.common import LONGEST_NUMBER, LONGEST_PIN
from kiosk.views.find import LONGEST
from kiosk.views.patron_input import MOST_WRITTEN
from kiosk.views.text_entry import MOST_LETTERS, PinyinCandidate
from kiosk.words import Words
from lending.responses import LibrarianQuestion, PurchaseSuggestion, VisitRating
from tests.kiosk.desk.bench import ADA, DUNE, Bench, shown, story
from tests.kiosk.desk.find_test import type_query
from tests.kiosk.desk.for_you_test import open_ask_librarian
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
    await bench.press("tell", "name_it", "turn", choice="latin")
    await fill(bench, "a", MOST_WRITTEN)
    assert len(shown(bench.view, Writing).typed) == MOST_WRITTEN
    assert is_full(bench, MOST_WRITTEN)


@story
async def test_pending_letters_count_toward_the_limit_and_are_all_entered(bench: Bench) -> None:
    await bench.press("tell", "name_it", "turn", choice="latin")
    for _ in range(MOST_WRITTEN - 4):
        await bench.press("key", choice="a")
    await bench.press("turn", choice="pinyin")
    for sign in "taileng":
        if sign not in disabled_keys(bench):
            await bench.press("key", choice=sign)
    assert shown(bench.view, Writing).spelling.letters == "tail"
    assert is_full(bench, MOST_WRITTEN)
    await bench.press("pick", choice="0")
    view = shown(bench.view, Writing)
    assert view.typed.startswith("a" * (MOST_WRITTEN - 4))
    assert len(view.typed) + len(view.spelling.letters) < MOST_WRITTEN, "characters take less room than letters"


@story
async def test_full_pinyin_input_asks_to_choose_characters(bench: Bench) -> None:
    await bench.press("tell", "name_it")
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
    await bench.press("help", "technician")
    await fill(bench, "1", LONGEST_PIN)
    assert len(shown(bench.view, SignIn).typed) == LONGEST_PIN
    assert is_full(bench, LONGEST_PIN)


async def keys(bench: Bench, letters: str) -> None:
    for each in letters:
        await bench.press("key", choice=each)


async def choose(bench: Bench, words: str) -> None:
    view = shown(bench.view, Writing)
    await bench.press("pick", choice=str([each.words for each in view.spelling.offered].index(words)))


@story
async def test_rating_can_include_chinese_text(bench: Bench) -> None:
    await bench.press("tell", "face", choice="2")
    await bench.press("in_words")
    assert shown(bench.view, Writing).board is Board.PINYIN, "the screen is Chinese"
    assert "send_words" not in bench.offers(), "no text yet"
    await keys(bench, "kongtiaotaileng")
    await choose(bench, "空调")
    view = shown(bench.view, Writing)
    assert (view.typed, view.spelling.letters, view.spelling.offered[0].words) == ("空调", "taileng", "太冷")
    await keys(bench, "。")
    await bench.press("send_words")
    assert bench.responses == [VisitRating("2\n空调太冷。")]
    assert (shown(bench.view, Feedback).thanks, bench.view.signal) == (Thanks.FACE, Signal.DONE)


@story
async def test_missing_book_can_be_suggested_by_title(bench: Bench) -> None:
    await bench.press("tell", "name_it")
    await keys(bench, "hlm")
    await bench.press("key", choice=" ")
    await bench.press("turn", choice="digits")
    await keys(bench, "2")
    await bench.press("send_words")
    assert bench.responses == [PurchaseSuggestion("红楼梦2")]
    assert shown(bench.view, Feedback).thanks is Thanks.WISH
    assert "face" in bench.offers(), "a rating is still possible"


@story
async def test_offline_question_is_sent_with_the_card(bench: Bench) -> None:
    await open_ask_librarian(bench)
    await bench.press("in_words")
    await bench.network(up=False)
    await keys(bench, "woxiangjie")
    await choose(bench, "我想借")
    await bench.press("send_words")
    assert bench.responses == [LibrarianQuestion("我想借", "other", ADA)]
    assert shown(bench.view, AskLibrarian).about == "other" and bench.view.signal is Signal.DONE


@story
async def test_erase_removes_letters_before_words(bench: Bench) -> None:
    await bench.press("tell", "name_it")
    await keys(bench, "shu")
    await bench.press("key", choice=" ")
    await keys(bench, "ni")
    await bench.press("erase")
    assert shown(bench.view, Writing).spelling.letters == "n"
    await bench.press("erase")
    view = shown(bench.view, Writing)
    assert (view.spelling.letters, view.spelling.offered, view.typed) == ("", (), "书")
    await bench.press("erase")
    assert shown(bench.view, Writing).typed == ""


@story
async def test_unconverted_letters_are_kept_as_typed(bench: Bench) -> None:
    await bench.press("tell", "name_it")
    await keys(bench, "wifi")
    await bench.press("turn", choice="digits")
    view = shown(bench.view, Writing)
    assert (view.typed, view.spelling.letters, view.board) == ("wifi", "", Board.DIGITS)
    await bench.press("turn", choice="pinyin")
    await keys(bench, "ok")
    await bench.press("send_words")
    assert bench.responses == [PurchaseSuggestion("wifiok")]


@story
async def test_every_offered_key_has_an_effect(bench: Bench) -> None:
    def space() -> bool:
        assert_every_action_works(bench.desk.session, bench.context())
        return any(each.choice == " " and each.enabled for each in actions(bench.view, bench.desk.status))

    await bench.press("tell", "name_it")
    assert not space(), "nothing to separate or convert yet"
    await keys(bench, "shu")
    assert space(), "it accepts the first candidate"
    await bench.press("key", choice=" ")
    assert space()


@story
async def test_english_screen_starts_with_latin_letters(bench: Bench) -> None:
    await bench.choose("language_en")
    await bench.press("tell", "name_it")
    await keys(bench, "emma")
    view = shown(bench.view, Writing)
    assert (view.board, view.typed, view.spelling.letters) == (Board.LATIN, "emma", "")
    assert [each.choice for each in actions(view, bench.desk.status) if each.name == "turn"] == [
        "pinyin", "digits", "cyrillic",
    ]  # fmt: skip


@story
async def test_draft_survives_back_and_is_discarded_by_a_card(bench: Bench) -> None:
    await bench.press("tell", "name_it")
    await keys(bench, "shu")
    await bench.press("key", choice=" ")
    await bench.press("back", "name_it")
    assert shown(bench.view, Writing).typed == "书"
    await bench.tap()
    shown(bench.view, Borrowing)
    assert bench.responses == [] and bench.desk.session.visit.drafts == {}


@story
async def test_book_scanned_while_writing_is_borrowed(bench: Bench) -> None:
    await open_ask_librarian(bench)
    await bench.press("in_words")
    await bench.scan(DUNE)
    assert [each.item for each in shown(bench.view, Borrowing).lines] == [DUNE] and bench.responses == []


@story
async def test_abandoned_draft_sends_only_the_rating(bench: Bench) -> None:
    await bench.press("tell", "face", choice="1")
    await bench.press("in_words")
    await keys(bench, "leng")
    await bench.press("key", choice=" ")
    await bench.wait(61)
    shown(bench.view, IdleWarning)
    await bench.wait(21)
    assert (bench.view, bench.responses) == (Welcome(), [VisitRating("1")])
    assert bench.desk.session.visit.drafts == {}


@story
async def test_text_stops_at_the_maximum_length(bench: Bench) -> None:
    await bench.press("tell", "name_it", "turn", choice="latin")
    await keys(bench, "a" * MOST_WRITTEN)
    assert len(shown(bench.view, Writing).typed) == MOST_WRITTEN
    assert "key" not in bench.offers()


@story
async def test_candidates_arriving_under_help_are_offered_afterwards(bench: Bench) -> None:
    await bench.press("tell", "name_it")
    ctx = bench.context()
    session, (asked,) = step(bench.desk.session, Pressed("key", choice="h"), ctx)
    assert asked == AskCharacters("h")
    session, _effects = step(session, Pressed("help"), ctx)
    assert isinstance(session.view, Help)
    found = Answered(session.visit.number, CharactersFound("h", (PinyinCandidate("好", 1),)))
    session, _effects = step(session, found, ctx)
    session, _effects = step(session, Pressed("back"), ctx)
    assert shown(session.view, Writing).spelling.ready
    assert_every_action_works(session, ctx)
    session, _effects = step(session, Pressed("pick", choice="0"), ctx)
    assert shown(session.view, Writing).typed == "好"
