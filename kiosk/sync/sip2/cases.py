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


class Cases:
    """A file that the kiosk and staff's command change in turn. A line that cannot be read is left where it is."""

    def __init__(self, folder: Path, seal: DeviceKeys) -> None:
        self._path = folder / "cases"
        self._lock = folder / "cases.lock"
        self._seal = seal
        self._read: tuple[int, Sequence[Case]] = (0, ())

    @property
    def all(self) -> Sequence[Case]:
        """Oldest first."""
        try:
            changed = self._path.stat().st_mtime_ns
        except OSError:
            return ()
        if self._read[0] != changed:
            self._read = changed, [case for case in map(self._opened, self._lines()) if case]
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
            strange = [line for line in self._lines() if self._opened(line) is None]
            lines = strange + [self._seal.close(json.dumps(asdict(each), default=str)) for each in change(self.all)]
            durable.write(self._path, "".join(f"{line}\n" for line in lines).encode())

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _opened(self, line: str) -> Case | None:
        try:
            facts = json.loads(self._seal.open(line))
            days = {name: _moment(facts[name]) for name in ("promised", "given")}
            return Case(**{**facts, **days, "kind": Kind(facts["kind"]), "at": datetime.fromisoformat(facts["at"])})
        except (SealBroken, ValueError, KeyError, TypeError):
            return None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
