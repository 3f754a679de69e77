"""Reads rows out of a journal's damaged file and log, each proved by its own hash; trusts no index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.journal.file import MARKS
from kiosk.journal.integrity_checks import chain, digest, page_said
from kiosk.journal.model import State
from kiosk.journal.sqlite_pages import Pages, Value
from kiosk.journal.wal import PAGES, page_size

ID = 36
"""Letters of a journal's id."""
FIXED = 15
"""Values of a row before its marks, its number left out."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A row whose envelope and body are what was written. What became of it (`state` and on) no hash covers."""

    seq: int
    id: str
    boot: str
    mono_ns: int
    at: str
    trust: str
    kind: str
    no_block: bool
    body: str | None
    body_hash: str
    state: State
    answer: str | None
    reason: str | None
    closed_at: str | None
    marks: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What can be read of a damaged journal."""

    journal: str
    """Its id; empty where it cannot be read."""
    rows: tuple[Salvaged, ...]
    """Oldest first. Where a number is missing between two, nothing of that row can be read."""
    brought: Mapping[int, tuple[str, int]]
    """Where those came from that had been rescued before, as `file.brought`."""


def salvage(file: Path, log: Path) -> Found:
    """All rows that can still be proved, each as it was last. Raises OSError where a file may not be read at all."""
    journal = ""
    rows: dict[int, Salvaged] = {}
    brought: dict[int, tuple[str, int]] = {}
    for seq, values in _pages(file, log).cells():
        if (row := _row(seq, values)) is not None:
            rows[seq] = _newer(rows.get(seq), row)
            continue
        match values:
            case [int(), str(kiosk), int()] if len(kiosk) == ID:
                journal = kiosk
            case [None, str(before), int(number)] if len(before) in (0, ID):
                brought[seq] = before, number
            case _:
                pass
    return Found(journal, tuple(rows[seq] for seq in sorted(rows)), brought)


def _newer(old: Salvaged | None, new: Salvaged) -> Salvaged:
    """A promise is never taken back, and the row that a cut left half-written never stands for the one after it."""
    if old is None:
        return new
    return replace(new, no_block=old.no_block or new.no_block) if old.id == new.id else old


def _pages(file: Path, log: Path) -> Pages:
    """Of the size that the heads say; where both are silent or each says another, that by which most can be read."""
    with file.open("rb") as head:
        said = {page_said(head.read(100)), page_size(log)}
    known = [size for size in PAGES if size in said]
    if len(known) == 1:
        return Pages(file, log, known[0])
    return max((Pages(file, log, size) for size in PAGES), key=Pages.readable)


def _row(seq: int, values: list[Value]) -> Salvaged | None:
    """None where it is no row of ours, or not as it was written."""
    match values[: FIXED + 1]:
        case [
            None, str(id), str(boot), int(mono_ns), str(at), str(trust), str(kind), no_block,
            (str() | None) as body, str(body_hash), str(prev), str(own), state,
            (str() | None) as answer, (str() | None) as reason, (str() | None) as closed_at,
        ]:  # fmt: skip
            pass
        case _:
            return None
    marks = tuple(mark if isinstance(mark, str) else None for mark in values[FIXED + 1 :])
    marks += (None,) * (len(MARKS) - len(marks))
    if body is not None and digest(body, marks) != body_hash:
        return None
    if own != chain(prev, (seq, id, boot, mono_ns, at, trust, kind), body_hash):
        return None
    known = next((each for each in State if each == state), State.QUEUED)
    if body is None and known is State.QUEUED:  # only what was answered is ever erased
        known = State.ACCEPTED
    became = (None, None, None) if known is State.QUEUED else (answer, reason, closed_at)
    return Salvaged(
        *(seq, id, boot, mono_ns, at, trust, kind, no_block != 0),
        *(body, body_hash, known, *became, marks),
    )
