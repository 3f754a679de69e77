"""Test the ask budget: with every question due, a visit takes no more touches or seconds than with none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from kiosk.events import Pressed
from kiosk.views import FAREWELL_SECONDS, READING_SECONDS, Farewell, View, Welcome
from lending.post_visit import AfterVisit, PostVisitQuestion
from tests.kiosk.desk.bench import DUNE, EMMA, FILM, RULES, Bench, bench
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


async def _borrows(made: Bench, visit: Visit) -> None:
    await made.tap()
    if made.rules.pin == "always":
        await made.type("4711")
    visit.views.append(made.view)
    for item in (DUNE, EMMA, FILM):
        await made.scan(item)
        visit.views.append(made.view)
    await made.press("finish")
    visit.touches.append("finish")


def visited(asked: PostVisitQuestion | None, *, receipt: bool, proved: bool = False) -> Visit:
    """Borrow three books and touch nothing more, or only decline the receipt.

    A message to the patron is not shown to a person who has only presented a card.
    """
    told = asked if proved or asked is None or asked.kind != "message" else PostVisitQuestion(asked.kind, asked.about)

    async def played() -> Visit:
        visit = Visit()
        async with bench(replace(RULES, pin="always") if proved else RULES) as made:
            made.library.after_visit = AfterVisit(asked)
            await _borrows(made, visit)
            assert isinstance(made.view, Farewell) and made.view.ask == told
            if receipt:
                await made.press("receipt_none")
                visit.touches.append("receipt_none")
            while isinstance(made.view, Farewell):
                visit.counted.append(made.view.seconds)
                await made.wait(1)
            assert made.view == Welcome()
        return visit

    return asyncio.run(played())


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("receipt", [True, False], ids=["a touch", "walks away"])
def test_a_question_costs_no_touch_and_no_second(asked: PostVisitQuestion, receipt: bool) -> None:
    assert visited(asked, receipt=receipt) == visited(None, receipt=receipt)


def test_a_title_for_them_costs_none_either() -> None:
    assert visited(PICK, receipt=False, proved=True) == visited(None, receipt=False, proved=True)


def test_home_comes_ten_seconds_after_the_last_touch_and_they_are_counted() -> None:
    assert visited(CONTACT, receipt=False).counted == list(range(FAREWELL_SECONDS, 0, -1)) == list(range(10, 0, -1))


def test_the_seconds_begin_anew_with_each_touch() -> None:
    async def played() -> None:
        async with bench() as made:
            made.library.after_visit = AfterVisit(CONTACT)
            await _borrows(made, Visit())
            await made.wait(6)
            await made.press("answer", choice="right")
            assert isinstance(made.view, Farewell) and made.view.seconds == FAREWELL_SECONDS
            await made.wait(4)
            await made.press("large_text")
            assert isinstance(made.view, Farewell) and made.view.seconds == FAREWELL_SECONDS
            await made.wait(FAREWELL_SECONDS)
            assert isinstance(made.view, Welcome)

    asyncio.run(played())


def test_what_a_librarian_wrote_is_no_question_and_can_be_read() -> None:
    answer, none = (visited(each, receipt=False, proved=True) for each in (ANSWER, None))
    assert (answer.touches, answer.counted[0]) == (none.touches, READING_SECONDS)


@pytest.mark.parametrize("hears", [True, False], ids=["asked how it was", "not asked"])
def test_a_face_beside_a_returned_book_costs_no_touch_either(hears: bool) -> None:
    async def played() -> None:
        async with bench(replace(RULES, hears=hears)) as made:
            lend(made, DUNE, EMMA)
            await made.press("return")
            await made.scan(DUNE, EMMA)
            assert ("how" in made.offers()) is hears
            await made.press("finish")
            assert isinstance(made.view, Farewell) and len(made.view.lines) == 2

    asyncio.run(played())


def test_two_things_are_never_asked_in_one_visit() -> None:
    async def played() -> None:
        async with bench() as made:
            made.library.after_visit = AfterVisit(CONTACT)
            await _borrows(made, Visit())
            made.library.after_visit = AfterVisit(CHANNEL)
            await made.press("answer", choice="right")
            for name in ("large_text", "contrast"):
                await made.post(Pressed(name))
            assert isinstance(made.view, Farewell) and made.view.ask == CONTACT
            assert len(made.library.after_asked) == 1
            assert "answer" not in made.offers()

    asyncio.run(played())
