"""Test the limits of offline circulation: age and length of the queue; when rows are erased."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.central import Accepted, Deferred, JournalRow
from kiosk.journal.journal import UNSWEPT
from kiosk.sync.courier import QUIET
from kiosk.sync.transaction_queue import HOUR, LONG, LONGEST_UNSWEPT, STOPPED, TOO_LONG, OfflineLimits, queue_age
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
    in_world,
    run_async,
    settle,
)

DAY = 24 * HOUR
UNTIL_ERASED = 23 * 3600.0
YEARS = timedelta(days=3650)


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


@in_world
async def test_seven_days_offline_stop_lending_until_the_upload(world: World) -> None:
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


@in_world
async def test_clock_correction_does_not_change_the_queue_age(world: World) -> None:
    """The clock started in 1970; the queue's start is computed back from the corrected clock."""
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


async def busy(world: World, seconds: float) -> list[bool]:
    """Use the kiosk each half minute; return whether the file then held copies of erased rows."""
    unswept = []
    for _ in range(int(seconds / 30)):
        assert isinstance(await world.outcome(checkin()), Accepted)
        await world.clock.pass_time(30)
        unswept.append(world.journal._db.pragma("user_version") == UNSWEPT)
    return unswept


@in_world
async def test_vacuum_waits_until_the_kiosk_is_idle(world: World) -> None:
    await world.outcome(checkout())
    await world.clock.jump(UNTIL_ERASED - 300)
    unswept = await busy(world, 600)
    assert (unswept[0], unswept[-1]) == (False, True)
    assert world.journal.accepted_rows()[0].seq == 2, "the body is erased at once"
    await world.clock.pass_time(QUIET + 61)
    assert world.journal._db.pragma("user_version") == 0


@in_world
async def test_busy_kiosk_is_vacuumed_after_the_longest_delay(world: World) -> None:
    await world.outcome(checkout())
    await world.clock.jump(UNTIL_ERASED - 300)
    unswept = await busy(world, 300 + LONGEST_UNSWEPT + 180)
    assert True in unswept and not unswept[-1]


class LostClock(HandClock):
    """Untrusted clock that is wrong by `ahead`."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead

    def trust(self) -> ClockTrust:
        return ClockTrust.UNKNOWN if self.ahead else ClockTrust.SYNCED


def kiosk(path: Path) -> tuple[World, LostClock]:
    world = World(path / "journal.db")
    world.clock = clock = LostClock()
    return world, clock


@run_async
async def test_clock_years_ahead_erases_nothing_closed_today(tmp_path: Path) -> None:
    world, clock = kiosk(tmp_path)
    async with world:
        await world.outcome(checkout())
        clock.ahead = YEARS
        await clock.pass_time(200)
        assert len(world.journal.accepted_rows()) == 1


@pytest.mark.parametrize("ahead", [YEARS, -YEARS], ids=["ahead", "behind"])
@run_async
async def test_row_closed_with_a_wrong_clock_is_erased_a_day_after_the_correction(
    tmp_path: Path, ahead: timedelta
) -> None:
    world, clock = kiosk(tmp_path)
    async with world:
        clock.ahead = ahead
        await world.outcome(checkout())
        clock.ahead = timedelta(0)
        await clock.pass_time(200)
        assert len(world.journal.accepted_rows()) == 1
        await clock.jump(DAY)
        await clock.pass_time(200)
        assert world.journal.accepted_rows() == []
