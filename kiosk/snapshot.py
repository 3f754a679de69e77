"""Keeps a copy of the library's facts for when the central is away; no patron's name is in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from kiosk.clock import Clock
from kiosk.domain.model import CardRef, Item, ItemId, Patron, PatronRef
from kiosk.domain.policy import Policy
from kiosk.health import READY, Condition, Health, PartName, PartState
from kiosk.snapshot_file import Builder, Copy, Label, SnapshotDamaged, SnapshotUnwritable
from kiosk.sync.central import CentralAway
from kiosk.sync.pause import nap
from kiosk.sync.wire import SnapshotPage, policy_from

log = logging.getLogger(__name__)

EVERY = 180.0
"""Seconds between two questions whether there is a new one."""
STALE = timedelta(days=7)
"""Age from which what it says of a card is not believed any more."""
STARTS = 3
"""Times a fetch starts anew when the library changes under it, before it waits for the next turn."""


class SnapshotUnusable(Exception):
    """The central's newest snapshot carries rules by which nothing can be lent; the text says which."""


class Pages(Protocol):
    """Where snapshots come from."""

    async def snapshot_page(self, page: int, etag: str) -> SnapshotPage | None:
        """None when the newest is still the one with that etag. Raises CentralAway."""
        ...


class Courier(Protocol):
    """What the snapshot needs to know of the way to the central."""

    @property
    def online(self) -> bool: ...

    @property
    def watermark(self) -> int: ...

    def missed(self, reason: str) -> None: ...

    def forget(self, seq: int) -> None: ...


class Snapshot:
    """The newest copy. A damaged file is dropped: it is fetched anew."""

    def __init__(self, path: Path, pages: Pages, clock: Clock, health: Health) -> None:
        self._path = path
        self._pages = pages
        self._clock = clock
        self._health = health
        self._wake = asyncio.Event()
        self._copy: Copy | None = None
        self._label: Label | None = None
        self._open()

    @property
    def policy(self) -> Policy | None:
        """The rules by which the desk judges; None until the first copy came."""
        return self._copy.policy if self._copy else None

    @property
    def watermark(self) -> int:
        """Every journal row up to this seq is part of the copy."""
        return self._label.watermark if self._label else 0

    @property
    def fetched_at(self) -> datetime | None:
        """When the central last confirmed the copy, by the kiosk's clock."""
        return self._label.fetched_at if self._label else None

    @property
    def stale(self) -> bool:
        """Nothing that it says of a card may be used for lending; titles, calendar and returns go on."""
        return self._label is None or self._clock.now() - self._label.fetched_at > STALE

    def patron(self, card: CardRef) -> Patron | None:
        """None when the card is unknown here or the copy is stale."""
        try:
            return self._copy.patron(card) if self._copy and not self.stale else None
        except SnapshotDamaged as damage:
            self._drop(damage)
            return None

    def item(self, item: ItemId) -> Item | None:
        try:
            return self._copy.item(item) if self._copy else None
        except SnapshotDamaged as damage:
            self._drop(damage)
            return None

    def held_by(self, patron: PatronRef) -> Sequence[Item]:
        """What stands in the patron's name, handed in or not."""
        try:
            return self._copy.held_by(patron) if self._copy else []
        except SnapshotDamaged as damage:
            self._drop(damage)
            return []

    def refresh_soon(self) -> None:
        """The central is back: it is asked for a new copy now."""
        self._wake.set()

    async def run(self, courier: Courier, every: float = EVERY) -> None:
        """Asks for a new copy every so many seconds and when the central is back. Never returns."""
        while True:
            if courier.online:
                await self._refresh_from(courier)
            else:
                self._report()
            await nap(self._clock, every, self._wake)

    async def _refresh_from(self, courier: Courier) -> None:
        try:
            await self.refresh(courier.watermark)
        except CentralAway as away:
            courier.missed(str(away))
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

    async def refresh(self, watermark: int) -> None:
        """Fetches a new copy where there is one. `watermark`: the seq up to which the central has everything.

        Raises SnapshotUnusable, and keeps the old copy, where the desk could not reckon with the new rules.
        """
        for _ in range(STARTS):
            asked = Label(self._label.etag if self._label else "", self._clock.now(), watermark)
            first = await self._pages.snapshot_page(1, asked.etag)
            if first is None:
                self._label = asked
                return
            if await self._fetch(first, Label(first.etag, asked.fetched_at, watermark)):
                return
        log.info("the library changes faster than its snapshot can be read: next turn")

    async def _fetch(self, first: SnapshotPage, label: Label) -> bool:
        """False when the snapshot changed between two pages."""
        if first.policy is None:
            raise CentralAway("unusable_answer")
        try:
            policy_from(first.policy).check()
        except ValueError as error:
            raise SnapshotUnusable(str(error)) from None
        builder = await asyncio.to_thread(Builder, self._path)
        try:
            await asyncio.to_thread(builder.add, first)
            for number in range(2, first.pages + 1):
                page = await self._pages.snapshot_page(number, "")
                if page is None or page.etag != first.etag:
                    return False
                await asyncio.to_thread(builder.add, page)
            await asyncio.to_thread(builder.finish, label, first.policy)
        finally:
            await asyncio.to_thread(builder.drop)
        self._open()
        return True

    def _open(self) -> None:
        old = self._copy
        try:
            self._copy = Copy(self._path)
            self._label = self._copy.label
        except FileNotFoundError:
            self._copy, self._label = None, None
        except SnapshotDamaged as damage:
            self._drop(damage)
        if old is not None:
            old.close()
        self._report()

    def _drop(self, damage: SnapshotDamaged) -> None:
        log.warning("the snapshot %s is dropped and fetched anew: %s", self._path, damage)
        self._path.unlink(missing_ok=True)
        self._copy, self._label = None, None
        self._report()
        self._wake.set()

    def _report(self) -> None:
        if self._copy is None:
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "missing"))
        elif self.stale:
            self._health.report(PartName.SNAPSHOT, PartState(Condition.FAULTY, "stale"))
        else:
            self._health.report(PartName.SNAPSHOT, READY)
