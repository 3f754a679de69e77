"""Reads rows out of a journal's damaged file and log, page by page, each proved by its own hash; trusts no index."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.journal.checks import MAGIC, chain, digest, page_said
from kiosk.journal.facts import State
from kiosk.journal.file import MARKS
from kiosk.journal.log import PAGES, frames, page_size, until_last_commit

POINTERS = 8
"""Where in a leaf page the places of its cells stand. https://sqlite.org/fileformat2.html#b_tree_pages"""
LEAF, OTHERS = 0x0D, (0x02, 0x05, 0x0A)
ID = 36
"""Letters of a journal's id."""
MOST_HEAD = 60
"""No record of ours has a longer head."""
FIXED = 15
"""Values of a row before its marks, its number left out."""
SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value by its serial type. https://sqlite.org/fileformat2.html#record_format"""

Value = int | str | bytes | None


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
    for page in _all_pages(file, log, _size(file, log)):
        for seq, values in _cells(page):
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


def _size(file: Path, log: Path) -> int:
    """Of a page, as the heads say; where both are silent or each says another, that by which most can be read."""
    with file.open("rb") as head:
        said = {page_said(head.read(100)), page_size(log)}
    known = [size for size in PAGES if size in said]
    if len(known) == 1:
        return known[0]
    return max(PAGES, key=lambda size: sum(len(_listed(page) or ()) for page in _all_pages(file, log, size)))


def _all_pages(file: Path, log: Path, size: int) -> Iterator[bytes]:
    yield from _pages(file, size)
    for frame in until_last_commit(frames(log, size)):
        yield frame.page


def _pages(file: Path, size: int) -> Iterator[bytes]:
    """All but the first, which has no rows; what the disk will not give up is left out."""
    with file.open("rb", buffering=0) as pages:
        for number in range(1, -(-os.fstat(pages.fileno()).st_size // size)):
            try:
                yield os.pread(pages.fileno(), size, number * size)
            except OSError:
                continue


def _cells(page: bytes) -> Iterator[tuple[int, list[Value]]]:
    """Numbers and values of the rows in a page; where its table of cells is damaged they are looked for everywhere."""
    if not page or page[0] in OTHERS or page.startswith(MAGIC):
        return
    if (listed := _listed(page)) is not None:
        yield from listed
        return
    for place in range(POINTERS, len(page)):
        if (cell := _cell(page, place)) is not None:
            yield cell


def _listed(page: bytes) -> list[tuple[int, list[Value]]] | None:
    """What its table of cells names; None where that is damaged, or it is another kind of page."""
    if not page or page[0] != LEAF:
        return None
    count = min(int.from_bytes(page[3:5], "big"), (len(page) - POINTERS) // 4)
    places = [int.from_bytes(page[at : at + 2], "big") for at in range(POINTERS, POINTERS + 2 * count, 2)]
    found = [cell for place in places if (cell := _cell(page, place)) is not None]
    return found if len(found) == count else None


def _cell(page: bytes, at: int) -> tuple[int, list[Value]] | None:
    """None where no whole record begins there; one that goes on in other pages is none."""
    try:
        length, at = _varint(page, at)
        seq, at = _varint(page, at)
        return seq - (1 << 64) * (seq >> 63), _values(page[at : at + length], length)
    except (IndexError, ValueError, struct.error):
        return None


def _values(record: bytes, length: int) -> list[Value]:
    """Raises ValueError, IndexError."""
    head, at = _varint(record, 0)
    if len(record) != length or not 0 < head <= min(length, MOST_HEAD):
        raise ValueError("no record")
    types: list[int] = []
    while at < head:
        kind, at = _varint(record, at)
        types.append(kind)
    values: list[Value] = []
    for kind in types:
        size = SIZES[kind] if kind < 12 else (kind - 12) // 2
        values.append(_value(kind, record[at : at + size]))
        at += size
    if at != length:
        raise ValueError("no record")
    return values


def _value(kind: int, raw: bytes) -> Value:
    """Raises ValueError."""
    if kind >= 12:
        return raw.decode() if kind % 2 else raw
    return {0: None, 8: 0, 9: 1}[kind] if kind in (0, 8, 9) else int.from_bytes(raw, "big", signed=True)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Raises IndexError."""
    value = 0
    for _ in range(8):
        value, more = value << 7 | data[at] & 0x7F, data[at] & 0x80
        at += 1
        if not more:
            return value, at
    return value << 8 | data[at], at + 1


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
