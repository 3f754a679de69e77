"""Test the limits of offline circulation: age and length of the queue, restarts, wrong clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.central import Accepted, Deferred, JournalRow
from kiosk.sync.transaction_queue import HOUR, LONG, STOPPED, TOO_LONG, OfflineLimits, queue_age
from kiosk.system.health import READY, PartName
from lending.transactions import ClockTrust, TransactionId
from tests.kiosk.sync.bench import (
    DUE,
    DUNE,
    EMMA,
    START,
    UTOPIA,
    HandClock,
    Network,
    World,
    checkin,
    checkout,
    run_async,
    settle,
)

DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("count", "hours", "state"),
    [
        (1, 23.9, READY),
        (1, 24, LONG),
        (1, 71.9, LONG),
        (1, 72, TOO_LONG),
        (4999, 167.9, TOO_LONG),
        (1, 168, STOPPED),
        (5000, 0.1, STOPPED),
    ],
)
def test_limits_turn_amber_red_and_stop_by_age_or_count(count: int, hours: float, state: object) -> None:
    assert OfflineLimits().weigh(count, hours * HOUR) == state


class Wall(HandClock):
    """A wall clock and a monotonic clock that are set independently."""

    def __init__(self, seconds: float, at: datetime, trust: ClockTrust = ClockTrust.SYNCED) -> None:
        super().__init__()
        self.seconds = seconds
        self._at, self._trust = at, trust

    def now(self) -> datetime:
        return self._at

    def trust(self) -> ClockTrust:
        return self._trust


def row(boot: str, seconds: float, at: datetime = START, trust: ClockTrust = ClockTrust.SYNCED) -> JournalRow:
    return JournalRow(1, TransactionId("id"), boot, int(seconds * 1e9), at, trust, "checkout", True, "{}")


@pytest.mark.parametrize("years", [-10, 0, 10])
def test_queue_age_within_a_boot_uses_the_monotonic_clock(years: int) -> None:
    clock = Wall(500 + 2 * DAY, START + timedelta(days=365 * years))
    assert queue_age([row("one", 500)], clock, "one") == 2 * DAY


def test_empty_queue_has_no_age() -> None:
    assert queue_age([], HandClock(), "one") == 0.0


def test_queue_age_across_boots_uses_synced_clocks() -> None:
    assert queue_age([row("one", 500)], Wall(60, START + timedelta(days=8)), "two") == 8 * DAY


@pytest.mark.parametrize("trust", [ClockTrust.RESTORED, ClockTrust.UNKNOWN])
def test_queue_age_adds_boots_without_a_trusted_clock(trust: ClockTrust) -> None:
    """The power is cut every night, and the clock restarts from its saved time."""
    rows = [
        row("one", 100, START, trust),
        row("one", 100 + DAY, START, trust),
        row("two", DAY, START, trust),
        row("three", DAY, START, trust),
    ]
    assert queue_age(rows, Wall(DAY / 2, START, trust), "four") == 3.5 * DAY


def test_clock_that_was_never_set_does_not_stop_lending() -> None:
    first = row("one", 500, datetime.fromisoformat("1970-01-01T00:00:09+00:00"), ClockTrust.UNKNOWN)
    assert queue_age([first], Wall(60, START), "two") == 60


def test_queue_age_with_a_clock_set_back_is_the_uptime() -> None:
    assert queue_age([row("one", 500)], Wall(300, START - timedelta(days=3652)), "two") == 300


@run_async
async def test_seven_days_offline_stop_lending_until_the_upload(
    tmp_path: Path,
) -> None:
    async with World(tmp_path / "journal.db") as world:
        world.central.set(Network.DOWN)
        assert await world.outcome(checkout()) == Deferred(DUE)
        for days, state in ((1, LONG), (3, TOO_LONG), (7, STOPPED)):
            await world.clock.jump(days * DAY + 1000 - world.clock.seconds)
            await world.clock.pass_time(61)
            assert world.parts[PartName.BACKLOG] == state
            assert world.courier.accepts_loans is (state != STOPPED)
        assert await world.outcome(checkin(EMMA)) == Deferred(None), "returns are always accepted"
        world.central.set(Network.UP)
        await world.clock.pass_time(60)
        assert world.parts[PartName.BACKLOG] == READY
        assert world.courier.accepts_loans
        assert await world.outcome(checkout(UTOPIA)) == Accepted(DUE)


@run_async
async def test_clock_correction_does_not_change_the_queue_age(tmp_path: Path) -> None:
    """The clock started in 1970; the queue's start is computed back from the corrected clock."""
    async with World(tmp_path / "journal.db") as world:
        world.central.set(Network.DOWN)
        world.clock.off = timedelta(days=-20000)
        await world.outcome(checkout())
        await world.clock.pass_time(90)
        world.clock.off = timedelta(0)
        counts = await world.courier.counts()
        assert counts.oldest is not None and world.clock.now() - counts.oldest == timedelta(seconds=90)
        world.central.set(Network.UP)
        await world.clock.pass_time(60)
        assert (await world.courier.counts()).oldest is None


@run_async
async def test_full_queue_stops_lending_also_after_a_restart(tmp_path: Path) -> None:
    path, window = tmp_path / "journal.db", OfflineLimits(transactions=3)
    async with World(path, window=window) as world:
        world.central.set(Network.DOWN)
        for item in (DUNE, EMMA):
            await world.outcome(checkout(item))
        assert world.courier.accepts_loans
        await world.outcome(checkin(UTOPIA))
        assert not world.courier.accepts_loans
    async with World(path, world.central, window=window) as again:
        assert not again.courier.accepts_loans, "right after the start"
        assert await again.outcome(checkin(DUNE)) == Deferred(None), "returns are always accepted"
        assert again.journal.counts().queued == 4
        again.central.set(Network.UP)
        await again.clock.pass_time(60)
        await settle()
        assert again.courier.accepts_loans


def test_reset_monotonic_counter_falls_back_to_the_clock() -> None:
    """A staged start resets the monotonic clock within a boot."""
    first = replace(row("one", 9000), at=START)
    assert queue_age([first], Wall(100, START + timedelta(hours=2)), "one") == 2 * HOUR + 0.0
