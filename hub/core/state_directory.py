"""Finds the hub's state directory and keeps its secrets there; it never knows what they protect."""

import fcntl
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

SECRET = re.compile(r"[0-9a-f]{64}")
SERVING, RESTORING, CHANGING = "serving", "restoring", "changing_secrets"
FOLLOWING = "following"


class HubServes(Exception):
    """Somebody serves from this state directory, or restores into it. `args[0]` says what to do."""


def state_dir() -> Path:
    """Names the directory of database, secrets and demo kiosk's file: KIOSK_HUB_STATE, else the XDG state directory."""
    named = os.environ.get("KIOSK_HUB_STATE")
    if named:
        return Path(named).expanduser().absolute()
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "kiosk-hub"


def secret(name: str, directory: Path | None = None) -> str:
    """Reads the secret of that name, 256 bits in hex; makes it at the first call, readable by its owner only."""
    folder = directory or state_dir()
    path = folder / name
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, fresh = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # somebody else in this hub was first: its secret stands
    finally:
        os.unlink(fresh)
    _sync(folder)
    return path.read_text(encoding="ascii").strip()


def secrets_kept(directory: Path) -> dict[str, str]:
    """Every secret of the directory by its name, older ones among them."""
    found = {}
    for path in sorted(directory.iterdir()):
        if path.name.startswith(".") or not path.is_file() or path.stat().st_size > 100:
            continue
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if SECRET.fullmatch(text):
            found[path.name] = text
    return found


def put_secret(name: str, value: str, directory: Path) -> None:
    """Puts a secret in the place of the one that is there, for good."""
    put_file(name, f"{value}\n".encode("ascii"), directory)


def put_file(name: str, content: bytes, directory: Path) -> None:
    """Puts a file in the place of the one that is there, for good, readable by its owner only."""
    descriptor, fresh = tempfile.mkstemp(prefix=f".{name}.", dir=directory)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, directory / name)
    _sync(directory)


def drop_secret(name: str, directory: Path) -> None:
    """Takes a secret away, for good."""
    (directory / name).unlink()
    _sync(directory)


@contextmanager
def changing_secrets(directory: Path) -> Iterator[None]:
    """Nobody else changes the directory's secrets meanwhile. Raises HubServes while a backup is being restored."""
    with serving(directory):
        handle = os.open(directory / CHANGING, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class Follows(Exception):
    """Somebody brings in what the library's own system has. `args[0]` says what to do."""


@contextmanager
def following(directory: Path) -> Iterator[None]:
    """Held by whoever brings in sheets or records: two would cross. Raises Follows."""
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


def _sync(directory: Path) -> None:
    """What was named in it stays so, whatever becomes of the power: kiosks may know the secret in a moment."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def serving(directory: Path, *, alone: bool = False) -> Iterator[None]:
    """Held while a hub serves from the directory; `alone` while nobody may. Raises HubServes."""
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
    """While a restore is not done, and where it was cut short, a file says so: nobody serves then."""

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
