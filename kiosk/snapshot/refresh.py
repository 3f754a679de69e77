"""Reads from the central what is new in the library, page after page, with the pen that writes it down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.central import CentralAway
from kiosk.snapshot.writer import DeltaWriter, FullWriter, SnapshotWriter
from lending.wire import SnapshotPage, policy_from

MOST_PAGES = 10_000


class SnapshotUnusable(Exception):
    """The central's newest snapshot carries rules by which nothing can be lent; the text says which."""


class Pages(Protocol):
    """Where snapshots come from."""

    async def snapshot_page(self, since: str) -> SnapshotPage | None:
        """The page that follows that mark; None when nothing does. Raises CentralAway."""
        ...


class UploadProgress(Protocol):
    """What the snapshot needs to know of the way to the central."""

    @property
    def online(self) -> bool: ...

    @property
    def watermark(self) -> int: ...

    def missed(self, reason: str) -> None: ...

    def forget(self, seq: int) -> None: ...


@dataclass(slots=True)
class RefreshState:
    """How far the central was read, and the pen that wrote it down; none before the first page."""

    mark: str
    pen: SnapshotWriter | None = None

    async def drop(self) -> None:
        """What was written down goes, where it has not become the copy."""
        if self.pen is not None:
            await asyncio.to_thread(self.pen.drop)


class SnapshotRefresher:
    def __init__(self, path: Path, pages: Pages) -> None:
        self._path = path
        self._pages = pages

    async def read(self, reading: RefreshState, known: bool) -> None:
        """Reads until nothing follows; `known`: there is a copy that may be changed.

        Raises SnapshotUnusable, CentralAway.
        """
        for _ in range(MOST_PAGES):
            page = await self._pages.snapshot_page(reading.mark)
            if page is None:
                return
            if page.mark == reading.mark and page.more:
                break
            reading.pen = await self._pen_for(page, reading, known)
            await asyncio.to_thread(reading.pen.add, page)
            reading.mark = page.mark
            if not page.more:
                return
        raise CentralAway("unusable_answer")

    async def _pen_for(self, page: SnapshotPage, reading: RefreshState, known: bool) -> SnapshotWriter:
        """The one that is there, or another where the page begins something."""
        if page.policy is not None:
            try:
                policy_from(page.policy).check()
            except ValueError as error:
                raise SnapshotUnusable(str(error)) from None
        if page.whole:
            if page.policy is None:
                raise CentralAway("unusable_answer")
            await reading.drop()
            return await asyncio.to_thread(FullWriter, self._path)
        if reading.pen is not None:
            return reading.pen
        if not known:
            raise CentralAway("unusable_answer")
        return await asyncio.to_thread(DeltaWriter, self._path)
