"""A recorded disk whose sync fails with EIO, once or permanently."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import apsw

from tests.proofs.power.disk import SyncFailed
from tests.proofs.power.recorder import RecordingFile


@dataclass
class Failing:
    """Counts the syncs of SQLite's files. `at`: the one that fails; `lasting`: so do all after it."""

    at: int
    lasting: bool
    count: int = 0

    @property
    def failed(self) -> bool:
        return self.count >= self.at

    @property
    def fails(self) -> bool:
        return self.count == self.at or (self.lasting and self.failed)


@contextlib.contextmanager
def failing(fault: Failing) -> Iterator[None]:
    """Let syncs fail. Use it within `recorded`, which records what a failed sync left."""
    once, synced = RecordingFile.xSync, os.fsync

    def sync(self: RecordingFile, flags: int) -> None:
        fault.count += 1
        if fault.fails:
            self._recording.note(SyncFailed(self._inode))
            raise apsw.IOError("disk I/O error")
        once(self, flags)

    def fsync(handle: int) -> None:
        if fault.lasting and fault.failed:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        synced(handle)

    with mock.patch.object(RecordingFile, "xSync", sync), mock.patch.object(os, "fsync", fsync):
        yield
