"""Test the clocks: machine time, its trust, and the time that a scripted visit moves."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.system.clock import TIME_ERROR, BelievedClock, SystemClock, VisitClock, kernel_clock_state
from lending.transactions import ClockTrust
from tests.support.patience import PATIENCE

IN_STEP = 0
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "saved", "trust"),
    [
        (IN_STEP, False, ClockTrust.SYNCED),
        (IN_STEP, True, ClockTrust.SYNCED),
        (TIME_ERROR, True, ClockTrust.RESTORED),
        (TIME_ERROR, False, ClockTrust.UNKNOWN),
        (-1, True, ClockTrust.RESTORED),
        (-1, False, ClockTrust.UNKNOWN),
    ],
)
def test_clock_trust_follows_kernel_state_and_saved_time(
    tmp_path: Path, state: int, saved: bool, trust: ClockTrust
) -> None:
    file = tmp_path / "clock"
    if saved:
        file.touch()
    assert SystemClock(lambda: state, file, tmp_path / "never set").trust() is trust


@pytest.mark.parametrize(
    ("state", "ago", "trust"),
    [(-1, 60, ClockTrust.SYNCED), (-1, 10 * 3600, ClockTrust.UNKNOWN), (TIME_ERROR, 60, ClockTrust.UNKNOWN)],
)
def test_clock_trust_follows_timesyncd_where_the_kernel_state_is_forbidden(
    tmp_path: Path, state: int, ago: float, trust: ClockTrust
) -> None:
    """timesyncd's mark counts only if the kernel state is unavailable."""
    mark = tmp_path / "synchronized"
    mark.touch()
    os.utime(mark, (time.time() - ago,) * 2)
    assert SystemClock(lambda: state, tmp_path / "clock", mark).trust() is trust


def test_kernel_clock_state_is_available() -> None:
    assert kernel_clock_state() in range(-1, TIME_ERROR + 1)


def test_visit_clock_starts_at_the_given_time_and_runs() -> None:
    clock = VisitClock(NOON)
    assert NOON <= clock.now() < NOON + timedelta(minutes=1)


def test_visit_clock_is_trusted_unless_set_otherwise() -> None:
    assert VisitClock(NOON).trust() is ClockTrust.SYNCED
    assert VisitClock(NOON, ClockTrust.UNKNOWN).trust() is ClockTrust.UNKNOWN


def test_sleepers_wake_when_the_visit_clock_is_moved() -> None:
    async def scenario() -> list[str]:
        clock, woken = VisitClock(NOON), []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(name)

        async with asyncio.TaskGroup() as group:
            group.create_task(sleeper("an hour", 3600.0))
            group.create_task(sleeper("a minute", 60.0))
            await asyncio.sleep(0)
            clock.move(61.0)
            for _ in range(5):
                await asyncio.sleep(0)
            woken.append("moved")
            clock.move(3600.0)
        assert clock.now() >= NOON + timedelta(seconds=3661)
        return woken

    assert asyncio.run(scenario()) == ["a minute", "moved", "an hour"]


def test_stopped_visit_clock_advances_only_by_moves() -> None:
    async def scenario() -> None:
        clock = VisitClock(NOON)
        began, sleeper = clock.monotonic(), asyncio.create_task(clock.sleep(5.0))
        await asyncio.sleep(0)
        clock.stand(True)
        stopped_at = clock.monotonic()
        done, _ = await asyncio.wait([sleeper], timeout=0.2)
        assert not done and clock.monotonic() == stopped_at, "an earlier sleeper keeps sleeping"
        clock.move(5.0)
        await asyncio.wait_for(sleeper, PATIENCE)
        assert clock.monotonic() == pytest.approx(stopped_at + 5.0)
        sleeper = asyncio.create_task(clock.sleep(0.05))
        await asyncio.sleep(0)
        clock.stand(False)
        await asyncio.wait_for(sleeper, PATIENCE)
        assert clock.monotonic() - began > 5.0

    asyncio.run(scenario())


def test_hub_time_overrides_a_wrong_machine_clock() -> None:
    """The time continues with the monotonic counter, so setting the machine clock does not change it."""
    machine = VisitClock(NOON + timedelta(days=3650))
    machine.stand(True)
    clock = BelievedClock(machine)
    clock.believe(NOON)
    assert (clock.now(), clock.is_wrong) == (NOON, True)
    machine.move(90.0)
    assert clock.now() == NOON + timedelta(seconds=90)
    clock.believe(machine.now() - timedelta(minutes=1))
    assert (clock.now(), clock.is_wrong) == (machine.now(), False)


@pytest.mark.parametrize(
    ("trust", "counts"), [(ClockTrust.SYNCED, False), (ClockTrust.RESTORED, True), (ClockTrust.UNKNOWN, True)]
)
def test_ils_local_time_is_used_only_without_a_time_server(trust: ClockTrust, counts: bool) -> None:
    machine = VisitClock(NOON, trust)
    machine.stand(True)
    clock, noon = BelievedClock(machine), machine.now()
    clock.believe_local(NOON - timedelta(days=3650))
    assert (clock.now() != noon, clock.is_wrong, clock.is_contradicted) == (counts, counts, not counts)
    clock.believe_local(NOON - timedelta(hours=20))
    assert (clock.now(), clock.is_wrong, clock.is_contradicted) == (noon, False, False), "local times carry no zone"
