"""Test atomic file replacement: if the disk accepts only a part, the old file stays."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kiosk.journal.journal import Journal, JournalFailed
from lending import atomic_file

OLD, NEW = b"the old one", bytes(range(256)) * 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    atomic_file.write(tmp_path / "file", OLD)
    return tmp_path / "file"


def test_partial_writes_are_completed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, bytes(content)[:100]))
    atomic_file.write(file, NEW)
    assert file.read_bytes() == NEW


def test_full_disk_raises_and_keeps_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, room = os.write, [100]

    def full(handle: int, content: bytes) -> int:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, bytes(content)[: room.pop()])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        atomic_file.write(file, NEW)
    assert file.read_bytes() == OLD


@pytest.fixture
def other_users_folder() -> Iterator[Path]:
    """Yield a folder owned by a user other than root, like the kiosk's own, next to files that root must not touch."""
    if os.geteuid() != 0:
        pytest.skip("only root can be led astray by a link")
    with TemporaryDirectory() as parent:
        os.chmod(parent, 0o755)
        folder = Path(parent) / "kiosk"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
        yield folder


@pytest.mark.parametrize("name", ["identity.lock", "cases.jsonl", ".file.{pid}"])
def test_root_follows_no_symlink_in_the_kiosks_folder(other_users_folder: Path, name: str) -> None:
    """A compromised kiosk may place symlinks where root's commands write."""
    root_owned = other_users_folder.parent / "shadow"
    root_owned.write_bytes(OLD)
    link = other_users_folder / name.format(pid=os.getpid())
    link.symlink_to(root_owned)
    before = root_owned.stat()
    with contextlib.suppress(OSError), atomic_file.alone(other_users_folder / "identity.lock"):
        pass
    with contextlib.suppress(OSError):
        atomic_file.append(other_users_folder / "cases.jsonl", b"{}")
    atomic_file.write(other_users_folder / "file", NEW)
    assert (root_owned.read_bytes(), root_owned.stat().st_uid, root_owned.stat().st_mode) == (OLD, 0, before.st_mode)
    assert (other_users_folder / "file").read_bytes() == NEW and (other_users_folder / "file").stat().st_uid == 65534


def test_root_creates_nothing_through_a_symlinked_folder(other_users_folder: Path) -> None:
    """If the folder is a symlink, the owner of the link counts, not that of its target."""
    root_owned = other_users_folder.parent / "etc"
    root_owned.mkdir()
    (other_users_folder / "keys").symlink_to(root_owned)
    os.lchown(other_users_folder / "keys", 65534, 65534)
    with pytest.raises(PermissionError):
        atomic_file.write(other_users_folder / "keys" / "file", NEW)
    assert list(root_owned.iterdir()) == [] and os.geteuid() == 0


def test_journal_opened_by_root_belongs_to_the_kiosk_and_follows_no_symlink(other_users_folder: Path) -> None:
    root_owned = other_users_folder.parent / "journal.db"
    Journal.create(root_owned)
    (other_users_folder / "linked.db").symlink_to(root_owned)
    with pytest.raises(JournalFailed):
        Journal.open(other_users_folder / "linked.db")
    Journal.create(other_users_folder / "journal.db")
    assert {each.lstat().st_uid for each in other_users_folder.iterdir() if not each.is_symlink()} == {65534}
    Journal.open(other_users_folder / "journal.db").close_file()
