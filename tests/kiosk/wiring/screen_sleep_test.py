"""Test that the idle screen sleeps at night and wakes at any input."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kiosk.desk.desk import Inbox
from kiosk.events import CardPresented, Event, ItemScanned, Key, KeyPressed, MinutePassed, Pressed, ServiceInstruction
from kiosk.system.clock import VisitClock
from kiosk.system.opening_hours import Hours
from kiosk.wiring.screen_sleep import ScreenSleep
from lending.transactions import ClockTrust

EVENING = datetime(2026, 11, 25, 12, 59, 30, tzinfo=UTC)
"""Half a minute before nine in Shanghai."""


class Night:
    def __init__(self, trust: ClockTrust = ClockTrust.SYNCED) -> None:
        self.clock = VisitClock(EVENING, trust)
        self.inbox = Inbox(self.clock)
        self.resting = True
        self.shown: list[bool] = []
        self.sleeper = ScreenSleep(
            lambda now: Hours.parse("07:30-21:00").hold(now, ZoneInfo("Asia/Shanghai")),
            self.clock,
            lambda: self.resting,
            self.shown.append,
        )
        self.inbox.overheard = self.sleeper.handle

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        running = asyncio.ensure_future(self.sleeper.run())
        await self.passed(0)
        yield
        running.cancel()

    async def passed(self, seconds: float) -> None:
        self.clock.move(seconds)
        for _ in range(10):
            await asyncio.sleep(0)


def by_night(scenario_of: Callable[[Night], Awaitable[None]]) -> Callable[[], None]:
    """Run a test on a kiosk that has been idle for 29 seconds shortly before closing time."""

    def test() -> None:
        async def scenario() -> None:
            night = Night()
            async with night.running():
                await night.passed(29)
                await scenario_of(night)

        asyncio.run(scenario())

    test.__doc__ = scenario_of.__doc__
    return test


@by_night
async def test_screen_sleeps_at_closing_time_and_wakes_at_opening_time(night: Night) -> None:
    assert night.shown == []
    await night.passed(40)
    assert night.shown == [True]
    await night.passed(10 * 3600)
    assert night.shown == [True]
    await night.passed(1800)
    assert night.shown == [True, False]


@by_night
async def test_input_wakes_the_screen_for_the_idle_time(night: Night) -> None:
    await night.passed(40)
    events: list[Event] = [
        Pressed("borrow"),
        CardPresented("04A2"),
        ItemScanned("30000000000004"),
        KeyPressed(Key.NEXT),
        ServiceInstruction(identify=True),
    ]
    for event in events:
        assert night.shown.pop()
        night.inbox.post(event)
        await night.passed(0)
        assert night.shown.pop() is False
        await night.passed(55)
        assert night.shown == []
        await night.passed(6)
        assert night.shown == [True]


@by_night
async def test_touch_outside_actions_or_card_from_another_thread_wakes_the_screen(night: Night) -> None:
    await night.passed(40)
    night.sleeper.stir()
    await night.passed(0)
    assert night.shown == [True, False]
    await night.passed(61)
    reader = threading.Thread(target=night.inbox.post, args=(CardPresented("04A2"),))
    reader.start()
    reader.join()
    await night.passed(0)
    assert night.shown == [True, False, True, False]


@by_night
async def test_screen_stays_on_during_a_visit(night: Night) -> None:
    night.resting = False
    await night.passed(3600)
    assert night.shown == []
    night.resting = True
    await night.passed(5)
    assert night.shown == [True]
    night.resting = False
    await night.passed(5)
    assert night.shown == [True, False]


@by_night
async def test_clock_and_service_events_do_not_wake_the_screen(night: Night) -> None:
    await night.passed(40)
    night.inbox.post(MinutePassed())
    night.inbox.post(ServiceInstruction())
    await night.passed(0)
    assert night.shown == [True]


def test_unknown_time_keeps_the_screen_on() -> None:
    async def scenario() -> None:
        night = Night(ClockTrust.UNKNOWN)
        async with night.running():
            await night.passed(12 * 3600)
            assert night.shown == []

    asyncio.run(scenario())


def test_screen_changes_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    @by_night
    async def one_night(night: Night) -> None:
        await night.passed(40)
        await night.passed(11 * 3600)

    with caplog.at_level("INFO"):
        one_night()
    assert [record.message for record in caplog.records] == ["Screen off", "Screen on"]
