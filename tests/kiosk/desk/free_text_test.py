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
from kiosk.views.free_text import MOST_WRITTEN
from kiosk.views.text_entry import PinyinCandidate
from lending.responses import LibrarianQuestion, PatronResponse, PurchaseSuggestion, VisitRating
from tests.kiosk.desk.ask_librarian_test import open_it
from tests.kiosk.desk.bench import ADA, DUNE, Bench, shown, story
from tests.kiosk.desk.random_test import every_offer_is_kept


def said(bench: Bench) -> list[PatronResponse]:
    return [act for act, _outcome in bench.library.acts if isinstance(act, PatronResponse)]


async def keys(bench: Bench, letters: str) -> None:
    for each in letters:
        await bench.press("key", choice=each)


async def choose(bench: Bench, words: str) -> None:
    view = shown(bench.view, Writing)
    await bench.press("pick", choice=str([each.words for each in view.spelling.offered].index(words)))


@story
async def test_a_face_with_chinese_words(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="2")
    await bench.press("in_words")
    assert shown(bench.view, Writing).board is Board.PINYIN, "the screen is Chinese"
    assert "send_words" not in bench.offers(), "nothing is there to be sent"
    await keys(bench, "kongtiaotaileng")
    await choose(bench, "空调")
    view = shown(bench.view, Writing)
    assert (view.typed, view.spelling.letters, view.spelling.offered[0].words) == ("空调", "taileng", "太冷")
    await keys(bench, "。")
    await bench.press("send_words")
    assert said(bench) == [VisitRating("2\n空调太冷。")]
    assert (shown(bench.view, Feedback).thanks, bench.view.signal) == (Thanks.FACE, Signal.DONE)


@story
async def test_a_missing_book_is_named(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await keys(bench, "hlm")
    await bench.press("key", choice=" ")
    await bench.press("turn", choice="digits")
    await keys(bench, "2")
    await bench.press("send_words")
    assert said(bench) == [PurchaseSuggestion("红楼梦2")]
    assert shown(bench.view, Feedback).thanks is Thanks.WISH
    assert "face" in bench.offers(), "their face is still welcome"


@story
async def test_a_question_goes_with_their_card_and_offline_too(bench: Bench) -> None:
    await open_it(bench)
    await bench.press("in_words")
    await bench.network(up=False)
    await keys(bench, "woxiangjie")
    await choose(bench, "我想借")
    await bench.press("send_words")
    assert said(bench) == [LibrarianQuestion("我想借", "other", ADA)]
    assert shown(bench.view, AskLibrarian).about == "other" and bench.view.signal is Signal.DONE


@story
async def test_letters_are_taken_back_before_words(bench: Bench) -> None:
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
async def test_letters_that_nothing_was_chosen_for_are_kept_as_they_are(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await keys(bench, "wifi")
    await bench.press("turn", choice="digits")
    view = shown(bench.view, Writing)
    assert (view.typed, view.spelling.letters, view.board) == ("wifi", "", Board.DIGITS)
    await bench.press("turn", choice="pinyin")
    await keys(bench, "ok")
    await bench.press("send_words")
    assert said(bench) == [PurchaseSuggestion("wifiok")]


@story
async def test_no_key_is_offered_that_does_nothing(bench: Bench) -> None:
    def space() -> bool:
        every_offer_is_kept(bench.desk.session, bench.context())
        return any(each.choice == " " and each.enabled for each in actions(bench.view, bench.desk.status))

    await bench.press("tell")
    await bench.press("name_it")
    assert not space(), "before all words it is nothing"
    await keys(bench, "shu")
    assert space(), "it chooses"
    await bench.press("key", choice=" ")
    assert space()


@story
async def test_who_reads_english_begins_with_latin_letters(bench: Bench) -> None:
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
async def test_back_loses_nothing_and_a_card_begins_a_visit(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await keys(bench, "shu")
    await bench.press("key", choice=" ")
    await bench.press("back")
    await bench.press("name_it")
    assert shown(bench.view, Writing).typed == "书"
    await bench.tap()
    shown(bench.view, Borrowing)
    assert said(bench) == [] and bench.desk.session.visit.drafts == {}


@story
async def test_a_book_shown_while_the_patron_asks_is_borrowed(bench: Bench) -> None:
    await open_it(bench)
    await bench.press("in_words")
    await bench.scan(DUNE)
    assert [each.item for each in shown(bench.view, Borrowing).lines] == [DUNE] and said(bench) == []


@story
async def test_whoever_walks_away_has_said_their_face_and_no_words(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="1")
    await bench.press("in_words")
    await keys(bench, "leng")
    await bench.press("key", choice=" ")
    await bench.wait(61)
    shown(bench.view, IdleWarning)
    await bench.wait(21)
    assert (bench.view, said(bench)) == (Welcome(), [VisitRating("1")])
    assert bench.desk.session.visit.drafts == {}


@story
async def test_it_ends_at_its_length(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("name_it")
    await bench.press("turn", choice="latin")
    await keys(bench, "a" * MOST_WRITTEN)
    assert len(shown(bench.view, Writing).typed) == MOST_WRITTEN
    assert "key" not in bench.offers()


@story
async def test_characters_that_come_while_help_is_shown_are_offered_afterwards(bench: Bench) -> None:
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
    every_offer_is_kept(session, ctx)
    session, _effects = step(session, Pressed("pick", choice="0"), ctx)
    assert shown(session.view, Writing).typed == "好"
