"""Cache the start screen's content and pictures on disk, for restarts and times without the hub.

The content is the same for every patron.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.central import CentralUnavailable
from kiosk.system.clock import Clock, sleep_or_wake
from lending import atomic_file, wire
from lending.showcase import EMPTY, Showcase
from lending.wire import WirePoster

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two requests for the content."""
ANSWER = "showcase.json"
SPOILT = ("unusable_answer", "too_big")
"""Reasons that concern one picture only, while the hub serves all others."""


class Hub(Protocol):
    """The part of the hub's client that is used here; both methods raise CentralUnavailable."""

    async def showcase(self) -> bytes: ...

    async def picture(self, poster: int) -> bytes: ...


class ShowcaseCache:
    """The cached content; `folder` is used for nothing else, and files no longer shown are deleted."""

    def __init__(self, folder: Path, hub: Hub, clock: Clock) -> None:
        self._folder = folder
        self._hub = hub
        self._clock = clock
        self._wake = asyncio.Event()
        self._text = b""
        self._asked = False
        self.now: Showcase = EMPTY
        """The current content, of whatever age."""
        self._read()

    @property
    def known(self) -> bool:
        """Whether there is content, or a request for it was made since the start, whatever its result."""
        return self._asked or self.now is not EMPTY

    def refresh_soon(self) -> None:
        """Request the content now: the hub is reachable again."""
        self._wake.set()

    async def run(self, online: Callable[[], bool]) -> None:
        """Request the content every EVERY seconds until cancelled."""
        while True:
            if online():
                await self.refresh()
            await sleep_or_wake(self._clock, EVERY, self._wake)

    async def refresh(self) -> None:
        """Fetch new content; if the hub is unreachable or the disk full, keep the old."""
        try:
            text = await self._hub.showcase()
            answer = wire.parse(wire.ShowcaseAnswer, text)
            await self._fetch_all(answer.posters)
            if text != self._text:
                await asyncio.to_thread(self._keep, text)
        except (CentralUnavailable, ValueError, OSError) as error:
            log.info("Start screen content was not updated: %s", error)
            return
        finally:
            self._asked = True
        self._take(text)
        await asyncio.to_thread(self._tidy, answer)

    async def _fetch_all(self, posters: Sequence[WirePoster]) -> None:
        """Fetch the pictures. A poster is left out until its picture is usable, and does not hold up the rest."""
        for poster in posters:
            try:
                await self._fetch(poster)
            except CentralUnavailable as error:
                if str(error) not in SPOILT:
                    raise
                log.warning("Poster %d is left out, its picture is unusable: %s", poster.id, error)

    async def _fetch(self, poster: WirePoster) -> None:
        path = self._path(poster)
        if path is None or path.exists():
            return
        picture = await self._hub.picture(poster.id)
        if hashlib.sha256(picture).hexdigest() != path.stem:
            raise CentralUnavailable("unusable_answer")
        self._folder.mkdir(mode=0o700, exist_ok=True)
        await asyncio.to_thread(atomic_file.write, path, picture)

    def _path(self, poster: WirePoster) -> Path | None:
        return self._folder / f"{poster.picture.sha256}.jpg" if poster.picture else None

    def _keep(self, text: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        atomic_file.write(self._folder / ANSWER, text)

    def _read(self) -> None:
        try:
            self._take((self._folder / ANSWER).read_bytes())
        except (OSError, ValueError):
            self.now = EMPTY

    def _take(self, text: bytes) -> None:
        """Use this content. Raises ValueError."""
        answer = wire.parse(wire.ShowcaseAnswer, text)
        posters = [each for each in answer.posters if each.picture is None or self._picture(each)]
        self.now = wire.showcase_from(answer.model_copy(update={"posters": posters}), self._picture)
        self._text = text

    def _picture(self, poster: WirePoster) -> str:
        path = self._path(poster)
        return str(path) if path and path.exists() else ""

    def _tidy(self, answer: wire.ShowcaseAnswer) -> None:
        kept = {self._path(each) for each in answer.posters}
        for path in self._folder.glob("*.jpg"):
            if path not in kept:
                path.unlink(missing_ok=True)
