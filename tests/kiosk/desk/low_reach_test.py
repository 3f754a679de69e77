"""Test a tall screen: one touch lowers the controls, and the next patron finds the default again."""

from __future__ import annotations

from dataclasses import replace

from kiosk.views import Borrowing, Welcome
from tests.kiosk.desk.bench import DUNE, RULES, Bench, shown, story, under

TALL = replace(RULES, tall=True)


@under(TALL)
async def test_it_comes_down_at_any_screen_and_the_visit_goes_on(bench: Bench) -> None:
    assert bench.desk.status.low is False
    await bench.tap()
    await bench.choose("lower")
    assert bench.desk.status.low is True
    await bench.scan(DUNE)
    assert shown(bench.desk.view, Borrowing).lines and bench.desk.status.low is True


@under(TALL)
async def test_home_brings_it_up_for_the_next(bench: Bench) -> None:
    await bench.tap()
    await bench.choose("lower")
    await bench.press("finish")
    assert isinstance(bench.desk.view, Welcome) and bench.desk.status.low is False


@under(TALL)
async def test_at_the_first_screen_it_does_not_stay_for_ever(bench: Bench) -> None:
    await bench.choose("lower")
    await bench.wait(61)
    assert bench.desk.status.low is False


@story
async def test_a_screen_that_everybody_reaches_offers_nothing(bench: Bench) -> None:
    assert bench.desk.status.low is None and "lower" not in bench.offers()
