"""Write files durably: after a power cut the old or the new content is there.

Symbolic links are not followed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from threading import get_native_id


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file. By default only its owner can read it.

    As root, give it the folder's owner: the kiosk's own user. Raises OSError; the old file then stays.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{get_native_id()}")
    with rights_of(path.parent):
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            hand_over(handle, path.parent)
            os.fchmod(handle, mode)
            left = memoryview(content)
            while left:  # an almost full disk accepts a part, and fails at the next write
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
    replace(fresh, path)


def append(path: Path, line: bytes) -> None:
    """Append a line. After a power cut it may be incomplete; the next `append` then begins a new line.

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
        sync(path.parent)


def create(path: Path, content: bytes) -> bool:
    """Write a file like `write`, but keep an existing one and return False. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{token_hex(8)}")
    write(fresh, content)
    with rights_of(path.parent):
        try:
            os.link(fresh, path)
        except FileExistsError:
            return False
        finally:
            fresh.unlink(missing_ok=True)
            sync(path.parent)
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
    """Return user and group of the first part of the path that is not root's; None if all of it is root's."""
    for part in (*reversed(folder.absolute().parents), folder.absolute()):
        with suppress(FileNotFoundError):
            found = part.lstat()
            if found.st_uid != 0:
                return found.st_uid, found.st_gid
    return None


def hand_over(handle: int, folder: Path) -> None:
    """Give a file made by root the folder's owner. Raises OSError."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)


def replace(fresh: Path, path: Path) -> None:
    """Move one file to another's path and sync the folder. Raises OSError."""
    with rights_of(path.parent):
        os.replace(fresh, path)
        sync(path.parent)


def remove(path: Path) -> None:
    """Delete a file, if it exists, and sync the folder. Raises OSError."""
    with rights_of(path.parent):
        path.unlink(missing_ok=True)
        sync(path.parent)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold an exclusive lock across processes; on a disk without lock support there is no exclusion."""
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


def sync(path: Path) -> None:
    """Write a file's content, or a folder's entries, to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
