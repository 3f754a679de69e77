"""Test feedback without a card: a smiley, a topic, a missing book."""

from __future__ import annotations

import pytest

from kiosk.views import Asking, Borrowing, Feedback, IdleWarning, Signal, Thanks, Welcome
from lending.questions import Published
from lending.responses import PatronResponse, PurchaseSuggestion, VisitRating
from tests.kiosk.desk.bench import DUNE, Bench, shown, story

ISBN = "9787020002207"
LAMPS = Published({"zh": "太暗", "en": "Too dark"}, {"zh": "换新灯", "en": "New lamps"})


def said(bench: Bench) -> list[PatronResponse]:
    return [act for act, _outcome in bench.library.acts if isinstance(act, PatronResponse)]


def view(bench: Bench) -> Feedback:
    return shown(bench.view, Feedback)


@story
async def test_a_face_and_what_it_is_about_are_two_touches_of_nobody(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="2")
    assert said(bench) == []
    await bench.press("topic", choice="rooms")
    assert said(bench) == [VisitRating("2", "rooms", None)]
    assert (view(bench).thanks, bench.view.signal) == (Thanks.FACE, Signal.DONE)
    assert "face" not in bench.offers(), "one face a visit"


@story
async def test_a_face_alone_is_enough(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="5")
    await bench.press("send")
    assert said(bench) == [VisitRating("5")]


@story
async def test_whoever_touches_a_face_and_walks_away_has_said_it_once(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="1")
    await bench.wait(61)
    assert isinstance(bench.view, IdleWarning) and said(bench) == []
    await bench.wait(21)
    assert bench.desk.view == Welcome() and said(bench) == [VisitRating("1")]


@story
async def test_whoever_goes_back_has_said_it_too_and_a_visit_begins_anew(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="4")
    await bench.press("back")
    assert (bench.view.signal, said(bench)) == (Signal.IDLE, [VisitRating("4")])
    await bench.press("tell")
    assert "face" in bench.offers()


@story
async def test_a_card_begins_a_visit_and_the_face_stays_nobodys(bench: Bench) -> None:
    await bench.press("tell")
    await bench.press("face", choice="3")
    await bench.tap()
    assert isinstance(bench.view, Borrowing)
    assert said(bench) == [VisitRating("3", "", None)]


@story
async def test_a_book_of_the_librarys_own_begins_an_errand(bench: Bench) -> None:
    await bench.press("tell")
    await bench.scan(DUNE)
    assert isinstance(bench.view, Asking)


@pytest.mark.parametrize("code", [ISBN, "978-7-02-000220-7"])
def test_a_book_that_is_missing_is_wished_for_by_its_isbn(code: str) -> None:
    @story
    async def told(bench: Bench) -> None:
        await bench.press("tell")
        await bench.scan(code)
        assert view(bench).isbn == ISBN and said(bench) == []
        await bench.press("wish")
        assert said(bench) == [PurchaseSuggestion(ISBN)]
        assert (view(bench).isbn, view(bench).thanks) == ("", Thanks.WISH)

    told()


@story
async def test_another_book_can_be_shown_instead(bench: Bench) -> None:
    await bench.press("tell")
    await bench.scan(ISBN)
    await bench.press("not_this")
    await bench.scan("9780441172719")
    await bench.press("wish")
    assert said(bench) == [PurchaseSuggestion("9780441172719")]


@story
async def test_an_isbn_is_looked_for_here_and_passed_over_at_home(bench: Bench) -> None:
    await bench.scan(ISBN)
    assert bench.view == Welcome()
    await bench.press("tell")
    assert bench.eye.wanted[-1] == Feedback.wants and Feedback.wants > Welcome.wants


@story
async def test_what_was_done_is_shown_when_it_comes(bench: Bench) -> None:
    bench.library.news = (LAMPS,)
    await bench.press("tell")
    assert view(bench).published == (LAMPS,)


@story
async def test_offline_it_waits_in_the_journal_like_a_loan(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.press("tell")
    await bench.scan(ISBN)
    await bench.press("wish")
    assert said(bench) == [PurchaseSuggestion(ISBN)] and view(bench).thanks is Thanks.WISH
