"""Test the ask budget: a question after the visit adds no touch and no second."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from kiosk.events import Pressed
from kiosk.views import FAREWELL_SECONDS, READING_SECONDS, Farewell, View, Welcome
from lending.questions import AfterVisit, PostVisitQuestion
from tests.kiosk.desk.bench import DUNE, EMMA, FILM, RULES, Bench, running_bench
from tests.kiosk.desk.checkin_test import lend
from tests.kiosk.desk.survey_test import FORM

FACE = PostVisitQuestion("face")
CONTACT = PostVisitQuestion("contact", "7", {"channel": "sms", "shown": "…8000", "why": "stale"})
CHANNEL = PostVisitQuestion("channel", facts={"sms": "…8000", "mail": "a…@example.org"})
WISH = PostVisitQuestion("message", "wish-3-ordered", {"about": "Dune", "words": "", "state": "ordered"})
LOCKED = PostVisitQuestion("message", "answer-3")
ANSWER = PostVisitQuestion("message", "answer-3", {"about": "", "words": "Second floor, bay 4.", "state": ""})
PICK = PostVisitQuestion(
    "pick", "title-7", {"title": "Persuasion", "number": "823 AUS", "why_en": "because you borrowed “Emma”"}
)
SURVEY = PostVisitQuestion("questionnaire", "visit.1", {"form": FORM, "anonymous": "yes"})
QUESTIONS = {"survey": SURVEY, "face": FACE, "contact": CONTACT, "channel": CHANNEL, "wish": WISH, "locked": LOCKED}


@dataclass
class Visit:
    """Cost of borrowing three books: touches, views up to Finish, and seconds from there to the first screen."""

    touches: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)


async def borrow_three_books(bench: Bench, visit: Visit) -> None:
    await bench.tap()
    if bench.rules.pin == "always":
        await bench.type("4711")
    visit.views.append(bench.view)
    for item in (DUNE, EMMA, FILM):
        await bench.scan(item)
        visit.views.append(bench.view)
    await bench.press("finish")
    visit.touches.append("finish")


def visit_cost(question: PostVisitQuestion | None, *, receipt: bool, proved: bool = False) -> Visit:
    """Borrow three books and touch nothing more, or only decline the receipt.

    A message to the patron is shown only after identification by PIN.
    """
    visible = question
    if question is not None and question.kind == "message" and not proved:
        visible = PostVisitQuestion(question.kind, question.about)

    async def play() -> Visit:
        visit = Visit()
        async with running_bench(replace(RULES, pin="always") if proved else RULES) as bench:
            bench.library.after_visit = AfterVisit(question)
            await borrow_three_books(bench, visit)
            assert isinstance(bench.view, Farewell) and bench.view.ask == visible
            if receipt:
                await bench.press("receipt_none")
                visit.touches.append("receipt_none")
            while isinstance(bench.view, Farewell):
                visit.counted.append(bench.view.seconds)
                await bench.wait(1)
            assert bench.view == Welcome()
        return visit

    return asyncio.run(play())


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("receipt", [True, False], ids=["declines the receipt", "walks away"])
def test_question_adds_no_touch_and_no_second(question: PostVisitQuestion, receipt: bool) -> None:
    assert visit_cost(question, receipt=receipt) == visit_cost(None, receipt=receipt)


def test_title_recommendation_adds_no_touch_and_no_second() -> None:
    assert visit_cost(PICK, receipt=False, proved=True) == visit_cost(None, receipt=False, proved=True)


def test_farewell_counts_down_ten_seconds_after_the_last_touch() -> None:
    assert visit_cost(CONTACT, receipt=False).counted == list(range(FAREWELL_SECONDS, 0, -1)) == list(range(10, 0, -1))


def test_each_touch_restarts_the_farewell_countdown() -> None:
    async def play() -> None:
        async with running_bench() as bench:
            bench.library.after_visit = AfterVisit(CONTACT)
            await borrow_three_books(bench, Visit())
            await bench.wait(6)
            await bench.press("answer", choice="right")
            assert isinstance(bench.view, Farewell) and bench.view.seconds == FAREWELL_SECONDS
            await bench.wait(4)
            await bench.press("large_text")
            assert isinstance(bench.view, Farewell) and bench.view.seconds == FAREWELL_SECONDS
            await bench.wait(FAREWELL_SECONDS)
            assert isinstance(bench.view, Welcome)

    asyncio.run(play())


def test_librarian_answer_needs_no_touch_and_allows_reading_time() -> None:
    answer, none = (visit_cost(each, receipt=False, proved=True) for each in (ANSWER, None))
    assert (answer.touches, answer.counted[0]) == (none.touches, READING_SECONDS)


@pytest.mark.parametrize("hears", [True, False], ids=["rating offered", "no rating"])
def test_feedback_offer_on_returned_books_adds_no_touch(hears: bool) -> None:
    async def play() -> None:
        async with running_bench(replace(RULES, hears=hears)) as bench:
            lend(bench, DUNE, EMMA)
            await bench.press("return")
            await bench.scan(DUNE, EMMA)
            assert ("how" in bench.offers()) is hears
            await bench.press("finish")
            assert isinstance(bench.view, Farewell) and len(bench.view.lines) == 2

    asyncio.run(play())


def test_one_visit_asks_at_most_one_question() -> None:
    async def play() -> None:
        async with running_bench() as bench:
            bench.library.after_visit = AfterVisit(CONTACT)
            await borrow_three_books(bench, Visit())
            bench.library.after_visit = AfterVisit(CHANNEL)
            await bench.press("answer", choice="right")
            for name in ("large_text", "contrast"):
                await bench.post(Pressed(name))
            assert isinstance(bench.view, Farewell) and bench.view.ask == CONTACT
            assert len(bench.library.after_asked) == 1
            assert "answer" not in bench.offers()

    asyncio.run(play())
