"""Test the store of cover pictures that hub and kiosk share."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lending.cover_store import CoverStore, StoredCover, least_used, mark_of

DAY = 86_400


def test_picture_is_stored_and_found_by_its_content_hash(tmp_path: Path) -> None:
    store = CoverStore(tmp_path / "covers")
    mark = store.put(b"one")
    assert (mark, store.read(mark)) == (mark_of(b"one"), b"one")
    assert store.put(b"one") == mark
    assert [each.mark for each in store.stored_covers()] == [mark]
    store.drop(mark)
    assert store.read(mark) is None
    assert list(store.stored_covers()) == []


def test_unreadable_disk_counts_as_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen asks on each drawing, and must not fail with the disk."""
    store = CoverStore(tmp_path)
    mark = store.put(b"one")

    def fails(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(os, "stat", fails)
        assert not store.has(mark)
    assert store.has(mark)


def test_folders_made_by_root_belong_to_the_kiosk() -> None:
    """Else the kiosk, which is another user, could neither show nor add a cover after a command that root ran."""
    if os.geteuid() != 0:
        pytest.skip("only root makes folders for another user")
    with TemporaryDirectory() as parent:
        os.chmod(parent, 0o755)
        state = Path(parent) / "kiosk"
        state.mkdir()
        os.chown(state, 65534, 65534)
        CoverStore(state / "covers").put(b"one")
        assert {each.stat().st_uid for each in state.rglob("*")} == {65534}


def test_damaged_file_is_deleted_when_read(tmp_path: Path) -> None:
    store = CoverStore(tmp_path)
    mark = store.put(b"whole")
    store.path(mark).write_bytes(b"who")
    assert store.read(mark) is None
    assert not store.path(mark).exists()


def test_leftover_of_an_interrupted_write_is_deleted_after_a_day(tmp_path: Path) -> None:
    store = CoverStore(tmp_path)
    mark = store.put(b"whole")
    half = store.path(mark).with_name(f".{mark}.webp.1.2")
    half.write_bytes(b"ha")
    assert [each.mark for each in store.stored_covers()] == [mark]
    assert half.exists()
    os.utime(half, (time.time() - 2 * DAY,) * 2)
    assert [each.mark for each in store.stored_covers()] == [mark]
    assert not half.exists()


def test_use_is_recorded_once_a_day(tmp_path: Path) -> None:
    store = CoverStore(tmp_path)
    mark = store.put(b"one")
    today = time.time() // DAY * DAY
    for before, noted in ((today + 1, today + 1), (today - 1, today), (today - 9 * DAY, today)):
        os.utime(store.path(mark), (before, before))
        store.use(mark)
        assert store.path(mark).stat().st_mtime == noted


def test_least_recently_used_covers_are_dropped_first() -> None:
    covers = [StoredCover(f"{number:032x}", 10, float(used)) for number, used in enumerate((5, 1, 3, 2))]
    assert [each.used for each in least_used(iter(covers), 20)] == [1, 2]
    assert least_used(iter(covers), 40) == []


@pytest.mark.parametrize("name", ["", "../x", "0" * 31, "G" * 32])
def test_invalid_name_is_rejected(tmp_path: Path, name: str) -> None:
    store = CoverStore(tmp_path)
    with pytest.raises(ValueError, match="not the name of a cover"):
        store.path(name)
    assert store.read(name) is None
