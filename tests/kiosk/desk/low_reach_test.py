"""Test a tall screen: one touch lowers the controls, and the next patron finds the default again."""

from __future__ import annotations

from dataclasses import replace

from kiosk.views import Borrowing, Welcome
from tests.kiosk.desk.bench import DUNE, RULES, Bench, shown, story, under

TALL = replace(RULES, tall=True)


@under(TALL)
async def test_controls_can_be_lowered_during_a_visit(bench: Bench) -> None:
    assert bench.desk.status.low is False
    await bench.tap()
    await bench.choose("lower")
    assert bench.desk.status.low is True
    await bench.scan(DUNE)
    assert shown(bench.desk.view, Borrowing).lines and bench.desk.status.low is True


@under(TALL)
async def test_lowered_controls_reset_after_the_visit(bench: Bench) -> None:
    await bench.tap()
    await bench.choose("lower")
    await bench.press("finish")
    assert isinstance(bench.desk.view, Welcome) and bench.desk.status.low is False


@under(TALL)
async def test_lowered_controls_reset_at_welcome_after_a_minute(bench: Bench) -> None:
    await bench.choose("lower")
    await bench.wait(61)
    assert bench.desk.status.low is False


@story
async def test_normal_screen_offers_no_lowered_controls(bench: Bench) -> None:
    assert bench.desk.status.low is None and "lower" not in bench.offers()
