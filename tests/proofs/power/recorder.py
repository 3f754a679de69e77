"""Record the system calls of SQLite and the journal on one folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import apsw

from kiosk.wiring.power_cut_disk import RecordingDisk, RecordingFile
from tests.proofs.power.disk import Recording, Sync, SyncNames, Truncate, Write

__all__ = ["RecordingDisk", "RecordingFile", "recorded"]


@contextlib.contextmanager
def recorded(recording: Recording, folder: Path, random: Random) -> Iterator[None]:
    """Record what happens to the files of `folder` in this context."""
    with contextlib.ExitStack() as stack:
        disk = RecordingDisk(recording, random)
        stack.callback(apsw.set_default_vfs, "unix")
        stack.callback(disk.unregister)
        apsw.randomness(0)
        for name, call in _calls(recording, folder).items():
            stack.enter_context(mock.patch.object(os, name, call))
        yield


def _calls(recording: Recording, folder: Path) -> dict[str, Any]:
    """Return the system calls that create the journal's file, recorded if they are for `folder`."""
    open_file, linked, unlinked, synced = os.open, os.link, os.unlink, os.fsync
    replaced, written = os.replace, os.write

    def here(path: Any) -> bool:
        return isinstance(path, str | Path) and Path(path).parent == folder

    def opening(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        handle = open_file(path, flags, *rest, **more)
        if flags & os.O_CREAT and here(path):
            recording.record_creation(Path(path).name)
        if flags & os.O_TRUNC and here(path):
            recording.note(Truncate(recording.names[Path(path).name], 0))
        return handle

    def linking(old: Any, new: Any) -> None:
        linked(old, new)
        if here(new):
            recording.record_link(Path(new).name, recording.names[Path(old).name])

    def unlinking(path: Any, **more: Any) -> None:
        unlinked(path, **more)
        if here(path):
            recording.record_unlink(Path(path).name)

    def syncing(handle: int) -> None:
        synced(handle)
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if path == folder:
            recording.note(SyncNames())
        elif here(path):
            recording.note(Sync(recording.names[path.name]))

    def replacing(old: Any, new: Any) -> None:
        replaced(old, new)
        if here(new):
            recording.record_rename(Path(old).name, Path(new).name)

    def writing(handle: int, data: bytes) -> int:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        appends = fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_APPEND
        offset = os.fstat(handle).st_size if appends else os.lseek(handle, 0, os.SEEK_CUR) if here(path) else 0
        size = written(handle, data)
        if here(path):
            recording.note(Write(recording.names[path.name], offset, bytes(data[:size])))
        return size

    return {
        "replace": replacing,
        "write": writing,
        "open": opening,
        "link": linking,
        "unlink": unlinking,
        "fsync": syncing,
    }
