"""What staff have to see to where no hub keeps an exception desk; sealed to the device, and told to staff alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from kiosk.domain.transactions import TransactionId
from kiosk.sync import durable
from kiosk.sync.sealing import SealBroken
from kiosk.sync.sip2.keys import DeviceKeys


class Kind(StrEnum):
    REFUSED = "refused"
    """Promised to a patron, and the library's system does not do it."""
    DUE = "due"
    """Done, but until another day than the patron was told."""
    UNTOLD = "untold"
    """Done, and nobody is there any more to hear of it."""
    RETURN = "return"
    """Handed in, and held back from the system until staff have seen it."""


@dataclass(frozen=True, slots=True)
class Case:
    id: TransactionId
    kind: Kind
    at: datetime
    """When it was agreed."""
    act: str
    item: str
    number: str = ""
    """The patron's; empty where no card was shown."""
    promised: datetime | None = None
    given: datetime | None = None
    """The day that the system has instead."""
    reason: str = ""
    confirmed: bool = False
    """Staff have seen the returned item."""


Stamp = tuple[int, int, int]
"""When a file was written, which one it is, how long: a disk tells time in steps, and two files may share one."""


class Cases:
    """A file that the kiosk and staff's command change in turn. A line that cannot be read is left where it is."""

    def __init__(self, folder: Path, seal: DeviceKeys) -> None:
        self._path = folder / "cases"
        self._lock = folder / "cases.lock"
        self._seal = seal
        self._read: tuple[Stamp | None, Sequence[Case]] = (None, ())

    @property
    def all(self) -> Sequence[Case]:
        """Oldest first."""
        try:
            found = self._path.stat()
        except OSError:
            return ()
        stamp = found.st_mtime_ns, found.st_ino, found.st_size
        if self._read[0] != stamp:
            self._read = stamp, self._known(self._lines())
        return self._read[1]

    @property
    def urgent(self) -> Sequence[Case]:
        """All but returns, which staff see to by the books that lie there."""
        return [each for each in self.all if each.kind is not Kind.RETURN]

    def held(self, item: str) -> Case | None:
        """The return of it that staff have still to see."""
        return next((each for each in self.all if each.kind is Kind.RETURN and each.item == item), None)

    def note(self, case: Case) -> None:
        """On disk when it returns; one that is known already is written anew. Raises OSError."""
        self._change(lambda known: [each for each in known if each.id != case.id] + [case])

    def settle(self, ids: Collection[str]) -> None:
        """Staff have seen to these. Raises OSError."""
        self._change(lambda known: [each for each in known if each.id not in ids])

    def confirm(self, items: Collection[str]) -> None:
        """Staff have these returned items in their hands. Raises OSError."""
        self._change(
            lambda known: [
                replace(each, confirmed=True) if each.kind is Kind.RETURN and each.item in items else each
                for each in known
            ]
        )

    def _change(self, change: Callable[[Sequence[Case]], Sequence[Case]]) -> None:
        with durable.alone(self._lock):
            found = self._lines()
            strange = [line for line in found if self._opened(line) is None]
            lines = strange + [self._closed(each) for each in change(self._known(found))]
            durable.write(self._path, b"".join(line + b"\n" for line in lines))

    def _lines(self) -> list[bytes]:
        try:
            return [line for line in self._path.read_bytes().split(b"\n") if line]
        except FileNotFoundError:
            return []

    def _known(self, lines: Sequence[bytes]) -> list[Case]:
        return [case for case in map(self._opened, lines) if case]

    def _closed(self, case: Case) -> bytes:
        return self._seal.close(json.dumps(asdict(case), default=str)).encode()

    def _opened(self, line: bytes) -> Case | None:
        try:
            facts = json.loads(self._seal.open(line.decode("ascii")))
            days = {name: _moment(facts[name]) for name in ("promised", "given")}
            return Case(**{**facts, **days, "kind": Kind(facts["kind"]), "at": datetime.fromisoformat(facts["at"])})
        except (SealBroken, ValueError, KeyError, TypeError):
            return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
