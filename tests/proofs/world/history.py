"""The events of one world in order, as JSON lines; one seed writes the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class End(StrEnum):
    """What a patron knows about an act of theirs."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Op:
    """One act: an item, and what the patron was shown at the end."""

    number: int
    kiosk: int
    patron: int
    kind: str
    item: str
    began: float
    ended: float = 0.0
    end: End | None = None
    id: str = ""
    """The transaction that the screen named; empty if none."""
    confirmed: bool = False
    """The screen said done, not only saved."""
    of: str = ""
    """The transaction that an undo reverses."""


@dataclass(slots=True)
class Written:
    """A row that a kiosk began to write. After a power cut it may not be there."""

    id: str
    kiosk: int
    seq: int
    kind: str
    item: str
    card: str
    of: str
    at: float
    trust: str
    cut: bool = False
    """The power failed before any caller could learn that it is written."""
    heard: str = ""
    """Result for the caller: accepted, deferred or refused; empty if the patron saw nothing."""
    promised: bool = False
    """Marked no-block, on disk."""
    answered: float | None = None
    """Time at which its first answer was written."""
    closed: float | None = None
    """Time at which its last answer was written."""
    dated: bool = True
    """Dated by a clock that was not restored from disk: a restored one is trusted, and is behind."""


@dataclass
class History:
    """Lines for readers, and the same facts for the checker."""

    now: Callable[[], float]
    lines: list[str] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)
    rows: dict[str, Written] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    """Rows that could not be sent again to a hub that had lost them, and when their kiosk learned of the loss."""
    discarded: set[str] = field(default_factory=set)
    """Rows on a card when it was overwritten with an older image."""
    copied: set[int] = field(default_factory=set)
    """Kiosks, by the hub's number, whose row numbers were used twice."""
    resent: dict[int, int] = field(default_factory=dict)
    """By kiosk: the first row that may have been sent again to a restored hub."""

    def note(self, what: str, kiosk: int | None = None, **facts: Any) -> None:
        line: dict[str, Any] = {"t": round(self.now(), 6), "what": what}
        if kiosk is not None:
            line["kiosk"] = kiosk
        self.lines.append(json.dumps(line | facts, ensure_ascii=False, separators=(",", ":")))

    def invoke(self, kiosk: int, patron: int, kind: str, item: str) -> Op:
        op = Op(len(self.ops), kiosk, patron, kind, item, self.now())
        self.ops.append(op)
        self.note("invoke", kiosk, op=op.number, patron=patron, kind=kind, item=item)
        return op

    def ends(self, op: Op, end: End, of: str = "", confirmed: bool = False) -> None:
        if op.end is not None:
            return
        op.end, op.id, op.confirmed, op.ended = end, of, confirmed, self.now()
        self.note(str(end), op.kiosk, op=op.number, kind=op.kind, item=op.item, id=of, confirmed=confirmed)

    def row(self, kiosk: int, seq: int) -> str:
        """Return the id of a kiosk's row."""
        return next(row.id for row in reversed(self.rows.values()) if (row.kiosk, row.seq) == (kiosk, seq))

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"
