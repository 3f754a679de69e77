"""Test a kiosk without a trusted clock: data are erased neither too early nor too late."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lending.transactions import ClockTrust
from tests.kiosk.sync.bench import HandClock, World, checkout, run_async

YEARS = timedelta(days=3650)
DAY = 24 * 3600.0


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
