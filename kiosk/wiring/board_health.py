"""Report disk, clock, temperature and supply of the board as health, once a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from kiosk.journal.errors import LEAST_FREE
from kiosk.system.clock import BelievedClock, Clock
from kiosk.system.health import ABSENT, READY, Condition, Health, PartName, PartState
from kiosk.system.host_info import HostInfo
from lending.transactions import ClockTrust

EVERY = 60.0
HOT = 75.0
"""Degrees Celsius from which a warning is due: a Pi 4 and a Pi 5 throttle from 80."""
TOO_HOT = PartState(Condition.FAULTY, "hot")
WRONG_CLOCK = PartState(Condition.FAULTY, "wrong_time")
"""The central's time differs from this machine's, and is used instead."""
OTHER_TIME = PartState(Condition.FAULTY, "other_time")
"""The ILS's time differs from this machine's, which a time server keeps."""
COOLED = 70.0
"""Degrees Celsius below which a hot board is well again: the gap avoids repeated reports."""


def board(
    machine: HostInfo, clock: Clock, folder: Path, before: Mapping[PartName, PartState]
) -> dict[PartName, PartState]:
    """Return the four states. `folder` holds the journal; `before` are the previous states."""
    return {
        PartName.DISK: _disk(machine.free(folder)),
        PartName.CLOCK: READY if clock.trust() is ClockTrust.SYNCED else PartState(Condition.FAULTY, "out_of_step"),
        PartName.TEMPERATURE: _temperature(machine.temperature, before.get(PartName.TEMPERATURE) == TOO_HOT),
        PartName.SUPPLY: _supply(machine.supply),
    }


def _disk(free: int | None) -> PartState:
    if free is None:
        return PartState(Condition.FAULTY, "unwritable")
    return READY if free >= LEAST_FREE else PartState(Condition.FAULTY, "full")


def _temperature(degrees: float | None, was_hot: bool) -> PartState:
    if degrees is None:
        return ABSENT
    return TOO_HOT if degrees >= (COOLED if was_hot else HOT) else READY


def _supply(state: str | None) -> PartState:
    """Return the state of the supply. Too low since the start is a fault until the next start: it will recur."""
    if state is None:
        return ABSENT
    return READY if state == "ok" else PartState(Condition.FAULTY, "weak_supply")


async def watch_board(machine: HostInfo, clock: BelievedClock, folder: Path, health: Health) -> None:
    """Report the states until cancelled; the kernel's files are read off the event loop."""
    while True:
        states = await asyncio.to_thread(board, machine, clock, folder, health.states)
        if clock.is_wrong:
            states[PartName.CLOCK] = WRONG_CLOCK
        elif clock.is_contradicted:
            states[PartName.CLOCK] = OTHER_TIME
        for part, state in states.items():
            health.report(part, state)
        await clock.sleep(EVERY)
