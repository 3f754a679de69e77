"""Keep the current snapshot of the library's data; it contains no patron names."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from kiosk.central import CentralUnavailable
from kiosk.snapshot.age import STALE as STALE
from kiosk.snapshot.age import Age, OfflineDuration
from kiosk.snapshot.file import Copy, Label, SnapshotDamaged, SnapshotUnwritable, check
from kiosk.snapshot.refresh import Pages, RefreshState, SnapshotRefresher, SnapshotUnusable
from kiosk.snapshot.refresh import UploadProgress as UploadProgress
from kiosk.snapshot.title_finder import Finder, without_status
from kiosk.snapshot.writer import (
    DeltaWriter,
    FullWriter,
    SnapshotWriter,
    TitlesOnlyWriter,
    forget_log,
    overwrite_old_file,
)
from kiosk.system.clock import Clock
from kiosk.system.clock_waits import sleep_or_wake
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from lending.model import CardRef, Item, ItemId, Patron, PatronRef
from lending.policy import Policy
from lending.recommendations import Recommendation
from lending.shelves import Floor
from lending.title_result import SearchResults

T = TypeVar("T")
log = logging.getLogger(__name__)

EVERY = 180.0
"""Seconds between two requests for new data."""
CONFIRMED = timedelta(hours=1)
"""How much older than it is a copy may seem after a restart: that nothing is new is written once in this time."""


class Snapshot:
    """The current copy. A damaged file is deleted and fetched again."""

    def __init__(self, path: Path, pages: Pages, clock: Clock, health: Health) -> None:
        self._path = path
        self._reader = SnapshotRefresher(path, pages)
        self._clock = clock
        self._health = health
        self._wake = asyncio.Event()
        self._copy: Copy | None = None
        self._label: Label | None = None
        self._age = Age(clock)
        self._offline_duration = OfflineDuration(path)
        self._finder = Finder(path)
        self._begun: RefreshState | None = None
        self._cramped = False
        """The disk had no room for a full copy next to one that works: none is tried until the next start."""
        self._open()
        if self._label is not None:
            self._age.went_on(self._offline_duration.read(self._label.mark))

    @property
    def policy(self) -> Policy | None:
        """The loan rules in force now, including those announced in advance; None until the first copy."""
        return self._copy.policy.policy_at(self._clock.now()) if self._copy else None

    @property
    def receipts(self) -> str:
        """Base URL of receipt pages, whatever the copy's age; empty if the central sent none."""
        return self._copy.receipts if self._copy else ""

    @property
    def watermark(self) -> int:
        """Every journal row up to this seq is included in the copy."""
        return self._label.watermark if self._label else 0

    @property
    def stale(self) -> bool:
        """Whether the status of cards and items is withheld; titles, calendar and returns keep working."""
        return self._label is None or self._age.is_stale(self._label)

    @property
    def day(self) -> date | None:
        """The day, in the library's time zone, on which the central last confirmed the copy."""
        return self.policy.local_day(self._label.fetched_at) if self.policy and self._label else None

    @property
    def outdated(self) -> bool:
        """There is a copy, and it is too old for lending."""
        return self._copy is not None and self.stale

    def patron(self, card: CardRef) -> Patron | None:
        """Return the patron; None if the card is unknown here or the copy is stale."""
        return None if self.stale else self._read(lambda copy: copy.patron(card), None)

    def picks(self, card: CardRef) -> Sequence[Recommendation]:
        """Return the card's recommendations; none if the copy is stale or the patron has not consented."""
        return () if self.stale else self._read(lambda copy: copy.picks(card), ())

    def look(self, card: CardRef) -> str:
        """Return the card's display preferences, if stored; empty if the copy is stale."""
        return "" if self.stale else self._read(lambda copy: copy.look(card), "")

    def item(self, item: ItemId) -> Item | None:
        """Return the item; without its status if the copy is stale."""
        found = self._read(lambda copy: copy.item(item), None)
        return without_status(found) if found and self.stale else found

    def items_of(self, patron: PatronRef) -> Sequence[Item]:
        """Return the items in the patron's name, returned or not; none if the copy is stale."""
        return [] if self.stale else self._read(lambda copy: copy.items_of(patron), [])

    def _read(self, read: Callable[[Copy], T], otherwise: T) -> T:
        """Read from the copy; without one, or if it is damaged, return `otherwise`."""
        try:
            return otherwise if self._copy is None else read(self._copy)
        except SnapshotDamaged as damage:
            self._drop(damage)
            return otherwise

    @property
    def floors(self) -> Sequence[Floor]:
        """The floors of this kiosk's branch, whatever the copy's age."""
        return self._copy.floors if self._copy else ()

    @property
    def finds(self) -> bool:
        """There are titles to search."""
        return self._copy is not None and self._copy.finds

    async def find(self, typed: str) -> SearchResults | None:
        """Search titles; None if the patron has typed on meanwhile."""
        try:
            return (
                await self._finder.look(typed, self._label.fetched_at, self.stale) if self._label else SearchResults()
            )
        except SnapshotDamaged as damage:
            self._drop(damage)
            return SearchResults()

    @property
    def position(self) -> str:
        """Position of the copy in the central's feed; it differs after each change. Empty without a copy."""
        return self._label.mark if self._label else ""

    async def covers(self, most: int) -> Sequence[str] | None:
        """Return the names of the cover pictures of at most `most` titles, the newest first; None without a copy."""
        try:
            return await asyncio.to_thread(self._finder.covers, most) if self._label else None
        except FileNotFoundError:
            return None
        except SnapshotDamaged as damage:
            self._drop(damage)
            return None

    def refresh_soon(self) -> None:
        """Request new data now: the central is reachable again."""
        self._wake.set()

    async def run(self, courier: UploadProgress, every: float = EVERY) -> None:
        """Request new data every `every` seconds and when the central is reachable again. Runs for ever."""
        await self._check()
        while True:
            if courier.online:
                await self._refresh_from(courier)
            else:
                self._report()
            await self._note_waiting()
            await self._grow_old()
            await sleep_or_wake(self._clock, every, self._wake)

    async def _check(self) -> None:
        """Check the whole file once, as parts may not be read for a week; the desk works meanwhile."""
        try:
            await asyncio.to_thread(check, self._path)
        except FileNotFoundError:
            return
        except SnapshotDamaged as damage:
            self._drop(damage)

    async def _refresh_from(self, courier: UploadProgress) -> None:
        try:
            await self.refresh(courier.watermark)
        except CentralUnavailable as away:
            courier.report_unreachable(str(away))
        except SnapshotDamaged as damage:
            self._drop(damage)
            return
        except SnapshotUnwritable as error:
            log.warning("Cannot store the new snapshot: %s", error)
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "unwritable"))
            return
        except SnapshotUnusable as error:
            log.warning("The library's new snapshot is rejected: %s", error)
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "unusable_answer"))
            return
        courier.forget(self.watermark)
        self._report()

    async def _note_waiting(self) -> None:
        """Persist the waiting time, so that the next process continues from it."""
        if self._label is None or not self._offline_duration.is_due(self._age.time_offline):
            return
        try:
            await asyncio.to_thread(self._offline_duration.write, self._label.mark, self._age.time_offline)
        except OSError as error:
            log.warning("Cannot store how long the hub has been unreachable: %s", error.strerror)

    async def _grow_old(self) -> None:
        """Erase the status of cards and items once it may no longer be shown."""
        if self._copy is None or self._label is None or not self._label.mark:
            return
        try:
            if (dated := self._age.date_label(self._label)) is not None:
                await self._write(await asyncio.to_thread(DeltaWriter, self._path), dated)
            elif self._age.is_over(self._label):
                await self._erase(self._label)
        except SnapshotDamaged as damage:
            self._drop(damage)
        except (SnapshotUnwritable, OSError) as error:
            log.warning("Cannot update the snapshot, the old one stays: %s", error)

    async def _erase(self, label: Label) -> None:
        half, self._begun = self._begun, None
        if half is not None:
            await half.drop()
        pen = await asyncio.to_thread(TitlesOnlyWriter, self._path)  # also replaces what another process has half read
        with contextlib.ExitStack() as stack:
            stack.enter_context(overwrite_old_file(self._path))
            await self._write(pen, label)
            await asyncio.to_thread(stack.close)
        log.warning("The hub was unreachable for too long: erased the status of cards and items, titles stay")

    async def _write(self, pen: SnapshotWriter, label: Label) -> None:
        try:
            await self._take(pen, label)
        finally:
            await asyncio.to_thread(pen.drop)

    async def refresh(self, watermark: int) -> None:
        """Fetch what is new. `watermark`: the seq up to which the central has every row.

        Only a full copy that was interrupted is continued next time.

        Raises:
            SnapshotUnusable: The new rules allow no lending, so the old copy stays.
            CentralUnavailable: The central did not answer usably, so the old copy stays.
            SnapshotUnwritable: The disk is full or failed.
        """
        asked = self._age.label(self._mark, watermark)
        asked_at = self._clock.monotonic()
        reading, self._begun = self._begun or RefreshState(asked.mark), None
        try:
            await self._reader.read(reading, self._copy is not None)
            await self._take(reading.writer, replace(asked, mark=reading.mark))
            self._age.record_answer(asked_at)
        except CentralUnavailable:
            if isinstance(reading.writer, FullWriter):
                self._begun, reading = reading, RefreshState("")
            raise
        except SnapshotUnwritable:
            self._cramped = True
            raise
        finally:
            await reading.drop()

    @property
    def _mark(self) -> str:
        """Position to request new data from; empty for a full copy, as after one of an older kiosk version."""
        goes_on = self._copy is not None and (self._copy.whole or self._cramped)
        return self._label.mark if self._label and goes_on else ""

    async def _take(self, pen: SnapshotWriter | None, label: Label) -> None:
        """Make the fetched data the current copy; if nothing was new, note that once an hour."""
        if self._copy is not None and pen is None:
            if label.fetched_at - self._copy.label.fetched_at >= CONFIRMED:
                pen = await asyncio.to_thread(DeltaWriter, self._path)
            else:
                self._label = label
                return
        if pen is None:
            raise CentralUnavailable("unusable_answer")
        await asyncio.to_thread(pen.finish, label)
        if isinstance(pen, FullWriter):
            self._close()
            try:
                with self._finder:
                    pen.put_in_place()
            finally:
                self._open()
        elif self._copy is not None:
            self._copy.read_anew()
            self._label = self._copy.label

    def _open(self) -> None:
        try:
            self._copy = Copy(self._path)
            self._label = self._copy.label
        except FileNotFoundError:
            self._close()
        except SnapshotDamaged as damage:
            self._drop(damage)
        self._report()

    def _close(self) -> None:
        if self._copy is not None:
            self._copy.close()
        self._copy, self._label = None, None

    def _drop(self, damage: SnapshotDamaged) -> None:
        log.warning("The snapshot %s is damaged and will be fetched again: %s", self._path, damage)
        self._close()
        with self._finder:
            self._path.unlink(missing_ok=True)
            forget_log(self._path)
        self._report()
        self._wake.set()

    def _report(self) -> None:
        if self._copy is None:
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "missing"))
        elif self.stale:
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "stale"))
        else:
            self._health.report(PartName.SNAPSHOT, READY)
