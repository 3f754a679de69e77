"""Persist the counts of wrong PINs across restarts and report guessing; cards are stored as hashes."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.desk.attempt_guard import AttemptGuard, PinAttempts
from kiosk.system.clock import Clock
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from lending import atomic_file
from lending.model import CardRef

log = logging.getLogger(__name__)

GUESSED = PartState(Condition.FAULTY, "guessed")
LOOK = 10.0
"""Seconds between two checks whether the pause is over."""


class KeptTries(BaseModel):
    """Wrong PINs of one card: their times, and how many in a row."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    wrong: list[float]
    in_a_row: int


class StoredAttempts(BaseModel):
    """Content of the file. All times are monotonic seconds of that boot."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    boot: str
    at: float
    cards: dict[str, KeptTries]
    wrong: list[float]
    pins_again: float
    codes: list[float]


class PinAttemptsFile:
    """File of the attempt counts, used by the desk's loop alone. If the disk fails, counting continues in memory."""

    def __init__(self, path: Path, clock: Clock, boot: str, health: Health) -> None:
        self._path = path
        self._clock = clock
        self._boot = boot
        self._health = health
        self._pins_again = 0.0
        self._complained = False

    def load(self) -> AttemptGuard:
        """Load the counts. After a reboot no time counts as passed, so that a power cycle shortens no pause."""
        try:
            kept = StoredAttempts.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return AttemptGuard()
        shift = 0.0 if kept.boot == self._boot else self._clock.monotonic() - kept.at
        cards = {
            CardRef(card): PinAttempts(tuple(each + shift for each in tries.wrong), tries.in_a_row)
            for card, tries in kept.cards.items()
        }
        self._pins_again = kept.pins_again + shift
        self._tell()
        return AttemptGuard(
            cards=cards,
            wrong=tuple(each + shift for each in kept.wrong),
            pins_again=self._pins_again,
            codes=tuple(each + shift for each in kept.codes),
        )

    def keep(self, guard: AttemptGuard) -> None:
        """Write the counts to disk before returning, so that a power cut restores no attempts."""
        kept = StoredAttempts(
            boot=self._boot,
            at=self._clock.monotonic(),
            cards={
                card: KeptTries(wrong=list(tries.wrong), in_a_row=tries.in_a_row) for card, tries in guard.cards.items()
            },
            wrong=list(guard.wrong),
            pins_again=guard.pins_again,
            codes=list(guard.codes),
        )
        try:
            atomic_file.write(self._path, kept.model_dump_json().encode())
        except OSError as error:
            if not self._complained:
                log.warning("Cannot write %s, wrong PINs are counted in memory: %s", self._path, error.strerror)
            self._complained = True
        self._pins_again = guard.pins_again
        self._tell()

    async def run(self) -> None:
        """Report guessing while the kiosk pauses; runs until cancelled."""
        while True:
            self._tell()
            await self._clock.sleep(LOOK)

    def _tell(self) -> None:
        """Report nothing until PINs have been guessed."""
        if self._clock.monotonic() < self._pins_again:
            self._health.report(PartName.PINS, GUESSED)
        elif self._pins_again:
            self._health.report(PartName.PINS, READY)
