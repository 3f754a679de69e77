"""Read rows from a journal's damaged file and log, each verified by its own hash, without any index."""

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
"""Characters of a journal id."""
FIXED = 15
"""Number of values of a row before its marks, without its number."""


@dataclass(frozen=True, slots=True)
class SalvagedRow:
    """A row whose envelope, body and marks were verified.

    No hash covers `no_block`, `state`, `answer`, `reason` and `closed_at`.
    """

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
class RecoveredContent:
    """The readable content of a damaged journal."""

    journal: str
    """Id of the journal; empty if unreadable."""
    rows: tuple[SalvagedRow, ...]
    """Oldest first; a gap in the numbers is an unreadable row."""
    brought: Mapping[int, tuple[str, int]]
    """Origin of rows rescued before, as `file.brought`."""


def salvage(file: Path, log: Path) -> RecoveredContent:
    """Return all verified rows, each in its latest state. Raise OSError if a file may not be read at all."""
    journal = ""
    rows: dict[int, SalvagedRow] = {}
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
    return RecoveredContent(journal, tuple(rows[seq] for seq in sorted(rows)), brought)


def _newer(old: SalvagedRow | None, new: SalvagedRow) -> SalvagedRow:
    """Merge two versions of a row: a promise stays; of two rows with one number (power cut), keep the first."""
    if old is None:
        return new
    return replace(new, no_block=old.no_block or new.no_block) if old.id == new.id else old


def _pages(file: Path, log: Path) -> Pages:
    """Use the page size in the headers; if they are missing or differ, the size that yields most records."""
    with file.open("rb") as head:
        said = {page_said(head.read(100)), page_size(log)}
    known = [size for size in PAGES if size in said]
    if len(known) == 1:
        return Pages(file, log, known[0])
    return max((Pages(file, log, size) for size in PAGES), key=Pages.readable)


def _row(seq: int, values: list[Value]) -> SalvagedRow | None:
    """Verify a record; None if it is not one of our rows or was modified."""
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
    if body is None and known is State.QUEUED:  # only closed rows are ever erased
        known = State.ACCEPTED
    became = (None, None, None) if known is State.QUEUED else (answer, reason, closed_at)
    return SalvagedRow(
        *(seq, id, boot, mono_ns, at, trust, kind, no_block != 0),
        *(body, body_hash, known, *became, marks),
    )
