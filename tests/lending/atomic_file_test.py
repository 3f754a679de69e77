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


def test_what_the_disk_takes_in_parts_is_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, bytes(content)[:100]))
    atomic_file.write(file, NEW)
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
        atomic_file.write(file, NEW)
    assert file.read_bytes() == OLD


@pytest.fixture
def another_users() -> Iterator[Path]:
    """Yield a folder owned by a user other than root, like the kiosk's own, next to files that root must not touch."""
    if os.geteuid() != 0:
        pytest.skip("only root can be led astray by a link")
    with TemporaryDirectory() as made:
        os.chmod(made, 0o755)
        folder = Path(made) / "kiosk"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
        yield folder


@pytest.mark.parametrize("name", ["identity.lock", "cases.jsonl", ".file.{pid}"])
def test_root_follows_no_link_in_the_kiosks_folder(another_users: Path, name: str) -> None:
    """A kiosk that was broken into puts links where root's commands write: root gave it any file."""
    of_root = another_users.parent / "shadow"
    of_root.write_bytes(OLD)
    link = another_users / name.format(pid=os.getpid())
    link.symlink_to(of_root)
    before = of_root.stat()
    with contextlib.suppress(OSError), atomic_file.alone(another_users / "identity.lock"):
        pass
    with contextlib.suppress(OSError):
        atomic_file.append(another_users / "cases.jsonl", b"{}")
    atomic_file.write(another_users / "file", NEW)
    assert (of_root.read_bytes(), of_root.stat().st_uid, of_root.stat().st_mode) == (OLD, 0, before.st_mode)
    assert (another_users / "file").read_bytes() == NEW and (another_users / "file").stat().st_uid == 65534


def test_root_makes_nothing_where_a_folder_is_a_link_of_the_kiosks(another_users: Path) -> None:
    """The folder itself may be the link: its owner counts, not whose folder it leads to."""
    of_root = another_users.parent / "etc"
    of_root.mkdir()
    (another_users / "keys").symlink_to(of_root)
    os.lchown(another_users / "keys", 65534, 65534)
    with pytest.raises(PermissionError):
        atomic_file.write(another_users / "keys" / "file", NEW)
    assert list(of_root.iterdir()) == [] and os.geteuid() == 0


def test_a_journal_that_root_makes_or_opens_is_the_kiosks_and_no_link_is_followed(another_users: Path) -> None:
    of_root = another_users.parent / "journal.db"
    Journal.create(of_root)
    (another_users / "linked.db").symlink_to(of_root)
    with pytest.raises(JournalFailed):
        Journal.open(another_users / "linked.db")
    Journal.create(another_users / "journal.db")
    assert {each.lstat().st_uid for each in another_users.iterdir() if not each.is_symlink()} == {65534}
    Journal.open(another_users / "journal.db").close_file()
