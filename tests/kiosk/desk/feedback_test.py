"""Test feedback without a card: a smiley, a topic, a missing book."""

from __future__ import annotations

import pytest

from kiosk.views import Asking, Borrowing, Feedback, IdleWarning, Signal, Thanks, Welcome
from lending.questions import PublishedReply
from lending.responses import PurchaseSuggestion, VisitRating
from tests.kiosk.desk.bench import DUNE, Bench, shown, story

ISBN = "9787020002207"
LAMPS = PublishedReply({"zh": "太暗", "en": "Too dark"}, {"zh": "换新灯", "en": "New lamps"})


def view(bench: Bench) -> Feedback:
    return shown(bench.view, Feedback)


@story
async def test_rating_and_topic_are_sent_anonymously(bench: Bench) -> None:
    await bench.press("tell", "face", choice="2")
    assert bench.responses == []
    await bench.press("topic", choice="rooms")
    assert bench.responses == [VisitRating("2", "rooms", None)]
    assert (view(bench).thanks, bench.view.signal) == (Thanks.FACE, Signal.DONE)
    assert "face" not in bench.offers(), "one rating per visit"


@story
async def test_rating_can_be_sent_without_a_topic(bench: Bench) -> None:
    await bench.press("tell", "face", choice="5")
    await bench.press("send")
    assert bench.responses == [VisitRating("5")]


@story
async def test_abandoned_rating_is_sent_once(bench: Bench) -> None:
    await bench.press("tell", "face", choice="1")
    await bench.wait(61)
    assert isinstance(bench.view, IdleWarning) and bench.responses == []
    await bench.wait(21)
    assert bench.desk.view == Welcome() and bench.responses == [VisitRating("1")]


@story
async def test_going_back_sends_the_rating_and_allows_a_new_one(bench: Bench) -> None:
    await bench.press("tell", "face", choice="4")
    await bench.press("back")
    assert (bench.view.signal, bench.responses) == (Signal.IDLE, [VisitRating("4")])
    await bench.press("tell")
    assert "face" in bench.offers()


@story
async def test_card_after_a_rating_starts_a_visit_and_the_rating_is_anonymous(bench: Bench) -> None:
    await bench.press("tell", "face", choice="3")
    await bench.tap()
    assert isinstance(bench.view, Borrowing)
    assert bench.responses == [VisitRating("3", "", None)]


@story
async def test_library_book_scanned_on_feedback_starts_a_visit(bench: Bench) -> None:
    await bench.press("tell")
    await bench.scan(DUNE)
    assert isinstance(bench.view, Asking)


@pytest.mark.parametrize("code", [ISBN, "978-7-02-000220-7"])
def test_scanned_isbn_becomes_a_purchase_suggestion(code: str) -> None:
    @story
    async def visit(bench: Bench) -> None:
        await bench.press("tell")
        await bench.scan(code)
        assert view(bench).isbn == ISBN and bench.responses == []
        await bench.press("wish")
        assert bench.responses == [PurchaseSuggestion(ISBN)]
        assert (view(bench).isbn, view(bench).thanks) == ("", Thanks.WISH)

    visit()


@story
async def test_scanned_isbn_can_be_replaced(bench: Bench) -> None:
    await bench.press("tell")
    await bench.scan(ISBN)
    await bench.press("not_this")
    await bench.scan("9780441172719")
    await bench.press("wish")
    assert bench.responses == [PurchaseSuggestion("9780441172719")]


@story
async def test_isbn_is_accepted_on_feedback_and_ignored_at_welcome(bench: Bench) -> None:
    await bench.scan(ISBN)
    assert bench.view == Welcome()
    await bench.press("tell")
    assert bench.eye.wanted[-1] == Feedback.wants and Feedback.wants > Welcome.wants


@story
async def test_published_responses_are_shown(bench: Bench) -> None:
    bench.library.news = (LAMPS,)
    await bench.press("tell")
    assert view(bench).published == (LAMPS,)


@story
async def test_offline_purchase_suggestion_is_saved(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.press("tell")
    await bench.scan(ISBN)
    await bench.press("wish")
    assert bench.responses == [PurchaseSuggestion(ISBN)] and view(bench).thanks is Thanks.WISH
