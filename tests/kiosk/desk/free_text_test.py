"""Test free text: an opinion, a missing title, a question; in Chinese by pinyin."""

from __future__ import annotations

from kiosk.desk.effects import AskCharacters
from kiosk.desk.step import step
from kiosk.events import Answered, CharactersFound, Pressed
from kiosk.views import (
    AskLibrarian,
    Board,
    Borrowing,
    Feedback,
    Help,
    IdleWarning,
    Signal,
    Thanks,
    Welcome,
    Writing,
    actions,
)
from kiosk.views.patron_input import MOST_WRITTEN
from kiosk.views.text_entry import PinyinCandidate
from lending.responses import LibrarianQuestion, PurchaseSuggestion, VisitRating
from tests.kiosk.desk.ask_librarian_test import open_ask_librarian
from tests.kiosk.desk.bench import ADA, DUNE, Bench, shown, story
from tests.kiosk.desk.random_test import assert_every_action_works


async def keys(bench: Bench, letters: str) -> None:
    for each in letters:
        await bench.press("key", choice=each)


async def choose(bench: Bench, words: str) -> None:
    view = shown(bench.view, Writing)
    await bench.press("pick", choice=str([each.words for each in view.spelling.offered].index(words)))


@story
async def test_rating_can_include_chinese_text(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="2")
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
    await bench.press("tell")
    await bench.press("name_it")
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
    await bench.press("tell")
    await bench.press("name_it")
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
    await bench.press("tell")
    await bench.press("name_it")
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

    await bench.press("tell")
    await bench.press("name_it")
    assert not space(), "nothing to separate or convert yet"
    await keys(bench, "shu")
    assert space(), "it accepts the first candidate"
    await bench.press("key", choice=" ")
    assert space()


@story
async def test_english_screen_starts_with_latin_letters(bench: Bench) -> None:
    await bench.choose("language_en")
    await bench.press("tell")
    await bench.press("name_it")
    await keys(bench, "emma")
    view = shown(bench.view, Writing)
    assert (view.board, view.typed, view.spelling.letters) == (Board.LATIN, "emma", "")
    assert [each.choice for each in actions(view, bench.desk.status) if each.name == "turn"] == [
        "pinyin", "digits", "cyrillic",
    ]  # fmt: skip


@story
async def test_draft_survives_back_and_is_discarded_by_a_card(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await keys(bench, "shu")
    await bench.press("key", choice=" ")
    await bench.press("back")
    await bench.press("name_it")
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
    await bench.press("tell")
    await bench.press("face", choice="1")
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
    await bench.press("tell")
    await bench.press("name_it")
    await bench.press("turn", choice="latin")
    await keys(bench, "a" * MOST_WRITTEN)
    assert len(shown(bench.view, Writing).typed) == MOST_WRITTEN
    assert "key" not in bench.offers()


@story
async def test_candidates_arriving_under_help_are_offered_afterwards(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
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
