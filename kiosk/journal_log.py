"""Reads the journal's write-ahead log frame by frame and tells whether more than a power cut has hit it."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = 4096
"""What SQLite gives every journal."""
HEADER, FRAME = 32, 24
"""Bytes before the first frame, and before each page. https://sqlite.org/fileformat2.html#the_write_ahead_log"""
BIG_ENDIAN = 0x377F0683
"""Sums are over big-endian words where the log begins with this."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of the log. `sums` are said to be over all that comes before it, and itself."""

    page: bytes
    summed: bytes
    salts: bytes
    sums: tuple[int, int]
    commit: bool
    """It ends a transaction."""


def frames(log: Path) -> Sequence[Frame]:
    """The whole frames of the log's newest generation, as they lie there; none where there is no log.

    Raises OSError where it may not be read.
    """
    try:
        with log.open("rb", buffering=0) as file:
            head, raw = file.read(HEADER), []
            while len(frame := file.read(FRAME + PAGE)) == FRAME + PAGE:
                raw.append(frame)
    except FileNotFoundError:
        return []
    found = [_frame(each) for each in raw]
    salts = {head[16:24], *(frame.salts for frame in found[:1])}
    return list(itertools.takewhile(lambda frame: frame.salts in salts, found))


def _frame(raw: bytes) -> Frame:
    _, size, _, _, *sums = struct.unpack(">6I", raw[:FRAME])
    return Frame(raw[FRAME:], raw[:8] + raw[FRAME:], raw[8:16], (sums[0], sums[1]), size != 0)


def until_last_commit(log: Sequence[Frame]) -> Sequence[Frame]:
    last = max((number for number, frame in enumerate(log, 1) if frame.commit), default=0)
    return log[:last]


def lost_commits(log: Path, taken: int) -> int:
    """How many transactions stand unbroken one behind another in the log after the `taken` frames that SQLite takes.

    A power cut may leave one: that which was just being written. Two say that something before them is damaged, for
    the second was begun when the first was on disk. Raises OSError.
    """
    rest = frames(log)[taken:]
    words = _words(log)
    most = run = int(bool(rest) and rest[0].commit)
    for before, frame in itertools.pairwise(rest):
        run = run * _follows(before, frame, words) + frame.commit
        most = max(most, run)
    return most


def _words(log: Path) -> str:
    try:
        with log.open("rb") as file:
            return ">" if int.from_bytes(file.read(4), "big") == BIG_ENDIAN else "<"
    except FileNotFoundError:
        return "<"


def _follows(before: Frame, frame: Frame, words: str) -> bool:
    """Whether the sums go on from those of the frame before: both lie there as they were written together."""
    first, second = before.sums
    values = struct.unpack(f"{words}{len(frame.summed) // 4}I", frame.summed)
    for one, two in zip(values[::2], values[1::2], strict=True):
        first = first + one + second & 0xFFFFFFFF
        second = second + two + first & 0xFFFFFFFF
    return (first, second) == frame.sums
