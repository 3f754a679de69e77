"""Store exceptions for staff at SIP2 kiosks, encrypted with the device's key.

Also store the transaction ids of each printed receipt code, so that staff find their exceptions by the code.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from kiosk.sync.sip2.device_keys import DeviceKeys
from lending import atomic_file
from lending.sealing import SealBroken
from lending.transactions import ClockTrust, TransactionId

Stamp = tuple[int, int, int]
"""mtime, inode and size: file times have a coarse resolution, so two versions may share one."""
log = logging.getLogger(__name__)
MOST_BYTES = 512 * 1024
"""Size at which the older half of the receipts is dropped: some 2,000 receipts."""


class ExceptionKind(StrEnum):
    """Why staff must see a transaction."""

    REFUSED = "refused"
    """Promised to a patron, and refused by the ILS."""
    DUE = "due"
    """Done, but due earlier than the patron was promised."""
    FEE = "fee"
    """Done for a higher fee than the patron agreed to."""
    UNTOLD = "untold"
    """Done, but the patron left before seeing it."""
    TAG = "tag"
    """The RFID tags of the item need a look; `reason` is the finding."""
    RETURN = "return"
    """Returned, and held back from the ILS until staff have seen it."""


@dataclass(frozen=True, slots=True)
class StoredException:
    """A transaction that staff must see, as stored at the kiosk."""

    id: TransactionId
    kind: ExceptionKind
    at: datetime
    """When the transaction was made."""
    act: str
    item: str
    number: str = ""
    """The patron's card number; empty if no card was used."""
    promised: datetime | None = None
    given: datetime | None = None
    """The due date that the ILS has instead."""
    reason: str = ""
    confirmed: bool = False
    """Staff have seen the returned item."""
    due: datetime | None = None
    """Due date in the ILS of the loan that a return ends; None if unknown."""
    trust: ClockTrust = ClockTrust.UNKNOWN
    boot: str = ""
    mono_ns: int = 0
    """Monotonic clock of the row, with which a companion hub computes when a return was made."""
    is_reported: bool = False
    """The companion hub has it: staff find it on the hub's page."""

    def may_end(self, due: datetime | None) -> bool:
        """Return whether a loan with that due date may be the returned one; an unknown date may be any."""
        return self.due is None or due is None or self.due == due


@dataclass(frozen=True, slots=True)
class _Read:
    """The parsed file: all lines, None for unreadable ones, and two indexes."""

    lines: Mapping[bytes, StoredException | None]
    by_id: Mapping[str, StoredException]
    held: Mapping[str, StoredException]


class ExceptionStore:
    """File that the kiosk and the staff command change in turn. Unreadable lines are preserved.

    A line is decrypted once and a new one is appended, so a long file slows down no transaction.
    """

    def __init__(self, folder: Path, seal: DeviceKeys) -> None:
        self._path = folder / "cases"
        self._lock = folder / "cases.lock"
        self._seal = seal
        self._stamp: Stamp | None = None
        self._last = _Read({}, {}, {})

    @property
    def stored_exceptions(self) -> Sequence[StoredException]:
        """All exceptions, oldest first."""
        return tuple(self._now().by_id.values())

    @property
    def urgent(self) -> Sequence[StoredException]:
        """All but returns, which staff check in with the returned items at hand."""
        return [each for each in self.stored_exceptions if each.kind is not ExceptionKind.RETURN]

    def find(self, of: TransactionId) -> StoredException | None:
        return self._now().by_id.get(of)

    def pending_return(self, item: str) -> StoredException | None:
        """Return the unchecked return of this item; the last if there are several."""
        return self._now().held.get(item)

    def note(self, case: StoredException) -> None:
        """Write an exception to disk before returning; one with the same id is replaced. Raises OSError."""
        with atomic_file.alone(self._lock):
            if case.id in self._now().by_id:
                self._write(lambda known: [each for each in known if each.id != case.id] + [case])
            else:
                atomic_file.append(self._path, self._encrypt(case))

    def mark_told(self, ids: Collection[str]) -> None:
        """Mark exceptions that the companion hub has. Raises OSError."""
        self._change(lambda known: [replace(each, is_reported=True) if each.id in ids else each for each in known])

    def settle(self, ids: Collection[str]) -> None:
        """Remove exceptions that staff have resolved. Raises OSError."""
        self._change(lambda known: [each for each in known if each.id not in ids])

    def confirm(self, items: Collection[str]) -> None:
        """Mark returned items that staff have at hand. Raises OSError."""
        self._change(
            lambda known: [
                replace(each, confirmed=True) if each.kind is ExceptionKind.RETURN and each.item in items else each
                for each in known
            ]
        )

    def _change(self, change: Callable[[Sequence[StoredException]], Sequence[StoredException]]) -> None:
        with atomic_file.alone(self._lock):
            self._write(change)

    def _write(self, change: Callable[[Sequence[StoredException]], Sequence[StoredException]]) -> None:
        read = self._now()
        line_of = {case: line for line, case in read.lines.items() if case}
        unreadable = [line for line, case in read.lines.items() if case is None]
        kept = change(tuple(read.by_id.values()))
        lines = unreadable + [line_of.get(each) or self._encrypt(each) for each in kept]
        atomic_file.write(self._path, b"".join(line + b"\n" for line in lines))

    def _now(self) -> _Read:
        """Return the current content; the file is parsed only if it has changed."""
        try:
            found = self._path.stat()
        except OSError:
            return _Read({}, {}, {})
        stamp = found.st_mtime_ns, found.st_ino, found.st_size
        if self._stamp != stamp:
            before = self._last.lines
            lines = {line: before[line] if line in before else self._decrypt(line) for line in self._lines()}
            cases = [case for case in lines.values() if case]
            held = {case.item: case for case in cases if case.kind is ExceptionKind.RETURN}
            self._stamp, self._last = stamp, _Read(lines, {case.id: case for case in cases}, held)
        return self._last

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self._path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []

    def _encrypt(self, case: StoredException) -> bytes:
        return self._seal.close(json.dumps(asdict(case), default=str)).encode()

    def _decrypt(self, line: bytes) -> StoredException | None:
        try:
            facts = json.loads(self._seal.open(line.decode("ascii")))
            days = {name: _moment(facts.get(name)) for name in ("promised", "given", "due")}
            words = {"kind": ExceptionKind(facts["kind"]), "trust": ClockTrust(facts.get("trust", ClockTrust.UNKNOWN))}
            return StoredException(**{**facts, **days, **words, "at": datetime.fromisoformat(facts["at"])})
        except (SealBroken, ValueError, KeyError, TypeError):
            return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


class Receipts:
    """A file of one line per receipt, oldest first."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "receipts"

    def keep(self, code: str, transactions: Sequence[TransactionId]) -> None:
        """Append a receipt. If the disk fails, the error is logged and the code cannot be looked up."""
        try:
            atomic_file.append(self._path, json.dumps([code, *transactions]).encode())
            if self._path.stat().st_size > MOST_BYTES:
                lines = self._path.read_bytes().splitlines(keepends=True)
                atomic_file.write(self._path, b"".join(lines[len(lines) // 2 :]))
        except OSError as error:
            log.error("Cannot write %s: %s. Staff cannot find this receipt by its code.", self._path, error.strerror)

    def find(self, code: str) -> Collection[TransactionId]:
        """Return the transactions of every receipt with that code; empty if there is none."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        found = [json.loads(line) for line in lines if line.startswith(f'["{code}"') and line.endswith("]")]
        return {TransactionId(each) for _, *ids in found for each in ids}
