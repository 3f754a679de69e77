"""Simulate a disk whose power can be cut at any write, from a recording of SQLite's file operations (apsw VFS).

Synced data survives the cut. Any part of the rest may survive: whole sectors in any order, and likewise file names.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import apsw

SECTOR = 512
PAGE = 4096
"""Bytes that the kernel caches and writes as one unit."""

Image = Mapping[str, bytes]
"""Files of one directory by name, as a power cut left them."""


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes were written to a file."""

    inode: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file was truncated."""

    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A file was synced."""

    inode: int


@dataclass(frozen=True, slots=True)
class SyncFailed:
    """Unsynced data of the file may or may not be on disk, and no later sync writes it.

    Linux file systems behave so: pages are marked clean after a failed sync.

    Source: https://www.usenix.org/conference/atc20/presentation/rebello
    """

    inode: int


@dataclass(frozen=True, slots=True)
class Name:
    """A file gets a name by creation or link."""

    name: str
    inode: int


@dataclass(frozen=True, slots=True)
class Rename:
    """A file gets a new name or replaces another file, atomically."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RemoveName:
    """A file name was removed."""

    name: str


@dataclass(frozen=True, slots=True)
class SyncNames:
    """The directory is synced."""


Pending = Write | Truncate | Name | Rename | RemoveName
Operation = Pending | Sync | SyncFailed | SyncNames


class Mode(StrEnum):
    """Which unsynced operations survive the cut."""

    NONE = "none"
    ALL = "all"
    PREFIX = "prefix"
    """All up to some sector."""
    SUBSET = "subset"
    """Some sectors."""
    REORDERED = "reordered"
    """Some sectors; of those written twice, possibly the older version."""


@dataclass
class Recording:
    """Operations on one directory, starting from a state that is on disk."""

    base: Image
    operations: list[Operation] = field(default_factory=list)
    names: dict[str, int] = field(init=False)
    """Inodes by name, as the running system sees them."""

    def __post_init__(self) -> None:
        self.names = {name: number for number, name in enumerate(self.base)}
        self._next = len(self.base)

    @property
    def now(self) -> int:
        return len(self.operations)

    def note(self, operation: Operation) -> None:
        self.operations.append(operation)

    def record_creation(self, name: str) -> None:
        """Record that a file was created by opening it."""
        if name not in self.names:
            self.record_link(name, self._next)
            self._next += 1

    def record_link(self, name: str, inode: int) -> None:
        self.names[name] = inode
        self.note(Name(name, inode))

    def record_rename(self, old: str, new: str) -> None:
        self.names[new] = self.names.pop(old)
        self.note(Rename(old, new))

    def record_unlink(self, name: str) -> None:
        if self.names.pop(name, None) is not None:
            self.note(RemoveName(name))


class Platter:
    """Replay a recording forward and compute what a cut may leave."""

    def __init__(self, recording: Recording, flushes: bool = True) -> None:
        """`flushes` False simulates a disk that confirms syncs without doing them."""
        self._recording = recording
        self._flushes = flushes
        self._at = 0
        self._state = _State(dict(enumerate(map(bytearray, recording.base.values()))), {})
        self._state.names = {name: number for number, name in enumerate(recording.base)}
        self._pending: list[Pending] = []
        self._forsaken: list[Write] = []
        """Page-sized writes lost to a failed sync; no later sync covers them unless the page is written again."""

    def cut(self, at: int, mode: Mode, random: Random) -> Image:
        """Return the directory after a cut behind `at` operations; `at` must not decrease between calls."""
        for operation in self._recording.operations[self._at : at]:
            self._take(operation)
        self._at = at
        left = self._state.copy()
        for each in _survivors([*self._forsaken, *self._pending], mode, random):
            left.apply(each)
        return {name: bytes(left.files.get(inode, b"")) for name, inode in left.names.items()}

    def _take(self, operation: Operation) -> None:
        match operation:
            case Sync() | SyncNames():
                if self._flushes:
                    self._flush(operation)
            case SyncFailed(inode):
                self._forsake(inode)
            case _:
                self._pending.append(operation)

    def _flush(self, sync: Sync | SyncNames) -> None:
        rest: list[Pending] = []
        for each in self._pending:
            if _covers(sync, each):
                self._fetch_back(each)
                self._state.apply(each)
            else:
                rest.append(each)
        self._pending = rest

    def _forsake(self, inode: int) -> None:
        gone = [each for each in self._pending if isinstance(each, Write) and each.inode == inode]
        self._forsaken += [piece for each in gone for piece in _pieces(each, PAGE)]
        self._pending = [each for each in self._pending if not (isinstance(each, Write) and each.inode == inode)]

    def _fetch_back(self, each: Pending) -> None:
        """Restore lost writes of a page that is written again, because it reaches the disk as a whole."""
        if isinstance(each, Write):
            pages = range(each.offset // PAGE, (each.offset + len(each.data) - 1) // PAGE + 1)
            for old in [old for old in self._forsaken if old.inode == each.inode and old.offset // PAGE in pages]:
                self._state.apply(old)
                self._forsaken.remove(old)


@dataclass
class _State:
    files: dict[int, bytearray]
    names: dict[str, int]

    def copy(self) -> _State:
        return _State({inode: bytearray(content) for inode, content in self.files.items()}, dict(self.names))

    def apply(self, each: Pending) -> None:
        match each:
            case Name(name, inode):
                self.names[name] = inode
            case Rename(old, new) if old in self.names:
                self.names[new] = self.names.pop(old)
            case Rename():
                pass
            case RemoveName(name):
                self.names.pop(name, None)
            case Truncate(inode, size):
                del self.files.setdefault(inode, bytearray())[size:]
            case Write(inode, offset, data):
                content = self.files.setdefault(inode, bytearray())
                end = offset + len(data)
                content.extend(bytes(max(0, end - len(content))))
                content[offset:end] = data


def _covers(sync: Sync | SyncNames, each: Pending) -> bool:
    match each:
        case Name() | Rename() | RemoveName():
            return isinstance(sync, SyncNames)
        case _:
            return isinstance(sync, Sync) and sync.inode == each.inode


def _survivors(pending: Sequence[Pending], mode: Mode, random: Random) -> Sequence[Pending]:
    match mode:
        case Mode.NONE:
            return []
        case Mode.ALL:
            return pending
    pieces: list[Pending] = []
    for each in pending:
        pieces += _pieces(each, SECTOR) if isinstance(each, Write) else [each]
    if mode is Mode.PREFIX:
        return pieces[: random.randint(0, len(pieces))]
    share = random.choice([0.1, 0.5, 0.9])
    chosen = [piece for piece in pieces if random.random() < share]
    if mode is Mode.REORDERED:
        random.shuffle(chosen)
    return chosen


def _pieces(each: Write, size: int) -> Iterator[Write]:
    start = 0
    while start < len(each.data):
        end = start + size - (each.offset + start) % size
        yield replace(each, offset=each.offset + start, data=each.data[start:end])
        start = end


log = logging.getLogger(__name__)

SYNCS_ITS_FOLDER = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
"""SQLite syncs the directory at the first sync of such a new file (os_unix.c, UNIXFILE_DIRSYNC)."""


class RecordingFile(apsw.VFSFile):
    """A file that records SQLite's writes, truncations and syncs."""

    def __init__(self, recording: Recording, name: Any, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._recording = recording
        called = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        if flags[0] & apsw.SQLITE_OPEN_CREATE:
            recording.record_creation(called)
        self._inode = recording.names[called]
        self._new = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & SYNCS_ITS_FOLDER)

    def xWrite(self, data: Any, offset: int) -> None:
        super().xWrite(data, offset)
        self._recording.note(Write(self._inode, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._recording.note(Truncate(self._inode, newsize))

    def xSync(self, flags: int) -> None:
        try:
            super().xSync(flags)
        except apsw.Error:
            self._recording.note(SyncFailed(self._inode))
            raise
        self._recording.note(Sync(self._inode))
        if self._new:
            self._recording.note(SyncNames())
            self._new = False


class RecordingDisk(apsw.VFS):
    """A VFS that records the file operations of SQLite, with seeded randomness."""

    def __init__(self, recording: Recording, random: Random) -> None:
        super().__init__("recording", base="unix", makedefault=True)
        self._recording = recording
        self._random = random

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        return RecordingFile(self._recording, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._recording.record_unlink(Path(filename).name)
        if syncdir:
            self._recording.note(SyncNames())

    def xRandomness(self, numbytes: int) -> bytes:
        """Derive SQLite's salts from the seed."""
        return self._random.randbytes(numbytes)


class CuttableDisk(RecordingDisk):
    """A disk for the journal's files only, whose power can be cut. Files present at creation count as synced."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        super().__init__(Recording(_files(journal)), SystemRandom())

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        called = name.filename() if isinstance(name, apsw.URIFilename) else name
        return super().xOpen(name, flags) if self._is_its(called) else apsw.VFSFile("unix", name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if self._is_its(filename):
            super().xDelete(filename, syncdir)
        else:
            apsw.VFS.xDelete(self, filename, syncdir)

    def _is_its(self, called: str | None) -> bool:
        return called is not None and Path(called).name in (self._journal.name, f"{self._journal.name}-wal")

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Restore the default VFS on exit; files opened within are recorded."""
        try:
            yield
        finally:
            apsw.set_default_vfs("unix")

    def cut(self, folder: Path) -> None:
        """Write to `folder` what may survive a power cut now; the result depends only on the recorded writes."""
        at = self._recording.now
        random = Random(at)
        mode = random.choice(list(Mode))
        log.warning("simulated power cut after %d writes and syncs; unsynced operations that survive: %s", at, mode)
        for name, content in Platter(self._recording).cut(at, mode, random).items():
            (folder / name).write_bytes(content)


def _files(journal: Path) -> Image:
    return {each.name: each.read_bytes() for each in sorted(journal.parent.glob(f"{journal.name}*")) if each.is_file()}


def restore_files(journal: Path, left: Path) -> None:
    """Replace the journal's files with those that survived the cut. Raise OSError."""
    for name in _files(journal):
        journal.with_name(name).unlink()
    for each in left.iterdir():
        shutil.copyfile(each, journal.with_name(each.name))
