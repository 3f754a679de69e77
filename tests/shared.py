"""What a whole run makes once, in a folder that its processes share: whoever needs it takes a copy, none changes it."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

HOME = "KIOSK_TESTS_SHARED"
"""Where the folder is: pytest's first process makes it, before it starts its workers."""


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name, filled by whoever asks first while the others wait; who fails leaves it to the next."""
    if HOME not in os.environ:
        os.environ[HOME] = folder = tempfile.mkdtemp(prefix="kiosk-shared-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home, place = Path(os.environ[HOME]), Path(os.environ[HOME]) / name
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            with tempfile.TemporaryDirectory(dir=home) as scratch:
                filled = Path(scratch) / "filled"
                filled.mkdir(mode=0o700)
                make(filled)
                filled.rename(place)
    return place


def made(name: str) -> Path | None:
    """The folder of this name, if anybody asked for it."""
    place = Path(os.environ.get(HOME, "")) / name
    return place if place.exists() else None
