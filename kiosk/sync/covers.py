"""Fetch the covers of the snapshot's titles from the hub, in the background, and keep them within a budget."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Protocol

from PIL import Image, UnidentifiedImageError

from kiosk.central import CentralUnavailable
from kiosk.journal.model import free_space
from kiosk.snapshot.writer import LEAST_FREE
from kiosk.system.clock import Clock
from lending.cover_store import BUDGET, LARGEST, CoverStore, least_used, mark_of

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two checks whether a cover is missing."""
FIRST = 5.0
"""Seconds between two checks while there is no snapshot."""
PAUSE = 0.5
"""Seconds between two requests: the kiosks of a library must not occupy its hub."""
AGAIN = 3600.0
"""Seconds after which a cover is requested again that the hub does not have, or sent damaged."""
CHECKED = 200
"""Covers stored between two checks of the budget, which reads the size of every file."""
MOST_ASKED = 200
"""Covers remembered that were to be shown and are missing; the oldest are forgotten."""
SIDES = (48, 640)
"""Least and greatest width and height of a cover, in pixels."""
SPOILT = ("unusable_answer", "too_big")
"""Reasons that concern one cover only, while the hub serves all others."""


class Hub(Protocol):
    """The part of the hub's client that is used here."""

    async def cover(self, mark: str) -> bytes | None:
        """Return the picture; None if the hub has none of this name. Raises CentralUnavailable."""
        ...


class Covered(Protocol):
    """The part of the snapshot that is used here."""

    @property
    def position(self) -> str:
        """Position in the hub's feed; it differs after each change."""
        ...

    async def covers(self, most: int) -> Sequence[str] | None:
        """Return the covers of the titles, the newest first; None without a snapshot."""
        ...


class CoverFetcher:
    """Fetches what `store` lacks, one cover at a time, while `may` returns True.

    `may` is asked before each cover: patrons and transactions come first. Covers that a screen could not show come
    before all others.
    """

    def __init__(
        self,
        store: CoverStore,
        hub: Hub,
        snapshot: Covered,
        clock: Clock,
        may: Callable[[], bool],
        budget: int = BUDGET,
    ) -> None:
        self.store = store
        self._hub = hub
        self._snapshot = snapshot
        self._clock = clock
        self._may = may
        self._budget = budget
        self._asked: deque[str] = deque(maxlen=MOST_ASKED)
        self._later: dict[str, float] = {}
        """When a cover may be requested again that could not be had, by the monotonic clock."""
        self._complete = ""
        """Position of the snapshot of which all covers were fetched that could be had."""
        self._unchecked = CHECKED
        """Covers stored since the budget was checked."""
        self._failure = ""

    def want(self, mark: str) -> None:
        """Fetch this cover next: it was to be shown. Thread-safe."""
        if mark not in self._asked:
            self._asked.append(mark)

    async def run(self) -> None:
        """Fetch what is missing, until cancelled."""
        while True:
            if self._may():
                await self.refresh()
            await self._clock.sleep(EVERY if self._snapshot.position else FIRST)

    async def refresh(self) -> None:
        """Fetch what is missing now, until a patron comes, the hub fails or the disk is full."""
        position, now = self._snapshot.position, self._clock.monotonic()
        named = await self._snapshot.covers(self._budget // LARGEST) if self._is_due(position) else None
        if named is None:
            return
        self._later = {mark: until for mark, until in self._later.items() if until > now}
        try:
            missing = await asyncio.to_thread(self._missing, named)
            while mark := self._next(missing):
                if not self._may():
                    return
                await self._fetch(mark)
                await self._clock.sleep(PAUSE)
            self._complete = position
            if self._unchecked >= CHECKED:
                await asyncio.to_thread(self._drop_least_used, named)
                self._unchecked = 0
            self._note("")
        except CentralUnavailable as away:
            self._note(str(away))
        except OSError as error:
            self._note(error.strerror or "the disk failed")

    def _is_due(self, position: str) -> bool:
        now = self._clock.monotonic()
        return bool(self._asked) or position != self._complete or any(each <= now for each in self._later.values())

    def _missing(self, named: Sequence[str]) -> deque[str]:
        stored = set(self.store.marks())
        return deque(each for each in named if each not in stored)

    def _next(self, missing: deque[str]) -> str:
        """Return the next cover that may be requested now; empty if there is none."""
        now = self._clock.monotonic()
        for queue in (self._asked, missing):
            while queue:
                mark = queue.popleft()
                if self._later.get(mark, now) <= now and not self.store.has(mark):
                    return mark
        return ""

    async def _fetch(self, mark: str) -> None:
        """Fetch and store one cover. Raises CentralUnavailable if the hub is away, OSError."""
        if await asyncio.to_thread(free_space, self.store.folder.parent) < LEAST_FREE:
            raise OSError(28, "the disk is nearly full")
        try:
            data = await self._hub.cover(mark)
        except CentralUnavailable as away:
            self._later[mark] = self._clock.monotonic() + AGAIN  # so that one cover never holds up the others
            if str(away) not in SPOILT:
                raise
            return
        if data is not None and await asyncio.to_thread(is_cover, data, mark):
            self._later.pop(mark, None)
            await asyncio.to_thread(self.store.put, data)
            self._unchecked += 1
        else:
            self._later[mark] = self._clock.monotonic() + AGAIN

    def _drop_least_used(self, named: Sequence[str]) -> None:
        """Delete covers beyond the budget: of those that `named` lacks, the ones that were not used for longest."""
        marks, stored = set(named), list(self.store.stored_covers())
        room = self._budget - sum(each.size for each in stored if each.mark in marks)
        for each in least_used((each for each in stored if each.mark not in marks), room):
            self.store.drop(each.mark)

    def _note(self, reason: str) -> None:
        """Log once when covers cannot be had, and once when they can again."""
        if reason != self._failure:
            log.info("Covers are not updated: %s", reason) if reason else log.info("Covers are updated again")
            self._failure = reason


def is_cover(data: bytes, mark: str) -> bool:
    """Return whether the bytes match the name and are a whole WebP picture of a cover's size."""
    if len(data) > LARGEST or mark_of(data) != mark:
        return False
    try:
        with Image.open(BytesIO(data), formats=("WEBP",)) as picture:
            if not all(SIDES[0] <= side <= SIDES[1] for side in picture.size):
                return False
            picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return True
