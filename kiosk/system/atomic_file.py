"""Replaces a small file whole, so that after a power cut the old one or the new one is there; follows no link."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Readable by its owner alone. As root it belongs to whom the folder belongs to: the kiosk's own user.

    Raises OSError; then the old file stands.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with rights_of(path.parent):
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            hand_over(handle, path.parent)
            os.fchmod(handle, mode)
            left = memoryview(content)
            while left:  # a disk that is nearly full takes a part, and says so at the next one
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
    replace(fresh, path)


def append(path: Path, line: bytes) -> None:
    """Puts a line at the end: after a power cut it is there, or a part of it, which the next one leaves alone.

    Raises OSError.
    """
    with rights_of(path.parent):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        hand_over(handle, path.parent)
        size = os.fstat(handle).st_size
        broken = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        left = memoryview((b"\n" if broken else b"") + line + b"\n")
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if not size:
        _sync(path.parent)


def create(path: Path, content: bytes) -> bool:
    """As `write`, unless somebody has been first: then theirs stands, and False comes back. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{token_hex(8)}")
    write(fresh, content)
    with rights_of(path.parent):
        try:
            os.link(fresh, path)
        except FileExistsError:
            return False
        finally:
            fresh.unlink(missing_ok=True)
            _sync(path.parent)
    return True


@contextmanager
def rights_of(folder: Path) -> Iterator[None]:
    """Let root work in a folder with the rights of the first user who could have put a link on the way to it.

    The owner of a folder can replace any file in it by a link, which root would follow. For other users than root this
    does nothing. Raises OSError.
    """
    owner = _first_owner(folder) if os.geteuid() == 0 else None
    if owner is None:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([owner[1]])
    os.setegid(owner[1])
    os.seteuid(owner[0])
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def _first_owner(folder: Path) -> tuple[int, int] | None:
    """Return user and group of the first part of the path that is not root's; None where all of it is root's."""
    for part in (*reversed(folder.absolute().parents), folder.absolute()):
        with suppress(FileNotFoundError):
            found = part.lstat()
            if found.st_uid != 0:
                return found.st_uid, found.st_gid
    return None


def hand_over(handle: int, folder: Path) -> None:
    """What root makes in a folder belongs to whom the folder belongs to. Raises OSError."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def replace(fresh: Path, path: Path) -> None:
    """Puts one file into another's place, for good. Raises OSError."""
    with rights_of(path.parent):
        os.replace(fresh, path)
        _sync(path.parent)


def remove(path: Path) -> None:
    """Takes a file away for good, where there is one. Raises OSError."""
    with rights_of(path.parent):
        path.unlink(missing_ok=True)
        _sync(path.parent)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Nobody else is in here with this file meanwhile, in no process; on a disk that takes no lock everybody may be."""
    handle = -1
    with suppress(OSError), rights_of(lock.parent):
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        hand_over(handle, lock.parent)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _sync(parent: Path) -> None:
    folder = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
