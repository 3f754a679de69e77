"""Test staff calls: with the reason of the refusal, and automatic after the third refusal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from kiosk.views import Identify, Refused
from lending.model import ItemId, ItemStatus, Reason
from tests.kiosk.desk.bench import ATLAS, DUNE, EMMA, FILM, NOBODY_UID, RULES, Bench, bench, shown, story, under

PIN = replace(RULES, pin="always")


async def refused(bench: Bench, *items: ItemId) -> Refused:
    for item in items:
        bench.item(item, status=ItemStatus.LOST)
        await bench.scan(item)
        if item is not items[-1]:
            await bench.press("next")
    return shown(bench.view, Refused)


@story
async def test_who_asks_for_staff_need_not_say_why(bench: Bench) -> None:
    await bench.press("help")
    await bench.press("back")
    await bench.tap()
    await refused(bench, DUNE)
    await bench.press("call_staff")
    assert bench.bell.calls == [("", False), ("item_lost", False)]


@story
async def test_after_the_third_refusal_staff_are_told_once_and_the_patron_reads_it(bench: Bench) -> None:
    await bench.tap()
    assert not (await refused(bench, DUNE, EMMA)).called and bench.bell.calls == []
    await bench.press("next")
    assert (await refused(bench, ATLAS)).called and bench.bell.calls == [("item_lost", True)]
    await bench.press("next")
    assert not (await refused(bench, FILM)).called and bench.bell.rung == 1


@story
async def test_what_is_only_covered_for_a_while_is_one_refusal(bench: Bench) -> None:
    await bench.tap()
    await refused(bench, DUNE)
    for _time in range(3):
        await bench.press("help")
        await bench.press("back")
    assert shown(bench.view, Refused) and all(not unasked for _why, unasked in bench.bell.calls)


@under(PIN)
async def test_wrong_pins_call_them_too(bench: Bench) -> None:
    await bench.tap()
    for _time in range(3):
        await bench.type("0000")
    assert shown(bench.view, Identify).problem is not None
    assert bench.bell.calls == [("pin_wrong", True)]


@story
async def test_the_next_patron_is_counted_anew(bench: Bench) -> None:
    for _time in range(3):
        await bench.tap(NOBODY_UID)
        problem = shown(bench.view, Identify).problem
        assert problem is not None and problem.reason is Reason.UNKNOWN_CARD
        await bench.press("back")
        await bench.lift()
    assert bench.bell.calls == []


@pytest.mark.parametrize("hub", [True, False])
def test_nobody_reads_that_staff_were_told_where_they_were_not_yet(hub: bool) -> None:
    async def played() -> None:
        async with bench(replace(RULES, hears=hub)) as made:
            await made.tap()
            if hub:
                await made.network(up=False)
            assert not (await refused(made, DUNE, EMMA, ATLAS)).called
            assert made.bell.calls == [("item_lost", True)], "the hub hears of it when it is there again"

    asyncio.run(played())
