"""A small file that is replaced whole: on a disk that takes a part of it the old one stands."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kiosk.sync import durable

OLD, NEW = b"the old one", bytes(range(256)) * 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    durable.write(tmp_path / "file", OLD)
    return tmp_path / "file"


def test_what_the_disk_takes_in_parts_is_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, bytes(content)[:100]))
    durable.write(file, NEW)
    assert file.read_bytes() == NEW


def test_a_disk_that_takes_a_part_and_no_more_says_so_and_the_old_file_stands(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, room = os.write, [100]

    def full(handle: int, content: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, bytes(content)[: room.pop()])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        durable.write(file, NEW)
    assert file.read_bytes() == OLD
