"""Keep the current snapshot of the library's data, and refresh it from the central; it contains no patron names."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from kiosk.central import CentralUnavailable
from kiosk.snapshot.file import Copy, Label, SnapshotDamaged, SnapshotUnwritable, check
from kiosk.snapshot.title_finder import Finder, without_status
from kiosk.snapshot.writer import (
    DeltaWriter,
    FullWriter,
    SnapshotWriter,
    TitlesOnlyWriter,
    forget_log,
    overwrite_old_file,
)
from kiosk.system.clock import Clock, sleep_or_wake
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from lending import atomic_file
from lending.model import CardRef, Item, ItemId, Patron, PatronRef, Recommendation
from lending.policy import Policy
from lending.shelves import Floor
from lending.title_result import SearchResults
from lending.transactions import ClockTrust
from lending.wire import SnapshotPage, policy_from

T = TypeVar("T")
log = logging.getLogger(__name__)
EVERY = 180.0
"""Seconds between two requests for new data."""
CONFIRMED = timedelta(hours=1)
"""How much older than it is a copy may seem after a restart: that nothing is new is written once in this time."""
STALE = timedelta(days=7)
"""Age from which the status of cards and items in the snapshot is ignored."""
CERTAIN = timedelta(hours=1)
"""How long the age must be exceeded without a break before data are erased: a clock may be wrong for a while."""
OFTEN = timedelta(minutes=10)
"""Largest duration that may be lost if the process is killed."""
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

    async def title(self, title: int, item: ItemId) -> SearchResults:
        """Return the title with this id, or that of a copy if it is 0; no result if there is no such title."""
        try:
            if self._label is None:
                return SearchResults()
            return await self._finder.open(title, item, self._label.fetched_at, self.stale)
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


class Age:
    """Age of the snapshot, counted from the last answer of the central."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered_at = clock.monotonic()
        self._before = timedelta()
        self._over: float | None = None

    def went_on(self, before: timedelta) -> None:
        """Add the time that earlier processes had waited when this one began."""
        self._before = before

    def record_answer(self, at: float) -> None:
        """Record an answer of the central at the monotonic time `at`."""
        self._answered_at, self._before = at, timedelta()

    def label(self, mark: str, watermark: int) -> Label:
        """Return the label of a copy that is fetched now."""
        now = self._clock.now()
        return Label(mark, now, watermark, now if self._is_believed else None)

    def is_stale(self, label: Label) -> bool:
        """Return whether the copy is too old: by the wall clock or the time waited, whichever is longer.

        The wall clock may be behind, or may have been set back.
        """
        return not label.mark or max(self._clock.now() - label.fetched_at, self.time_offline) > STALE

    def date_label(self, label: Label) -> Label | None:
        """Return the label with a trusted date, if it has none yet and the clock is trusted now; else None."""
        if label.dated is not None or not self._is_believed:
            return None
        return Label(label.mark, label.fetched_at, label.watermark, self._clock.now() - self.time_offline)

    def is_over(self, label: Label) -> bool:
        """Return whether the status of cards and items may no longer be shown, for at least CERTAIN without a break.

        An untrusted clock does not count, neither now nor if it dated the label.
        """
        believed = self._is_believed and label.dated is not None and self._clock.now() - label.dated > STALE
        if not believed and self.time_offline <= STALE:
            self._over = None
            return False
        now = self._clock.monotonic()
        self._over = now if self._over is None else self._over
        return now - self._over >= CERTAIN.total_seconds()

    @property
    def time_offline(self) -> timedelta:
        """Time without an answer of the central while the kiosk ran, whatever the wall clock says."""
        return self._before + timedelta(seconds=self._clock.monotonic() - self._answered_at)

    @property
    def _is_believed(self) -> bool:
        return self._clock.trust() is not ClockTrust.UNKNOWN


class OfflineDuration:
    """Small file next to the snapshot that it describes. An unreadable file counts as zero."""

    def __init__(self, snapshot: Path) -> None:
        self._path = snapshot.with_name(f"{snapshot.name}.waited")
        self._kept = timedelta()

    def read(self, mark: str) -> timedelta:
        """Return the duration last written; zero if that was for another copy."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["mark"] == mark:
                self._kept = max(timedelta(), timedelta(seconds=float(stored["seconds"])))
        except (OSError, ValueError, TypeError, KeyError, OverflowError):
            pass
        return self._kept

    def is_due(self, waited: timedelta) -> bool:
        return abs(waited - self._kept) >= OFTEN

    def write(self, mark: str, waited: timedelta) -> None:
        """Write the duration. Raises OSError."""
        atomic_file.write(self._path, json.dumps({"mark": mark, "seconds": waited.total_seconds()}).encode())
        self._kept = waited


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
