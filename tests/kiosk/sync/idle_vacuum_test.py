"""Test that the journal's file is vacuumed while the kiosk is idle, and after a limit if it never is."""

from __future__ import annotations

from pathlib import Path

from kiosk.central import Accepted
from kiosk.journal.purge import UNSWEPT
from kiosk.sync.courier import QUIET
from kiosk.sync.transaction_queue import LONGEST_UNSWEPT
from tests.kiosk.sync.bench import World, checkin, checkout, run_async

DAY = 23 * 3600.0


async def busy(world: World, seconds: float) -> list[bool]:
    """Use the kiosk each half minute; return whether the file then held copies of erased rows."""
    unswept = []
    for _ in range(int(seconds / 30)):
        assert isinstance(await world.outcome(checkin()), Accepted)
        await world.clock.pass_time(30)
        unswept.append(world.journal._db.pragma("user_version") == UNSWEPT)
    return unswept


@run_async
async def test_vacuum_waits_until_the_kiosk_is_idle(tmp_path: Path) -> None:
    async with World(tmp_path / "journal.db") as world:
        await world.outcome(checkout())
        await world.clock.jump(DAY - 300)
        unswept = await busy(world, 600)
        assert (unswept[0], unswept[-1]) == (False, True)
        assert world.journal.accepted_rows()[0].seq == 2, "the body is erased at once"
        await world.clock.pass_time(QUIET + 61)
        assert world.journal._db.pragma("user_version") == 0


@run_async
async def test_busy_kiosk_is_vacuumed_after_the_longest_delay(tmp_path: Path) -> None:
    async with World(tmp_path / "journal.db") as world:
        await world.outcome(checkout())
        await world.clock.jump(DAY - 300)
        unswept = await busy(world, 300 + LONGEST_UNSWEPT + 180)
        assert True in unswept and not unswept[-1]
