"""Tells as health, once a minute, that a damaged journal lies beside the new one; reads no row and moves nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kiosk.journal.recovery import Damage, damages
from kiosk.system.clock import Clock
from kiosk.system.health import READY, Condition, Health, PartName, PartState

EVERY = 60.0
ROWS_LOST = PartState(Condition.FAULTY, "rows_lost")
RESCUED = PartState(Condition.FAULTY, "rescued")
"""Nothing is known to be missing; what was written last may be."""


def found(path: Path) -> list[Damage]:
    """What lies there; a note that cannot be read tells of nothing more than that it is there."""
    try:
        return list(damages(path))
    except (OSError, ValueError, TypeError):
        return [Damage(at="", why="", aside="", journal="", rows=0, queued=0, last=0, gaps=())]


def state_of(path: Path) -> PartState:
    lying = found(path)
    if not lying:
        return READY
    return ROWS_LOST if any(each.lost for each in lying) else RESCUED


async def watch_damage(path: Path, clock: Clock, health: Health) -> None:
    """Goes on until it is cancelled. A kiosk whose journal was never damaged says nothing of it."""
    while True:
        state = await asyncio.to_thread(state_of, path)
        if state != READY or PartName.DAMAGED_JOURNAL in health.states:
            health.report(PartName.DAMAGED_JOURNAL, state)
        await clock.sleep(EVERY)
