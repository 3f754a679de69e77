"""A disk that remembers every write, so that a power cut at any of them can be played; knows no journal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

import apsw

SECTOR = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """The file is shortened."""

    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    file: str


Operation = Write | Cut | Sync


@dataclass
class Recording(Generic[T]):
    """What reached the disk's door, in order; `marks` says what had been promised after so many operations."""

    base: dict[str, bytes]
    operations: list[Operation] = field(default_factory=list)
    marks: list[tuple[int, T]] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> Recording[T]:
        """An empty one, on top of what lies in the folder now."""
        return cls({each.name: each.read_bytes() for each in folder.iterdir()})

    def promise(self, what: T) -> None:
        self.marks.append((len(self.operations), what))

    def promised(self, upto: int) -> list[T]:
        return [what for at, what in self.marks if at <= upto]

    def image(self, upto: int, random: Random, folder: Path) -> None:
        """Writes the files as a power cut after `upto` operations may leave them.

        What was synced is there; of the rest any sectors may be, in any order, whole.
        """
        files = {name: bytearray(content) for name, content in self.base.items()}
        unsynced: dict[str, list[Write | Cut]] = {}
        for operation in self.operations[:upto]:
            if isinstance(operation, Sync):
                for each in unsynced.pop(operation.file, []):
                    _apply(files, each)
            else:
                unsynced.setdefault(operation.file, []).append(operation)
        share = random.choice([0.0, 0.5, 0.9, 1.0])
        for pending in unsynced.values():
            sectors = [piece for each in pending for piece in _pieces(each) if random.random() < share]
            if random.random() < 0.3:
                random.shuffle(sectors)
            for piece in sectors:
                _apply(files, piece)
        for name, content in files.items():
            (folder / name).write_bytes(content)


def _pieces(operation: Write | Cut) -> Iterator[Write | Cut]:
    if isinstance(operation, Cut):
        yield operation
        return
    start = 0
    while start < len(operation.data):
        end = start + SECTOR - (operation.offset + start) % SECTOR
        yield Write(operation.file, operation.offset + start, operation.data[start:end])
        start = end


def _apply(files: dict[str, bytearray], operation: Write | Cut) -> None:
    content = files.setdefault(operation.file, bytearray())
    if isinstance(operation, Cut):
        del content[operation.size :]
        return
    end = operation.offset + len(operation.data)
    content.extend(bytes(max(0, end - len(content))))
    content[operation.offset : end] = operation.data


class RecordingFile(apsw.VFSFile):
    def __init__(self, recording: Recording[Any], name: Any, flags: Any) -> None:
        super().__init__("unix", name, flags)
        self._recording = recording
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name

    def xWrite(self, data: Any, offset: int) -> None:
        self._recording.operations.append(Write(self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._recording.operations.append(Cut(self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._recording.operations.append(Sync(self._name))


class RecordingDisk(apsw.VFS):
    def __init__(self, recording: Recording[Any]) -> None:
        self._recording = recording
        super().__init__("recording", base="unix", makedefault=True)

    def xOpen(self, name: Any, flags: Any) -> RecordingFile:
        return RecordingFile(self._recording, name, flags)


@contextlib.contextmanager
def recorded(recording: Recording[Any]) -> Iterator[None]:
    """Every file that SQLite opens meanwhile is recorded."""
    disk = RecordingDisk(recording)
    try:
        yield
    finally:
        disk.unregister()
        apsw.set_default_vfs("unix")
