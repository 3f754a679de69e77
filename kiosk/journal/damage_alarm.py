"""Check once a minute for damaged journals kept next to the current one, and report them as a part's state."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kiosk.journal.recovery import Damage, damages
from kiosk.system.clock import Clock
from kiosk.system.health import READY, Condition, Health, PartName, PartState

EVERY = 60.0
"""Seconds between two checks."""
ROWS_LOST = PartState(Condition.FAULTY, "rows_lost")
RESCUED = PartState(Condition.FAULTY, "rescued")
"""No row is known to be missing, but the newest ones may be."""


def damage_notes(path: Path) -> list[Damage]:
    """Return the damage notes; an unreadable note counts as one without details."""
    try:
        return list(damages(path))
    except (OSError, ValueError, TypeError):
        return [Damage(at="", why="", aside="", journal="", rows=0, queued=0, last=0, gaps=())]


def state_of(path: Path) -> PartState:
    reports = damage_notes(path)
    if not reports:
        return READY
    return ROWS_LOST if any(each.lost for each in reports) else RESCUED


async def watch_damage(path: Path, clock: Clock, health: Health) -> None:
    """Report until cancelled; a kiosk whose journal was never damaged reports nothing."""
    while True:
        state = await asyncio.to_thread(state_of, path)
        if state != READY or PartName.DAMAGED_JOURNAL in health.states:
            health.report(PartName.DAMAGED_JOURNAL, state)
        await clock.sleep(EVERY)
