"""Test the greeting of new and returning patrons: shown with the empty list, gone with the first item."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from kiosk.desk.greeting import known
from kiosk.desk.session import on_visit
from kiosk.events import HubAnswered
from kiosk.views import Borrowing, Farewell, Identify, Learn, Welcome, actions
from kiosk.views.greeting import Guide, NewTitles
from lending.questions import GREETING, Greeting, Greets
from lending.showcase import NewTitle, Showcase
from tests.kiosk.desk.ask_budget_test import Visit, _borrows
from tests.kiosk.desk.bench import ADA, DUNE, LIN, LIN_UID, RULES, Bench, bench, shown, story, under

GUIDE = Greeting(Greets.GUIDE)
NEWS = Greeting(Greets.NEWS, {"zh": "书在等您", "en": "Books are waiting"})
NEW = tuple(NewTitle(f"Title {n}", subject=str(n)) for n in range(7))


def greets(bench: Bench) -> object:
    return shown(bench.view, Borrowing).greets


@story
async def test_the_new_are_told_how_it_works_by_the_rules_that_hold_for_them(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    guide = greets(bench)
    assert isinstance(guide, Guide)
    assert (guide.days, guide.renews) == (30, True)


@story
async def test_it_is_gone_when_a_book_is_shown(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    assert greets(bench) and "guide" in bench.offers()
    await bench.scan(DUNE)
    assert greets(bench) is None and "guide" not in bench.offers()


@story
async def test_one_touch_shows_them_and_leads_back_to_their_list(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    await bench.press("guide")
    assert shown(bench.view, Learn).about == "lending"
    await bench.scan(DUNE)
    assert [line.item for line in shown(bench.view, Borrowing).lines] == [DUNE]


@story
async def test_whoever_stayed_away_sees_what_is_new_to_anybody(bench: Bench) -> None:
    bench.library.greets, bench.showcase = NEWS, Showcase(news=NEW)
    await bench.tap()
    assert greets(bench) == NewTitles(NEWS.words, NEW[:5])


@story
async def test_where_nothing_is_new_nothing_is_said(bench: Bench) -> None:
    bench.library.greets = NEWS
    await bench.tap()
    assert greets(bench) is None


@story
async def test_offline_nobody_is_greeted(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.network(up=False)
    await bench.tap()
    assert greets(bench) is None


@under(replace(RULES, pin="always"))
async def test_where_a_card_must_not_tell_that_it_is_known_it_waits_for_the_pin(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    assert isinstance(bench.view, Identify) and bench.library.greeted == []
    await bench.type("4711")
    assert isinstance(greets(bench), Guide)


@under(replace(RULES, pin="always", offline_pin="lend_capped"))
async def test_without_the_pin_nobody_is_asked(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.network(up=False)
    await bench.tap()
    await bench.network(up=True)
    assert isinstance(bench.view, Borrowing) and bench.library.greeted == []


@story
async def test_the_next_patron_sees_nothing_of_it(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    bench.library.greets = None
    await bench.press("finish")
    assert bench.view == Welcome()
    await bench.lift()
    await bench.tap(LIN_UID)
    assert greets(bench) is None


@story
async def test_what_comes_when_the_patron_has_gone_greets_nobody(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    session = bench.desk.session
    late = known(on_visit(session, card=LIN, greeting=None), bench.context(), HubAnswered(GREETING, GUIDE, ADA))
    assert late.visit.greeting is None


@story
async def test_it_is_asked_for_once_and_stands_again_after_their_account(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    await bench.press("account")
    await bench.press("back")
    assert isinstance(greets(bench), Guide) and len(bench.library.greeted) == 1


@story
async def test_a_family_is_greeted_each_by_their_own_and_asked_about_once(bench: Bench) -> None:
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
async def test_where_letters_are_large_or_all_is_low_there_is_no_button_to_be_missed(bench: Bench) -> None:
    bench.library.greets = GUIDE
    await bench.tap()
    large = replace(bench.desk.status, large_text=True)
    assert "guide" not in {each.name for each in actions(bench.view, large)}


def visited(greeting: Greeting | None) -> tuple[Any, ...]:
    """Cost of borrowing three books, and the contents of the list meanwhile."""

    async def played() -> tuple[Any, ...]:
        visit = Visit()
        async with bench(RULES) as made:
            made.library.greets, made.showcase = greeting, Showcase(news=NEW)
            await _borrows(made, visit)
            while isinstance(made.view, Farewell):
                visit.counted.append(made.view.seconds)
                await made.wait(1)
        lists = [replace(each, greeting=None) for each in visit.views if isinstance(each, Borrowing)]
        return visit.touches, lists, visit.counted

    return asyncio.run(played())


@pytest.mark.parametrize("greeting", [GUIDE, NEWS], ids=["guide", "new titles"])
def test_it_costs_no_touch_and_no_second(greeting: Greeting) -> None:
    assert visited(greeting) == visited(None)
