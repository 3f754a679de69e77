"""Record SQLite's file operations through a VFS, so that a power cut can be simulated at any write."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import apsw

from kiosk.wiring.power_cut_disk import Image, Mode, Platter, Recording, Sync, SyncFailed, SyncNames, Truncate, Write

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
