"""Keep on disk which items' security may disagree with their loans, until it agrees or staff have a report.

An item enters the ledger before the first of its two steps: row and switch. What a power cut leaves in it is reported
when the kiosk starts again.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

from kiosk.central import Accepted, Outcome, Refused
from kiosk.desk.effects import Deliver, SwitchSecurity
from kiosk.events import SecuritySwitched, Settled, SwitchResult
from kiosk.journal.errors import JournalFailed, unusable
from lending import atomic_file
from lending.model import ItemId, Reason
from lending.transactions import Checkin, Checkout, TagFinding, TagReport, Undo

log = logging.getLogger(__name__)
ADDED, REMOVED, END = "+", "-", ";"
LINE = re.compile(r"^([+-])([0-9A-Za-z.+/$ -]{1,64});$", re.MULTILINE)
"""Mark and item number, as the wire limits it."""
BEFORE_START = -1
"""Visit of what an earlier process left in the store."""


class TagStore(Protocol):
    """Keeps items over a power cut."""

    def items(self) -> Sequence[ItemId]: ...

    async def add(self, item: ItemId) -> None:
        """Return once it is on disk. Raises JournalFailed."""
        ...

    async def remove(self, item: ItemId) -> None:
        """Raises JournalFailed."""
        ...


class InMemoryTagStore:
    """Store for demos without a disk."""

    def __init__(self) -> None:
        self._items: dict[ItemId, None] = {}

    def items(self) -> Sequence[ItemId]:
        return tuple(self._items)

    async def add(self, item: ItemId) -> None:
        self._items[item] = None

    async def remove(self, item: ItemId) -> None:
        self._items.pop(item, None)


class TagFile:
    """A line for each item that is added or removed; the file is deleted whenever nothing is open.

    A line that a power cut left incomplete counts for nothing: its `add` had not returned.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tags"
        self._lock = Lock()

    def items(self) -> Sequence[ItemId]:
        found: dict[ItemId, None] = {}
        try:
            text = self._path.read_bytes().decode("ascii", errors="replace")
        except FileNotFoundError:
            return ()
        except OSError as error:
            log.error("Cannot read %s: %s. Staff are not asked to check its items.", self._path, error.strerror)
            return ()
        for mark, item in LINE.findall(text):
            if mark == ADDED:
                found[ItemId(item)] = None
            else:
                found.pop(ItemId(item), None)
        return tuple(found)

    async def add(self, item: ItemId) -> None:
        await asyncio.to_thread(self._add, item)

    async def remove(self, item: ItemId) -> None:
        await asyncio.to_thread(self._remove, item)

    def _add(self, item: ItemId) -> None:
        with self._lock, self._faults():
            atomic_file.append(self._path, f"{ADDED}{item}{END}".encode())

    def _remove(self, item: ItemId) -> None:
        with self._lock, self._faults():
            atomic_file.append(self._path, f"{REMOVED}{item}{END}".encode())
            if not self.items():
                self._path.unlink()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unusable(self._path, error) from error


@dataclass(slots=True)
class _Entry:
    visit: int
    finding: TagFinding = TagFinding.UNCERTAIN
    """What is reported if nothing else happens."""


class TagLedger:
    """Follows the tasks that switch security, and reports what a visit left undone."""

    def __init__(self, store: TagStore, deliver: Callable[[TagReport], Awaitable[object]]) -> None:
        self._store = store
        self._deliver = deliver
        self._entries = {each: _Entry(BEFORE_START) for each in store.items()}
        self._running: Counter[ItemId] = Counter()
        self._reporting = asyncio.Lock()

    @property
    def findings(self) -> Mapping[ItemId, TagFinding]:
        """What would be reported about each open item."""
        return {item: each.finding for item, each in self._entries.items()}

    async def begin(self, visit: int, task: Deliver | SwitchSecurity) -> None:
        """Call before a task is carried out.

        Raises:
            JournalFailed: The task must not be carried out, because a power cut could leave the item unreported.
        """
        self._running[task.item] += 1
        if isinstance(task, SwitchSecurity) or task.on_pad:
            if task.item not in self._entries:
                await self._store.add(task.item)
            self._entries[task.item] = _Entry(visit)

    async def end(self, task: Deliver | SwitchSecurity, answer: Settled | SecuritySwitched | None) -> None:
        """Call after a task with its answer; None if it was not carried out."""
        self._running[task.item] -= 1
        entry = self._entries.get(task.item)
        if entry is None:
            return
        match task, answer:
            case SwitchSecurity(), SecuritySwitched(result=SwitchResult.DONE):
                entry.finding = TagFinding.UNCERTAIN
                agrees = task.is_last
            case SwitchSecurity(), _:
                entry.finding = TagFinding.SILENT if task.secured and task.is_last else TagFinding.RINGS
                agrees = False
            case Deliver(act=Checkout()), Settled(outcome=Accepted(keeps_security=True)):
                agrees = True
            case Deliver(act=Checkout()), Settled(outcome=outcome) if not isinstance(outcome, Refused):
                entry.finding = TagFinding.RINGS
                agrees = False
            case Deliver(act=Checkin()), Settled(outcome=outcome) if _is_returned(outcome):
                agrees = entry.finding is TagFinding.UNCERTAIN
                entry.finding = TagFinding.SILENT
            case Deliver(act=Undo()), Settled(outcome=outcome) if not isinstance(outcome, Refused):
                agrees = True
            case Deliver(act=Checkin() | Undo()), _:
                entry.finding = TagFinding.RINGS
                agrees = False
            case _:
                agrees = True  # a loan that was refused, or is not written
        if agrees:
            await self._remove(task.item)

    async def report(self, visit: int) -> None:
        """Report the items of all visits but this one that no task is working on."""
        async with self._reporting:
            for item, entry in tuple(self._entries.items()):
                if entry.visit == visit or self._running[item]:
                    continue
                try:
                    await self._deliver(TagReport(item, entry.finding))
                except JournalFailed as failure:
                    log.error("A finding about a tag is not reported yet: %s", failure)
                    return
                if self._entries.get(item) is entry:
                    await self._remove(item)

    async def _remove(self, item: ItemId) -> None:
        del self._entries[item]
        try:
            await self._store.remove(item)
        except JournalFailed as failure:
            log.error("Staff will be asked to check a tag that is in order: %s", failure)


def _is_returned(outcome: Outcome) -> bool:
    """Return whether the item is not on loan any more."""
    return not isinstance(outcome, Refused) or outcome.block.reason is Reason.NOT_ON_LOAN
