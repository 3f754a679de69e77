"""Read rows from a journal's damaged file and log, each verified by its own hash, without any index."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.journal.file import MARKS
from kiosk.journal.integrity_checks import MAGIC, chain, digest, page_said
from kiosk.journal.model import State
from kiosk.journal.wal import PAGES, count_verified, frames, page_size, until_last_commit

ID = 36
"""Characters of a journal id."""
FIXED = 15
"""Number of values of a row before its marks, without its number."""
POINTERS = 8
"""Offset of the cell pointers in a leaf page. https://sqlite.org/fileformat2.html#b_tree_pages"""
LEAF, OTHERS = 0x0D, (0x02, 0x05, 0x0A)
MOST_HEAD = 60
"""Maximum bytes of a record header of ours."""
MOST_RECORD = 64 * 1024
"""Maximum bytes of a record of ours."""
SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value by serial type. https://sqlite.org/fileformat2.html#record_format"""
Value = int | str | bytes | None
Cell = tuple[int, list[Value]]
"""Row number and values of a record."""


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


class Pages:
    """The readable pages of the file, followed by those of the log in the order written."""

    def __init__(self, file: Path, log: Path, size: int) -> None:
        """Raise OSError if a file may not be read at all."""
        self._file = file
        self._size = size
        whole = until_last_commit(frames(log, size))
        self._doubtful, self._frames = whole[count_verified(whole) :], whole[: count_verified(whole)]
        self._newest = {frame.number: frame.page for frame in (*self._doubtful, *self._frames)}

    def cells(self) -> Iterator[Cell]:
        """Yield all records; on a page with damaged cell pointers, try every offset."""
        for page in self._every_page():
            if not page or page[0] in OTHERS or page.startswith(MAGIC):
                continue
            if (listed := self._leaf_records(page)) is not None:
                yield from listed
                continue
            for place in range(POINTERS, len(page)):
                yield from self._cell(page, place)

    def readable(self) -> int:
        """Return the number of records listed by undamaged cell pointers."""
        return sum(len(self._leaf_records(page) or ()) for page in self._every_page())

    def _every_page(self) -> Iterator[bytes]:
        """Yield all pages but the file's first, which has no rows; possibly outdated log pages come first."""
        for frame in self._doubtful:
            yield frame.page
        for number in range(2, -(-self._file.stat().st_size // self._size) + 1):
            yield self._read(number)
        for frame in self._frames:
            yield frame.page

    def _read(self, number: int) -> bytes:
        """Read a page; empty if the disk reports an error."""
        with self._file.open("rb", buffering=0) as file:
            try:
                return os.pread(file.fileno(), self._size, (number - 1) * self._size)
            except OSError:
                return b""

    def _leaf_records(self, page: bytes) -> list[Cell] | None:
        """Return the records listed by a page's cell pointers; None if damaged, or another kind of page."""
        if not page or page[0] != LEAF:
            return None
        count = min(int.from_bytes(page[3:5], "big"), (len(page) - POINTERS) // 4)
        places = [int.from_bytes(page[at : at + 2], "big") for at in range(POINTERS, POINTERS + 2 * count, 2)]
        found = [list(self._cell(page, place)) for place in places]
        return [cell for each in found for cell in each] if all(found) else None

    def _cell(self, page: bytes, at: int) -> Iterator[Cell]:
        """Yield the record at an offset, if any; two versions if it overflows to pages of which the log has copies."""
        try:
            length, at = _varint(page, at)
            seq, at = _varint(page, at)
            head, _ = _varint(page, at)
        except IndexError:
            return
        if not 0 < head <= min(length, MOST_HEAD) or length > MOST_RECORD:
            return
        here = _local_bytes(length, len(page))
        for rest in self._rest(page[at + here : at + here + 4], length - here):
            try:
                yield seq - (1 << 64) * (seq >> 63), _decode_record(page[at : at + here] + rest, length)
            except (IndexError, ValueError, struct.error):
                continue

    def _rest(self, first: bytes, length: int) -> Iterator[bytes]:
        """Yield the overflow part of a record: with the log's pages, then with the file's own."""
        if length == 0:
            yield b""
            return
        for uses_newest in (True, False) if self._newest else (False,):
            number, found = int.from_bytes(first, "big"), b""
            while len(found) < length and number:
                page = (self._newest.get(number) if uses_newest else None) or self._read(number)
                number, found = int.from_bytes(page[:4], "big"), found + page[4:]
                if len(page) < self._size:
                    break
            yield found[:length]


def _local_bytes(length: int, page: int) -> int:
    """Return the bytes of a record stored on its leaf page.

    Source: https://sqlite.org/fileformat2.html#cell_payload_overflow_pages
    """
    most, least = page - 35, (page - 12) * 32 // 255 - 23
    if length <= most:
        return length
    here = least + (length - least) % (page - 4)
    return here if here <= most else least


def _decode_record(record: bytes, length: int) -> list[Value]:
    """Decode a record. Raise ValueError, IndexError."""
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
        values.append(_decode_value(kind, record[at : at + size]))
        at += size
    if at != length:
        raise ValueError("no record")
    return values


def _decode_value(kind: int, raw: bytes) -> Value:
    """Decode a value. Raise ValueError."""
    if kind >= 12:
        return raw.decode() if kind % 2 else raw
    return {0: None, 8: 0, 9: 1}[kind] if kind in (0, 8, 9) else int.from_bytes(raw, "big", signed=True)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Decode a variable-length integer; return it and the next offset. Raise IndexError."""
    value = 0
    for _ in range(8):
        value, more = value << 7 | data[at] & 0x7F, data[at] & 0x80
        at += 1
        if not more:
            return value, at
    return value << 8 | data[at], at + 1
