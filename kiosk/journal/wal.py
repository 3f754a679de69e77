"""Reads the journal's write-ahead log frame by frame and tells whether more than a power cut has hit it."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGES = (2048, 4096)
"""Of a page: a journal that is made now has the first, an older one keeps what it has."""
CHUNK = 1024 * 1024
HEADER, FRAME = 32, 24
"""Bytes before the first frame, and before each page. https://sqlite.org/fileformat2.html#the_write_ahead_log"""
MAGIC = {b"\x37\x7f\x06\x82": "<", b"\x37\x7f\x06\x83": ">"}
"""How a log begins, and the order of bytes in the words that its sums are over."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A page of the log. `sums` are said to be over all that comes before it, and itself."""

    page: bytes
    summed: bytes
    salts: bytes
    sums: tuple[int, int]
    commit: bool
    """It ends a transaction."""

    @property
    def number(self) -> int:
        """Of the page in the file, from 1."""
        return int.from_bytes(self.summed[:4], "big")


def page_size(log: Path) -> int | None:
    """What the head of the log says; None where it cannot be believed. Raises OSError where it may not be read."""
    try:
        with log.open("rb", buffering=0) as file:
            head = _read(file.fileno(), HEADER, 0)
    except FileNotFoundError:
        return None
    said = int.from_bytes(head[8:12], "big")
    return said if _is_whole(head) and said in PAGES else None


def frames(log: Path, page: int) -> Sequence[Frame]:
    """The whole frames of the log's newest generation, as they lie there; none where there is no log.

    `page` is the size of its pages. Raises OSError where it may not be read.
    """
    try:
        with log.open("rb", buffering=0) as file:
            head = _read(file.fileno(), HEADER, 0)
            size = os.fstat(file.fileno()).st_size
            places = range(HEADER, size - FRAME - page + 1, FRAME + page)
            found = [_frame(_read(file.fileno(), FRAME + page, place)) for place in places]
    except FileNotFoundError:
        return []
    salts = head[16:24] if _is_whole(head) or not found else found[0].salts
    return [frame for frame in found if frame.salts == salts]


def write_again(log: Path) -> None:
    """Brings to the disk what a failed sync has left in memory alone: no later one does, unless it is written again.

    Whoever wrote behind it without that would leave a hole. Nobody else may write meanwhile. Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError), log.open("r+b", buffering=0) as file:
        handle, at = file.fileno(), 0
        while some := os.pread(handle, CHUNK, at):
            os.lseek(handle, at, os.SEEK_SET)
            at += os.write(handle, some)
        os.fsync(handle)


def _is_whole(head: bytes) -> bool:
    words = MAGIC.get(head[:4])
    return words is not None and _sum(head[:24], (0, 0), words) == struct.unpack(">2I", head[24:HEADER])


def _read(handle: int, size: int, offset: int) -> bytes:
    """What the disk will not give up is read as zeros."""
    try:
        return os.pread(handle, size, offset).ljust(size, b"\0")
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return bytes(size)


def _frame(raw: bytes) -> Frame:
    _, size, _, _, *sums = struct.unpack(">6I", raw[:FRAME])
    return Frame(raw[FRAME:], raw[:8] + raw[FRAME:], raw[8:16], (sums[0], sums[1]), size != 0)


def until_last_commit(log: Sequence[Frame]) -> Sequence[Frame]:
    last = max((number for number, frame in enumerate(log, 1) if frame.commit), default=0)
    return log[:last]


def proved(log: Sequence[Frame]) -> int:
    """How many frames there are up to the last that follows from the one before.

    The power may have gone while the last was written: then a new head stands over what lay there before.
    """
    whole = len(log)
    while whole > 1 and not _follows(log[whole - 2], log[whole - 1]):
        whole -= 1
    return whole


def lost_commits(log: Path, taken: int, page: int) -> int:
    """How many transactions stand unbroken one behind another in the log after the `taken` frames that SQLite takes.

    A power cut may leave one: that which was just being written. Two say that something before them is damaged, for
    the second was begun when the first was on disk. Raises OSError.
    """
    rest = frames(log, page)[taken:]
    most = run = int(bool(rest) and rest[0].commit)
    for before, frame in itertools.pairwise(rest):
        run = run * _follows(before, frame) + frame.commit
        most = max(most, run)
    return most


def _follows(before: Frame, frame: Frame) -> bool:
    """Whether the sums go on from those of the frame before: both lie there as they were written together."""
    return any(_sum(frame.summed, before.sums, words) == frame.sums for words in MAGIC.values())


def _sum(data: bytes, sums: tuple[int, int], words: str) -> tuple[int, int]:
    """https://sqlite.org/fileformat2.html#checksum_algorithm"""
    first, second = sums
    values = struct.unpack(f"{words}{len(data) // 4}I", data)
    for one, two in zip(values[::2], values[1::2], strict=True):
        first = first + one + second & 0xFFFFFFFF
        second = second + two + first & 0xFFFFFFFF
    return first, second
