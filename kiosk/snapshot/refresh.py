"""Fetch what is new from the central, page by page, and pass it to a snapshot writer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.central import CentralUnavailable
from kiosk.snapshot.writer import DeltaWriter, FullWriter, SnapshotWriter
from lending.wire import SnapshotPage, policy_from

MOST_PAGES = 10_000


class SnapshotUnusable(Exception):
    """The central's newest snapshot has rules that allow no lending; the text says which."""


class Pages(Protocol):
    """Source of snapshots."""

    async def snapshot_page(self, since: str) -> SnapshotPage | None:
        """Return the page that follows that mark; None if there is none. Raises CentralUnavailable."""
        ...


class UploadProgress(Protocol):
    """The part of the courier that the snapshot needs."""

    @property
    def online(self) -> bool: ...

    @property
    def watermark(self) -> int: ...

    def report_unreachable(self, reason: str) -> None: ...

    def forget(self, seq: int) -> None: ...


@dataclass(slots=True)
class RefreshState:
    """How far the central was read, and the writer in use; None before the first page."""

    mark: str
    writer: SnapshotWriter | None = None

    async def drop(self) -> None:
        """Discard what was written but has not become the snapshot."""
        if self.writer is not None:
            await asyncio.to_thread(self.writer.drop)


class SnapshotRefresher:
    """Reads pages from the central into writers for `path`."""

    def __init__(self, path: Path, pages: Pages) -> None:
        self._path = path
        self._pages = pages

    async def read(self, reading: RefreshState, known: bool) -> None:
        """Fetch until nothing follows. `known`: there is a copy that may be changed.

        Raises SnapshotUnusable, CentralUnavailable.
        """
        for _ in range(MOST_PAGES):
            page = await self._pages.snapshot_page(reading.mark)
            if page is None:
                return
            if page.mark == reading.mark and page.more:
                break
            reading.writer = await self._pen_for(page, reading, known)
            await asyncio.to_thread(reading.writer.add, page)
            reading.mark = page.mark
            if not page.more:
                return
        raise CentralUnavailable("unusable_answer")

    async def _pen_for(self, page: SnapshotPage, reading: RefreshState, known: bool) -> SnapshotWriter:
        """Return the writer in use, or a new one if the page begins a full copy or a change."""
        if page.policy is not None:
            try:
                policy_from(page.policy).check()
            except ValueError as error:
                raise SnapshotUnusable(str(error)) from None
        if page.whole:
            if page.policy is None:
                raise CentralUnavailable("unusable_answer")
            await reading.drop()
            return await asyncio.to_thread(FullWriter, self._path)
        if reading.writer is not None:
            return reading.writer
        if not known:
            raise CentralUnavailable("unusable_answer")
        return await asyncio.to_thread(DeltaWriter, self._path)
