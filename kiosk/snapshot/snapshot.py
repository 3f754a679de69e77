"""Keeps a copy of the library's facts for when the central is away; no patron's name is in it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from kiosk.central import CentralAway
from kiosk.snapshot.age import STALE as STALE
from kiosk.snapshot.age import Age
from kiosk.snapshot.file import Copy, Label, SnapshotDamaged, SnapshotUnwritable, check
from kiosk.snapshot.offline_duration import OfflineDuration
from kiosk.snapshot.refresh import Pages, RefreshState, SnapshotRefresher, SnapshotUnusable
from kiosk.snapshot.refresh import UploadProgress as UploadProgress
from kiosk.snapshot.title_finder import Finder, title_alone
from kiosk.snapshot.writer import DeltaWriter, FullWriter, SnapshotWriter, TitlesOnlyWriter, blanked, forget_log
from kiosk.system.clock import Clock
from kiosk.system.clock_waits import nap
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from lending.model import CardRef, Item, ItemId, Patron, PatronRef
from lending.policy import Policy
from lending.recommendations import Recommendation
from lending.shelves import Floor
from lending.title_result import SearchResults

log = logging.getLogger(__name__)

EVERY = 180.0
"""Seconds between two questions what is new."""
CONFIRMED = timedelta(hours=1)
"""How much older than it is a restart may take the copy for: that nothing is new is not written each time."""


class Snapshot:
    """The newest copy. A damaged file is dropped: it is fetched anew."""

    def __init__(self, path: Path, pages: Pages, clock: Clock, health: Health) -> None:
        self._path = path
        self._reader = SnapshotRefresher(path, pages)
        self._clock = clock
        self._health = health
        self._wake = asyncio.Event()
        self._copy: Copy | None = None
        self._label: Label | None = None
        self._age = Age(clock)
        self._waited = OfflineDuration(path)
        self._finder = Finder(path)
        self._begun: RefreshState | None = None
        self._cramped = False
        """The disk took no copy: none is read beside one that lends, until the next start."""
        self._open()
        if self._label is not None:
            self._age.went_on(self._waited.read(self._label.mark))

    @property
    def policy(self) -> Policy | None:
        """The rules by which the desk judges now, told ahead or not; None until the first copy came."""
        return self._copy.policy.on(self._clock.now()) if self._copy else None

    @property
    def receipts(self) -> str:
        """Where phones look a receipt up, whatever the copy's age; empty where the central told no address."""
        return self._copy.receipts if self._copy else ""

    @property
    def watermark(self) -> int:
        """Every journal row up to this seq is part of the copy."""
        return self._label.watermark if self._label else 0

    @property
    def stale(self) -> bool:
        """How cards and items stand is not told any more; titles, calendar and returns go on."""
        return self._label is None or self._age.is_stale(self._label)

    @property
    def day(self) -> date | None:
        """The day in the library on which the central last confirmed the copy."""
        return self.policy.local_day(self._label.fetched_at) if self.policy and self._label else None

    @property
    def outdated(self) -> bool:
        """There is a copy, and it is too old to lend by."""
        return self._copy is not None and self.stale

    def patron(self, card: CardRef) -> Patron | None:
        """None when the card is unknown here or the copy is stale."""
        try:
            return self._copy.patron(card) if self._copy and not self.stale else None
        except SnapshotDamaged as damage:
            self._drop(damage)
            return None

    def picks(self, card: CardRef) -> Sequence[Recommendation]:
        """What is recommended to her; nothing when the copy is stale, nor without her consent."""
        try:
            return self._copy.picks(card) if self._copy and not self.stale else ()
        except SnapshotDamaged as damage:
            self._drop(damage)
            return ()

    def look(self, card: CardRef) -> str:
        """How she likes the screen, where she wished it remembered; empty when the copy is stale."""
        try:
            return self._copy.look(card) if self._copy and not self.stale else ""
        except SnapshotDamaged as damage:
            self._drop(damage)
            return ""

    def item(self, item: ItemId) -> Item | None:
        """What the item is; and how it stands, while the copy is not stale."""
        try:
            found = self._copy.item(item) if self._copy else None
        except SnapshotDamaged as damage:
            self._drop(damage)
            return None
        return title_alone(found) if found and self.stale else found

    def held_by(self, patron: PatronRef) -> Sequence[Item]:
        """What stands in the patron's name, handed in or not; nothing when the copy is stale."""
        try:
            return self._copy.held_by(patron) if self._copy and not self.stale else []
        except SnapshotDamaged as damage:
            self._drop(damage)
            return []

    @property
    def floors(self) -> Sequence[Floor]:
        """The floors of this kiosk's house; they stay whatever the copy's age."""
        return self._copy.floors if self._copy else ()

    @property
    def finds(self) -> bool:
        """There are titles to be found."""
        return self._copy is not None and self._copy.finds

    async def find(self, typed: str) -> SearchResults | None:
        """What answers the words; None when somebody has typed on meanwhile."""
        try:
            return (
                await self._finder.look(typed, self._label.fetched_at, self.stale) if self._label else SearchResults()
            )
        except SnapshotDamaged as damage:
            self._drop(damage)
            return SearchResults()

    def refresh_soon(self) -> None:
        """The central is back: it is asked for what is new now."""
        self._wake.set()

    async def run(self, courier: UploadProgress, every: float = EVERY) -> None:
        """Asks what is new every so many seconds and when the central is back. Never returns."""
        await self._check()
        while True:
            if courier.online:
                await self._refresh_from(courier)
            else:
                self._report()
            await self._note_waiting()
            await self._grow_old()
            await nap(self._clock, every, self._wake)

    async def _check(self) -> None:
        """Looks once for damage in what nobody may ask for in a week; the desk works meanwhile."""
        try:
            await asyncio.to_thread(check, self._path)
        except FileNotFoundError:
            return
        except SnapshotDamaged as damage:
            self._drop(damage)

    async def _refresh_from(self, courier: UploadProgress) -> None:
        try:
            await self.refresh(courier.watermark)
        except CentralAway as away:
            courier.missed(str(away))
        except SnapshotDamaged as damage:
            self._drop(damage)
            return
        except SnapshotUnwritable as error:
            log.warning("no new snapshot: %s", error)
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "unwritable"))
            return
        except SnapshotUnusable as error:
            log.warning("the library's new snapshot is not taken: %s", error)
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "unusable_answer"))
            return
        courier.forget(self.watermark)
        self._report()

    async def _note_waiting(self) -> None:
        """Lets the next start go on counting where this process stopped."""
        if self._label is None or not self._waited.is_due(self._age.waited):
            return
        try:
            await asyncio.to_thread(self._waited.write, self._label.mark, self._age.waited)
        except OSError as error:
            log.warning("how long the hub was not heard is not written down: %s", error.strerror)

    async def _grow_old(self) -> None:
        """Erases how cards and items stood once nobody may be told of it any more."""
        if self._copy is None or self._label is None or not self._label.mark:
            return
        try:
            if (dated := self._age.dated(self._label)) is not None:
                await self._written(await asyncio.to_thread(DeltaWriter, self._path), dated)
            elif self._age.is_over(self._label):
                await self._erase(self._label)
        except SnapshotDamaged as damage:
            self._drop(damage)
        except (SnapshotUnwritable, OSError) as error:
            log.warning("the snapshot stays as it is: %s", error)

    async def _erase(self, label: Label) -> None:
        half, self._begun = self._begun, None
        if half is not None:
            await half.drop()
        pen = await asyncio.to_thread(
            TitlesOnlyWriter, self._path
        )  # in the place of what another process has half read, too
        with contextlib.ExitStack() as stack:
            stack.enter_context(blanked(self._path))
            await self._written(pen, label)
            await asyncio.to_thread(stack.close)
        log.warning("the hub was not heard for too long: how cards and items stood is erased, titles stay")

    async def _written(self, pen: SnapshotWriter, label: Label) -> None:
        try:
            await self._take(pen, label)
        finally:
            await asyncio.to_thread(pen.drop)

    async def refresh(self, watermark: int) -> None:
        """Fetches what is new. `watermark`: the seq up to which the central has everything.

        Raises SnapshotUnusable, and keeps what there was, where the desk could not reckon with the new rules; and
        CentralAway, keeping what there was too. Only a whole library that was half read is read on next time.
        """
        asked = self._age.label(self._mark, watermark)
        heard = self._clock.monotonic()
        reading, self._begun = self._begun or RefreshState(asked.mark), None
        try:
            await self._reader.read(reading, self._copy is not None)
            await self._take(reading.pen, replace(asked, mark=reading.mark))
            self._age.heard(heard)
        except CentralAway:
            if isinstance(reading.pen, FullWriter):
                self._begun, reading = reading, RefreshState("")
            raise
        except SnapshotUnwritable:
            self._cramped = True
            raise
        finally:
            await reading.drop()

    @property
    def _mark(self) -> str:
        """After which the library is told; empty where all of it is wanted, as by a copy that an older kiosk made."""
        goes_on = self._copy is not None and (self._copy.whole or self._cramped)
        return self._label.mark if self._label and goes_on else ""

    async def _take(self, pen: SnapshotWriter | None, label: Label) -> None:
        """Makes what was read the copy; or notes, once an hour, that nothing was new."""
        if self._copy is not None and pen is None:
            if label.fetched_at - self._copy.label.fetched_at >= CONFIRMED:
                pen = await asyncio.to_thread(DeltaWriter, self._path)
            else:
                self._label = label
                return
        if pen is None:
            raise CentralAway("unusable_answer")
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
        log.warning("the snapshot %s is dropped and fetched anew: %s", self._path, damage)
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
