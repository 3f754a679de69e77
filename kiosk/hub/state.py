"""Finds the hub's state directory and keeps its two secrets there; it never knows what they protect."""

import os
import secrets
import tempfile
from pathlib import Path


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
    return path.read_text(encoding="ascii").strip()
