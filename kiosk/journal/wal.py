"""Read the journal's write-ahead log frame by frame, and detect damage beyond that of a power cut.

Source: https://sqlite.org/fileformat2.html#the_write_ahead_log
"""

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
"""Valid page sizes in bytes: new journals use the first, older ones keep theirs."""
CHUNK = 1024 * 1024
HEADER, FRAME = 32, 24
"""Bytes of the log header, and of a frame header."""
MAGIC = {b"\x37\x7f\x06\x82": "<", b"\x37\x7f\x06\x83": ">"}
"""First bytes of a log, and the byte order of the words in its checksums."""


@dataclass(frozen=True, slots=True)
class WalFrame:
    """A page in the log. `sums` is its claimed checksum over all earlier frames and itself."""

    page: bytes
    summed: bytes
    salts: bytes
    sums: tuple[int, int]
    commit: bool
    """It ends a transaction."""

    @property
    def number(self) -> int:
        """Number of the page in the file, from 1."""
        return int.from_bytes(self.summed[:4], "big")


def page_size(log: Path) -> int | None:
    """Return the page size from the log header; None if invalid. Raise OSError if it may not be read."""
    try:
        with log.open("rb", buffering=0) as file:
            head = _read(file.fileno(), HEADER, 0)
    except FileNotFoundError:
        return None
    said = int.from_bytes(head[8:12], "big")
    return said if _is_whole(head) and said in PAGES else None


def frames(log: Path, page: int) -> Sequence[WalFrame]:
    """Return the complete frames of the log's newest generation, unverified; empty if there is no log.

    `page` is the page size in bytes. Raise OSError if the log may not be read.
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
    """Rewrite the log, because data of a failed sync is in memory only and no later sync writes it unless changed.

    Appending without this would leave a hole in the log. No other process may write meanwhile. Raise OSError.
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
    """Read bytes; a sector that the disk cannot read counts as zeros."""
    try:
        return os.pread(handle, size, offset).ljust(size, b"\0")
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return bytes(size)


def _frame(raw: bytes) -> WalFrame:
    _, size, _, _, *sums = struct.unpack(">6I", raw[:FRAME])
    return WalFrame(raw[FRAME:], raw[:8] + raw[FRAME:], raw[8:16], (sums[0], sums[1]), size != 0)


def until_last_commit(log: Sequence[WalFrame]) -> Sequence[WalFrame]:
    last = max((number for number, frame in enumerate(log, 1) if frame.commit), default=0)
    return log[:last]


def count_verified(log: Sequence[WalFrame]) -> int:
    """Return the number of frames up to the last that follows from the previous one.

    Power may have failed during the last write: then a new header precedes an older page.
    """
    whole = len(log)
    while whole > 1 and not _follows(log[whole - 2], log[whole - 1]):
        whole -= 1
    return whole


def lost_commits(log: Path, taken: int, page: int) -> int:
    """Return the longest run of intact transactions in the log after the `taken` frames that SQLite accepts.

    A power cut can leave one, the transaction being written. Two prove damage before them, because the second began
    after the first was on disk. Raise OSError.
    """
    rest = frames(log, page)[taken:]
    most = run = int(bool(rest) and rest[0].commit)
    for before, frame in itertools.pairwise(rest):
        run = run * _follows(before, frame) + frame.commit
        most = max(most, run)
    return most


def _follows(before: WalFrame, frame: WalFrame) -> bool:
    """Return whether the checksums continue from the previous frame, so both are intact and belong together."""
    return any(_sum(frame.summed, before.sums, words) == frame.sums for words in MAGIC.values())


def _sum(data: bytes, sums: tuple[int, int], words: str) -> tuple[int, int]:
    """Continue the log's checksum.

    Source: https://sqlite.org/fileformat2.html#checksum_algorithm
    """
    first, second = sums
    values = struct.unpack(f"{words}{len(data) // 4}I", data)
    for one, two in zip(values[::2], values[1::2], strict=True):
        first = first + one + second & 0xFFFFFFFF
        second = second + two + first & 0xFFFFFFFF
    return first, second
