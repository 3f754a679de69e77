"""Locate the hub's state directory, and read, write and lock the secrets in it."""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from lending import atomic_file

SECRET = re.compile(r"[0-9a-f]{64}")
SERVING, RESTORING, CHANGING = "serving", "restoring", "changing_secrets"
FOLLOWING = "following"


class HubServes(Exception):
    """A hub is serving from this state directory, or a backup is being restored into it.

    `args[0]` says what to do.
    """


def state_dir() -> Path:
    """Return the directory of the database and the secrets.

    It is KIOSK_HUB_STATE, or `kiosk-hub` in the XDG state directory.
    """
    named = os.environ.get("KIOSK_HUB_STATE")
    if named:
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "kiosk-hub"


def secret(name: str, directory: Path | None = None) -> str:
    """Return a secret, 256 bits in hex; create it at the first call, readable by its owner only."""
    folder = directory or state_dir()
    path = folder / name
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    atomic_file.create(
        path, f"{secrets.token_hex(32)}\n".encode("ascii")
    )  # if another process was first, its secret stays
    return path.read_text(encoding="ascii").strip()


def secrets_kept(directory: Path) -> dict[str, str]:
    """Return every secret of the directory by name, including older ones."""
    found = {}
    for path in sorted(directory.iterdir()):
        if path.name.startswith(".") or not path.is_file() or path.stat().st_size > 100:
            continue
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if SECRET.fullmatch(text):
            found[path.name] = text
    return found


def put_secret(name: str, value: str, directory: Path) -> None:
    """Replace a secret durably."""
    atomic_file.write(directory / name, f"{value}\n".encode("ascii"))


def drop_secret(name: str, directory: Path) -> None:
    """Delete a secret durably."""
    (directory / name).unlink()
    atomic_file.sync(directory)


@contextmanager
def changing_secrets(directory: Path) -> Iterator[None]:
    """Lock the directory's secrets against other changes.

    Raises:
        HubServes: A backup is being restored.
    """
    with serving(directory):
        handle = os.open(directory / CHANGING, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class Follows(Exception):
    """Another import from the ILS is running. `args[0]` says what to do."""


@contextmanager
def following(directory: Path) -> Iterator[None]:
    """Lock against parallel imports of sheets or records, which would conflict.

    Raises:
        Follows: Another import is running.
    """
    handle = os.open(directory / FOLLOWING, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Follows(f"another import runs on {directory}: nothing was done; try again when it has ended") from None
    try:
        yield
    finally:
        os.close(handle)


@contextmanager
def serving(directory: Path, *, alone: bool = False) -> Iterator[None]:
    """Hold the lock of a serving hub; with `alone`, the exclusive lock of a restore.

    Raises:
        HubServes: The lock is held by another process.
    """
    handle = os.open(directory / SERVING, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        what = "a hub serves" if alone else "a backup is being restored"
        raise HubServes(f"{what} from {directory}: stop it first") from None
    try:
        yield
    finally:
        os.close(handle)


class Restoring:
    """Mark a restore in progress with a file. It remains after a crash, and then the hub does not serve."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / RESTORING

    def __enter__(self) -> None:
        self._path.touch(mode=0o600)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or issubclass(kind, Exception):
            self._path.unlink(missing_ok=True)

    @staticmethod
    def cut_short(directory: Path) -> bool:
        return (directory / RESTORING).exists()
