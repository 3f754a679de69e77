"""Provide a SQLite VFS that fails on demand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import apsw


class BrittleFile(apsw.VFSFile):
    def __init__(self, disk: BrittleDisk, name: Any, flags: Any) -> None:
        super().__init__("unix", name, flags)
        self._disk = disk

    def xWrite(self, data: Any, offset: int) -> None:
        if self._disk.full:
            raise apsw.FullError("database or disk is full")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self._disk.broken:
            raise apsw.IOError("disk I/O error")
        super().xSync(flags)


class BrittleDisk(apsw.VFS):
    """File system for every database opened while it is registered."""

    full = False
    """Whether writes fail."""
    broken = False
    """Whether syncs fail."""

    def __init__(self) -> None:
        super().__init__("brittle", base="", makedefault=True)

    def xOpen(self, name: Any, flags: Any) -> BrittleFile:
        return BrittleFile(self, name, flags)


@contextlib.contextmanager
def brittle() -> Iterator[BrittleDisk]:
    usual = apsw.vfs_names()[0]
    disk = BrittleDisk()
    try:
        yield disk
    finally:
        disk.unregister()
        apsw.set_default_vfs(usual)
