"""Stories of borrowing, online and offline, as the patron meets them at the glass."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from kiosk.desk.rules import DeskRules
from kiosk.domain.transactions import Checkout
from kiosk.views import Borrowing, Farewell, LineState, Signal, Welcome
from tests.desk.bench import ADA, ADA_REF, DUNE, EMMA, RULES, Bench, bench

SHANGHAI = ZoneInfo("Asia/Shanghai")


def play(story: Callable[[Bench], Awaitable[None]], rules: DeskRules = RULES) -> None:
    async def played() -> None:
        async with bench(rules) as made:
            await story(made)

    asyncio.run(played())


def test_a_card_and_a_book_make_a_loan() -> None:
    async def story(bench: Bench) -> None:
        await bench.tap()
        assert isinstance(bench.view, Borrowing)
        assert bench.view.guest.name == "Ada L."
        await bench.scan(DUNE)
        assert bench.line.title == "Dune"
        assert bench.line.state is LineState.DONE
        assert bench.line.due == datetime(2026, 12, 22, 23, 59, tzinfo=SHANGHAI)
        assert bench.library.on_loan(ADA_REF) == [DUNE]
        assert bench.lamp.lit[-1] is Signal.DONE
        await bench.press("finish")
        assert isinstance(bench.view, Farewell)
        assert [line.item for line in bench.view.lines] == [DUNE]
        await bench.wait(10)
        assert bench.view == Welcome()

    play(story)


def test_two_books_and_the_allowance_goes_down() -> None:
    async def story(bench: Bench) -> None:
        await bench.tap()
        await bench.scan(DUNE, EMMA)
        assert [line.item for line in bench.lines] == [EMMA, DUNE]
        assert isinstance(bench.view, Borrowing)
        assert bench.view.guest.allowance.left == 2
        assert [type(act) for act, _ in bench.library.acts] == [Checkout, Checkout]
        assert bench.view.guest.card == ADA

    play(story)
