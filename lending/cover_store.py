"""Store cover pictures as small files named by their content, at the hub and at each kiosk.

A file is `<first two digits>/<mark>.webp`; its modification time is when it was last used. A file that does not match
its name, for example after a disk fault, is deleted when it is read.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from lending import atomic_file

MARK = re.compile(r"[0-9a-f]{32}")
LARGEST = 8_000
"""Bytes of one cover, so that 50,000 of them fit into BUDGET."""
BUDGET = 400_000_000
"""Bytes of all covers."""
USED_AGAIN = 24 * 60 * 60.0
"""Seconds of a day: the accuracy with which a use is noted."""


def mark_of(data: bytes) -> str:
    """Return the name of a picture: the first 128 bits of its SHA-256, as hexadecimal digits."""
    return sha256(data).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class StoredCover:
    """A stored file: its name, its bytes and when it was last used, in seconds since 1970."""

    mark: str
    size: int
    used: float


class CoverStore:
    """The files below one folder, which is used for nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, mark: str) -> Path:
        """Return where the picture is, or would be. Raises ValueError if the name is no mark."""
        if not MARK.fullmatch(mark):
            raise ValueError(f"{mark!r} is not the name of a cover")
        return self.folder / mark[:2] / f"{mark}.webp"

    def has(self, mark: str) -> bool:
        """Return whether there is a file of this name; it may be damaged. A disk that cannot be read has none."""
        return bool(MARK.fullmatch(mark)) and os.path.exists(self.path(mark))

    def put(self, data: bytes) -> str:
        """Store a picture durably and return its name. Raises OSError."""
        mark = mark_of(data)
        path = self.path(mark)
        if not path.exists():
            if not path.parent.exists():
                with atomic_file.rights_of(path.parent):
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                atomic_file.sync(self.folder)
            atomic_file.write(path, data)
        return mark

    def read(self, mark: str) -> bytes | None:
        """Return the picture; None if there is none. A damaged file is deleted."""
        try:
            path = self.path(mark)
            data = path.read_bytes()
        except (OSError, ValueError):
            return None
        if mark_of(data) == mark:
            return data
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def use(self, mark: str) -> None:
        """Note the day on which the picture is used, not the time, which could be compared with a visit's."""
        with contextlib.suppress(OSError, ValueError):
            path, day = self.path(mark), time.time() // USED_AGAIN * USED_AGAIN
            if path.stat().st_mtime < day:
                os.utime(path, (day + 1, day))  # later than the modification, or Linux notes the next read (relatime)

    def drop(self, mark: str) -> None:
        """Delete the picture, if it exists. Raises OSError."""
        self.path(mark).unlink(missing_ok=True)

    def marks(self) -> Iterator[str]:
        """Yield the names of all pictures."""
        for shard in self.folder.glob("[0-9a-f][0-9a-f]"):
            for entry in os.scandir(shard):
                name, _, form = entry.name.partition(".")
                if form == "webp" and MARK.fullmatch(name):
                    yield name

    def stored_covers(self) -> Iterator[StoredCover]:
        """Yield all pictures; delete what an interrupted write has left."""
        for shard in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for entry in os.scandir(shard):
                name, _, form = entry.name.partition(".")
                with contextlib.suppress(FileNotFoundError):
                    found = entry.stat()
                    if form == "webp" and MARK.fullmatch(name):
                        yield StoredCover(name, found.st_size, found.st_mtime)
                    elif time.time() - found.st_mtime > USED_AGAIN:
                        os.unlink(entry.path)


def least_used(covers: Iterator[StoredCover], budget: int) -> list[StoredCover]:
    """Return the covers to delete, those that were not used for longest, until the rest fits the budget in bytes."""
    by_use = sorted(covers, key=lambda each: (each.used, each.mark))
    total, least = sum(each.size for each in by_use), list[StoredCover]()
    for each in by_use:
        if total <= budget:
            break
        total -= each.size
        least.append(each)
    return least
