"""Test lessons: pages, a quiz, online resources, and a book scanned during a lesson."""

from __future__ import annotations

from datetime import timedelta

from kiosk.views import Asking, Borrowing, Find, Identify, IdleWarning, Learn, Signal, Welcome
from kiosk.views.learn import LESSONS, PAGES, RIGHT
from lending.showcase import Course, Resource, Showcase
from lending.title_result import TitleResult
from tests.kiosk.desk.bench import DUNE, EMMA, LIN_UID, Bench, shown, story
from tests.kiosk.desk.central import NOON

ONLINE = Resource({"zh": "库"}, {"zh": "全文"}, "https://journals.example.org/")
SOON = Course({"zh": "课"}, NOON + timedelta(days=1), {}, "https://library.example.org/p/courses/")
OVER = Course({"zh": "旧"}, NOON - timedelta(days=1), {}, "https://library.example.org/p/courses/")


@story
async def test_each_lesson_has_pages_and_a_question_with_one_right_answer(bench: Bench) -> None:
    await bench.press("learn")
    for name in LESSONS:
        await bench.press("learn", choice=name)
        for _ in range(PAGES):
            await bench.press("next_page")
        assert shown(bench.view, Learn).quiz and "next_page" not in bench.offers()
        wrong = "c" if RIGHT[name] != "c" else "a"
        await bench.press("mark", choice=wrong)
        assert shown(bench.view, Learn).marked == wrong and "mark" not in bench.offers()
        await bench.press("back", "next_page", "mark", choice=RIGHT[name])
        assert shown(bench.view, Learn).signal is Signal.DONE
        await bench.press("lessons")
        assert shown(bench.view, Learn).about == "" and "lessons" not in bench.offers()
    await bench.press("back")
    assert isinstance(bench.view, Welcome)


@story
async def test_empty_topics_are_not_offered(bench: Bench) -> None:
    bench.showcase = Showcase(courses=(OVER,))
    await bench.press("learn")
    assert shown(bench.view, Learn).courses == ()
    offered = {each.choice for each in bench.actions if each.name == "learn"}
    assert offered == set(LESSONS)


@story
async def test_online_resource_shows_its_code_and_back_returns_to_search(bench: Bench) -> None:
    bench.showcase = Showcase(resources=(ONLINE,), courses=(SOON,))
    bench.library.works = [TitleResult(1, "Dune")]
    await bench.borrow(DUNE)
    await bench.press("find")
    assert shown(bench.view, Find).guest is not None and len(bench.lines) == 1
    await bench.press("online", "open", choice="0")
    assert shown(bench.view, Learn).opened == 0
    await bench.press("back", "back")
    assert isinstance(bench.view, Find)
    await bench.press("back")
    assert isinstance(bench.view, Borrowing) and bench.line.item == DUNE


@story
async def test_book_or_second_card_interrupts_a_lesson(bench: Bench) -> None:
    bench.library.works = [TitleResult(1, "Dune")]
    bench.showcase = Showcase(resources=(ONLINE,))
    await bench.tap()
    await bench.press("find", "online")
    await bench.scan(EMMA)
    assert isinstance(bench.view, Borrowing) and bench.line.item == EMMA
    await bench.press("find", "online")
    await bench.tap(LIN_UID)
    assert isinstance(bench.view, Asking)


@story
async def test_book_or_card_during_a_lesson_starts_a_visit(bench: Bench) -> None:
    await bench.press("learn")
    await bench.scan(DUNE)
    assert isinstance(bench.view, Identify | Asking)
    await bench.tap()
    assert [line.title for line in bench.lines] == ["Dune"]
    await bench.press("finish", "receipt_none", "learn")
    await bench.tap()
    assert isinstance(bench.view, Borrowing)


@story
async def test_idle_lesson_returns_to_welcome(bench: Bench) -> None:
    await bench.press("learn")
    await bench.wait(60)
    assert isinstance(bench.view, IdleWarning)
    await bench.wait(20)
    assert isinstance(bench.view, Welcome)
