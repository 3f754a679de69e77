"""Detect that a hub lost rows it had, as after a restore: by its highest row number, and row by row.

Also store its warnings that row numbers were used twice, to repeat them to a restored hub.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kiosk.journal.journal import HeldRow, UnsendableRow
from lending import atomic_file

log = logging.getLogger(__name__)
CERTAIN = 30.0
"""Seconds for which the hub must know no new row; a hub that only lags learns some meanwhile."""
FIRST_REST, LONGEST_REST = 120.0, 24 * 3600.0
"""Seconds between two repetitions of the same rows to a hub that learns nothing: first and longest."""
DAYS = TypeAdapter(list[date])


@dataclass(slots=True)
class Rest:
    """Growing pause between two repetitions, so that no hub can make a kiosk send for ever."""

    _until: float = 0.0
    _seconds: float = FIRST_REST

    def is_over(self, now: float) -> bool:
        return now >= self._until

    def begin(self, now: float) -> None:
        self._until = now + self._seconds
        self._seconds = min(2 * self._seconds, LONGEST_REST)

    def shorten(self) -> None:
        """Reset to the shortest pause: the hub has learnt rows."""
        self._seconds = FIRST_REST


@dataclass(slots=True)
class RollbackDetector:
    """Compare the hub's highest row number with what it had; the pause between two repetitions grows."""

    _known: int = -1
    _since: float | None = None
    _rest: Rest = field(default_factory=Rest)

    def compare_watermark(self, known: int, through: int, now: float) -> int | None:
        """Return the row from which the hub is to get all rows again, or None.

        Args:
            known: Highest row that the hub's answer names.
            through: Highest row that the hub had before the request.
            now: Monotonic seconds.
        """
        before, self._known = self._known, known
        if known > before:
            self._rest.shorten()
        if known >= through:
            self._since = None
            return None
        if self._since is None or known != before:
            self._since = now
            return None
        if now - self._since < CERTAIN or not self._rest.is_over(now):
            return None
        self._since = None
        self._rest.begin(now)
        return known + 1


class Comparison:
    """Compare with the hub, by row id and block after block, the rows that it has answered.

    Equal numbers prove nothing: a journal that was restored to an older state, or copied to a second kiosk, gives the
    same number to two rows. Blocks go from the newest row back as far as bodies are kept, then start again. The first
    pass goes back to the oldest row, and so does a pass in which the hub lacks a row.
    """

    def __init__(
        self,
        held: Callable[[int | None], Awaitable[Sequence[HeldRow]]],
        resend: Callable[[int], Awaitable[Sequence[UnsendableRow]]],
    ) -> None:
        self._held = held
        self._resend = resend
        self._before: int | None = None
        self._block: Sequence[HeldRow] = ()
        self._lacking = False
        """The hub lacked a row of this pass."""
        self._whole = True
        """This pass continues to the oldest row."""
        self._rest = Rest()

    @property
    def begins(self) -> bool:
        """Whether the next block is the newest one."""
        return self._before is None

    def start_over(self) -> None:
        """Compare all rows from the newest on: the hub was restored."""
        self._before, self._lacking, self._whole = None, False, True

    async def block(self) -> Sequence[HeldRow]:
        """Return the rows to ask the hub about. Raises JournalFailed."""
        self._block = await self._held(self._before)
        return self._block

    async def process_missing(self, missing: Collection[str], now: float) -> Sequence[UnsendableRow]:
        """Process the ids of the last block that the hub lacks; if there are any, send all kept rows again.

        Returns:
            Those of the block that cannot be sent again, oldest first.

        Raises:
            JournalFailed: The journal cannot be read or written.
        """
        lost = [row for row in reversed(self._block) if row.id in missing]
        self._lacking |= bool(lost)
        goes_on = bool(self._block) and (self._whole or self._lacking or not self._block[-1].erased)
        self._before = self._block[-1].seq if goes_on else None
        if self.begins:
            if not self._lacking:
                self._rest.shorten()
            self._lacking = self._whole = False
        if any(row.gone is None for row in lost) and self._rest.is_over(now):
            log.warning("The hub lacks row %d but counts its number: sending all kept rows again", lost[0].seq)
            self._rest.begin(now)
            await self._resend(1)
        return [row.gone for row in lost if row.gone]


class CloneWarnings:
    """The hub's open warnings, in `cloned-kiosk.json` in the kiosk's state folder; no file if there are none.

    An unreadable file counts as none: the hub repeats its open warnings with each health answer.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "cloned-kiosk.json"
        self.days: Sequence[date] = self._read()

    def keep(self, days: Sequence[date]) -> None:
        """Replace the stored days. If the disk fails, only the days are lost after a restart."""
        if days == self.days:
            return
        self.days = days
        try:
            if days:
                atomic_file.write(self._path, DAYS.dump_json(list(days)))
            else:
                atomic_file.remove(self._path)
        except OSError as error:
            log.warning("Cannot write %s: %s. A restored hub will not get the warning again.", self._path, error)

    def _read(self) -> Sequence[date]:
        try:
            return DAYS.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError):
            log.warning("Cannot read %s: the hub's next health answer replaces it.", self._path)
            return []
