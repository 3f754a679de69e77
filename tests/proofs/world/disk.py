"""A kiosk's simulated disk: many folders, recorded separately, whose power can be cut at any write."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

from tests.proofs.power.disk import Image, Mode, Operation, Platter, Recording
from tests.proofs.power.recorder import RecordingDisk, RecordingFile


@dataclass
class Watched(Recording):
    """Recording that reports when it reaches the operation at which the power fails."""

    cut_in: int | None = None
    """Operations until then."""
    on_cut: Callable[[], None] = lambda: None
    cut_at: int | None = field(default=None, init=False)

    def note(self, operation: Operation) -> None:
        super().note(operation)
        if self.cut_in is not None and self.cut_at is None:
            self.cut_in -= 1
            if self.cut_in <= 0:
                self.cut_now()

    def cut_now(self) -> None:
        if self.cut_at is None:
            self.cut_at = self.now
            self.on_cut()

    def left(self, mode: Mode, random: Random) -> Image:
        """Return the folder as the cut left it."""
        return Platter(self).cut(self.now if self.cut_at is None else self.cut_at, mode, random)


class WorldDisk(RecordingDisk):
    """Disk that records SQLite's files of one folder; those of other folders are not recorded."""

    def __init__(self, random: Random) -> None:
        super().__init__(Recording({}), random)
        self.folders: dict[Path, Watched] = {}

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        recording = self._of(name.filename() if isinstance(name, apsw.URIFilename) else name)
        return apsw.VFSFile("unix", name, flags) if recording is None else RecordingFile(recording, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        recording = self._of(filename)
        self._recording = recording if recording is not None else Recording({})
        super().xDelete(filename, syncdir)

    def _of(self, filename: str | None) -> Watched | None:
        return self.folders.get(Path(filename).parent) if filename else None


@contextlib.contextmanager
def spinning(random: Random) -> Iterator[WorldDisk]:
    """Put every database that SQLite opens in this context on this disk."""
    disk = WorldDisk(random)
    apsw.randomness(0)
    try:
        yield disk
    finally:
        apsw.set_default_vfs("unix")
        disk.unregister()
