"""Test the greeting of new and returning patrons: shown with the empty list, removed by the first item."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from kiosk.desk.checkout import on_greeting
from kiosk.desk.session import on_visit
from kiosk.events import HubAnswered
from kiosk.views import Borrowing, Farewell, Identify, Learn, Welcome, actions
from kiosk.views.visit import Guide, NewTitles
from lending.questions import GREETING, Greeting, Greets
from lending.showcase import NewTitle, Showcase
from tests.kiosk.desk.bench import ADA, DUNE, LIN, LIN_UID, RULES, Bench, running_bench, shown, story, under
from tests.kiosk.desk.post_visit_test import Visit, borrow_three_books

GUIDE = Greeting(Greets.GUIDE)
NEWS = Greeting(Greets.NEWS, {"zh": "书在等您", "en": "Books are waiting"})
NEW = tuple(NewTitle(f"Title {n}", subject=str(n)) for n in range(7))


def greets(bench: Bench) -> object:
    return shown(bench.view, Borrowing).greets


@story
async def test_new_patron_sees_the_guide_with_their_loan_rules(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    guide = greets(bench)
    assert isinstance(guide, Guide)
    assert (guide.days, guide.renews) == (30, True)


@story
async def test_greeting_disappears_at_the_first_book(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    assert greets(bench) and "guide" in bench.offers()
    await bench.scan(DUNE)
    assert greets(bench) is None and "guide" not in bench.offers()


@story
async def test_guide_opens_with_one_touch_and_a_book_returns_to_the_list(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    await bench.press("guide")
    assert shown(bench.view, Learn).about == "lending"
    await bench.scan(DUNE)
    assert [line.item for line in shown(bench.view, Borrowing).lines] == [DUNE]


@story
async def test_returning_patron_sees_new_titles(bench: Bench) -> None:
    bench.library.greets, bench.showcase = NEWS, Showcase(news=NEW)
    await bench.tap()
    assert greets(bench) == NewTitles(NEWS.words, NEW[:5])


@story
async def test_greeting_without_new_titles_is_hidden(bench: Bench) -> None:
    bench.library.greets = NEWS
    await bench.tap()
    assert greets(bench) is None


@story
async def test_offline_patron_gets_no_greeting(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.network(up=False)
    await bench.tap()
    assert greets(bench) is None


@under(replace(RULES, pin="always"))
async def test_greeting_waits_for_the_pin(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    assert isinstance(bench.view, Identify) and bench.library.greeted == []
    await bench.type("4711")
    assert isinstance(greets(bench), Guide)


@under(replace(RULES, pin="always", offline_pin="lend_capped"))
async def test_greeting_is_not_requested_without_the_pin(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.network(up=False)
    await bench.tap()
    await bench.network(up=True)
    assert isinstance(bench.view, Borrowing) and bench.library.greeted == []


@story
async def test_greeting_is_hidden_from_the_next_patron(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    bench.library.greets = None
    await bench.press("finish")
    assert bench.view == Welcome()
    await bench.lift()
    await bench.tap(LIN_UID)
    assert greets(bench) is None


@story
async def test_late_greeting_of_another_card_is_ignored(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    session = bench.desk.session
    late = on_greeting(on_visit(session, card=LIN, greeting=None), bench.context(), HubAnswered(GREETING, GUIDE, ADA))
    assert late.visit.greeting is None


@story
async def test_greeting_is_requested_once_and_returns_after_the_account(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    await bench.press("account", "back")
    assert isinstance(greets(bench), Guide) and len(bench.library.greeted) == 1


@story
async def test_each_card_of_a_family_visit_has_its_own_greeting(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    bench.library.greets = None
    await bench.tap(LIN_UID)
    await bench.press("join")
    assert greets(bench) is None
    await bench.tap()
    assert isinstance(greets(bench), Guide)
    await bench.tap(LIN_UID)
    assert greets(bench) is None and bench.library.greeted == [ADA, LIN]


@story
async def test_guide_button_is_hidden_with_large_text(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    large = replace(bench.desk.status, large_text=True)
    assert "guide" not in {each.name for each in actions(bench.view, large)}


def visit_cost(greeting: Greeting | None) -> tuple[Any, ...]:
    """Touches, lists and countdown of a visit with three checkouts."""

    async def play() -> tuple[Any, ...]:
        visit = Visit()
        async with running_bench(RULES) as bench:
            bench.library.greets, bench.showcase = greeting, Showcase(news=NEW)
            await borrow_three_books(bench, visit)
            while isinstance(bench.view, Farewell):
                visit.counted.append(bench.view.seconds)
                await bench.wait(1)
        lists = [replace(each, greeting=None) for each in visit.views if isinstance(each, Borrowing)]
        return visit.touches, lists, visit.counted

    return asyncio.run(play())


@pytest.mark.parametrize("greeting", [GUIDE, NEWS], ids=["guide", "new titles"])
def test_greeting_adds_no_touch_and_no_second(greeting: Greeting) -> None:
    assert visit_cost(greeting) == visit_cost(None)
