"""Keeps what the kiosk shows to anybody, with its pictures, over restarts and without the hub; knows no patron."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.central import CentralAway
from kiosk.system import atomic_file
from kiosk.system.clock import Clock
from kiosk.system.clock_waits import nap
from lending import wire
from lending.showcase import EMPTY, Showcase
from lending.wire import WirePoster

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two questions what is to be shown."""
ANSWER = "showcase.json"
SPOILT = ("unusable_answer", "too_big")
"""What the hub may say of one picture while it is there for all others."""


class Hub(Protocol):
    """Both raise CentralAway."""

    async def showcase(self) -> bytes: ...

    async def picture(self, poster: int) -> bytes: ...


class Shown:
    """`folder` is its own: what lies there and is shown no more goes."""

    def __init__(self, folder: Path, hub: Hub, clock: Clock) -> None:
        self._folder = folder
        self._hub = hub
        self._clock = clock
        self._wake = asyncio.Event()
        self._text = b""
        self._asked = False
        self.now: Showcase = EMPTY
        """What is shown; of when it is nobody asks."""
        self._read()

    @property
    def known(self) -> bool:
        """Whether something is shown, or the hub was asked for it since the start, whatever it said."""
        return self._asked or self.now is not EMPTY

    def refresh_soon(self) -> None:
        """The hub is back: it is asked now."""
        self._wake.set()

    async def run(self, online: Callable[[], bool]) -> None:
        """Asks now and then; goes on until it is cancelled."""
        while True:
            if online():
                await self.refresh()
            await nap(self._clock, EVERY, self._wake)

    async def refresh(self) -> None:
        """Fetches what is new; where the hub is away, or the disk full, the old stays."""
        try:
            text = await self._hub.showcase()
            answer = wire.parse(wire.ShowcaseAnswer, text)
            await self._fetch_all(answer.posters)
            if text != self._text:
                await asyncio.to_thread(self._keep, text)
        except (CentralAway, ValueError, OSError) as error:
            log.info("what is shown to anybody stays as it is: %s", error)
            return
        finally:
            self._asked = True
        self._take(text)
        await asyncio.to_thread(self._tidy, answer)

    async def _fetch_all(self, posters: Sequence[WirePoster]) -> None:
        """A poster without its picture is left out until there is one, and keeps nothing else from being shown."""
        for poster in posters:
            try:
                await self._fetch(poster)
            except CentralAway as error:
                if str(error) not in SPOILT:
                    raise
                log.warning("poster %d is left out, for its picture cannot be used: %s", poster.id, error)

    async def _fetch(self, poster: WirePoster) -> None:
        path = self._path(poster)
        if path is None or path.exists():
            return
        picture = await self._hub.picture(poster.id)
        if hashlib.sha256(picture).hexdigest() != path.stem:
            raise CentralAway("unusable_answer")
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
        """Raises ValueError."""
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
