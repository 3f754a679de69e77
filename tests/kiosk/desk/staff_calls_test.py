"""Test staff calls: with the reason of the refusal, and automatic after the third refusal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from kiosk.views import Identify, Refused
from lending.model import ItemId, ItemStatus, Reason
from tests.kiosk.desk.bench import (
    ATLAS,
    DUNE,
    EMMA,
    FILM,
    RULES,
    UNKNOWN_UID,
    Bench,
    running_bench,
    shown,
    story,
    under,
)

PIN = replace(RULES, pin="always")


async def scan_refused(bench: Bench, *items: ItemId) -> Refused:
    for item in items:
        bench.item(item, status=ItemStatus.LOST)
        await bench.scan(item)
        if item is not items[-1]:
            await bench.press("next")
    return shown(bench.view, Refused)


@story
async def test_staff_call_carries_the_refusal_reason(bench: Bench) -> None:
    await bench.press("help")
    await bench.press("back")
    await bench.tap()
    await scan_refused(bench, DUNE)
    await bench.press("call_staff")
    assert bench.bell.calls == [("", False), ("item_lost", False)]


@story
async def test_third_refusal_calls_staff_once_and_shows_the_call(bench: Bench) -> None:
    await bench.tap()
    assert not (await scan_refused(bench, DUNE, EMMA)).called and bench.bell.calls == []
    await bench.press("next")
    assert (await scan_refused(bench, ATLAS)).called and bench.bell.calls == [("item_lost", True)]
    await bench.press("next")
    assert not (await scan_refused(bench, FILM)).called and bench.bell.rung == 1


@story
async def test_refusal_covered_by_help_counts_once(bench: Bench) -> None:
    await bench.tap()
    await scan_refused(bench, DUNE)
    for _time in range(3):
        await bench.press("help")
        await bench.press("back")
    assert shown(bench.view, Refused) and all(not unasked for _why, unasked in bench.bell.calls)


@under(PIN)
async def test_three_wrong_pins_call_staff(bench: Bench) -> None:
    await bench.tap()
    for _time in range(3):
        await bench.type("0000")
    assert shown(bench.view, Identify).problem is not None
    assert bench.bell.calls == [("pin_wrong", True)]


@story
async def test_refusal_count_restarts_for_the_next_patron(bench: Bench) -> None:
    for _time in range(3):
        await bench.tap(UNKNOWN_UID)
        problem = shown(bench.view, Identify).problem
        assert problem is not None and problem.reason is Reason.UNKNOWN_CARD
        await bench.press("back")
        await bench.lift()
    assert bench.bell.calls == []


@pytest.mark.parametrize("hub", [True, False])
def test_undelivered_staff_call_is_not_shown_as_sent(hub: bool) -> None:
    async def play() -> None:
        async with running_bench(replace(RULES, hears=hub)) as bench:
            await bench.tap()
            if hub:
                await bench.network(up=False)
            assert not (await scan_refused(bench, DUNE, EMMA, ATLAS)).called
            assert bench.bell.calls == [("item_lost", True)], "the hub receives it after reconnecting"

    asyncio.run(play())
