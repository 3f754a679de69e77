"""Share what is slow to make: between the processes of a run (`once`), or also with later runs (`kept`).

Callers copy what they get and never change it.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

HOME = "KIOSK_TESTS_SHARED"
"""Variable with the folder, which pytest's main process creates before its workers start."""
ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".pytest_cache" / "kept"
"""Folders of earlier runs, each with a hash of its sources in its name; Git ignores it."""


def once(name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder of this name; the first caller fills it while others wait, and the next retries a failure."""
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


def kept(name: str, sources: Iterable[Path], make: Callable[[Path], object]) -> Path:
    """Return a folder like `once`, and keep it for later runs until a source changes.

    Args:
        name: Name of the folder, unique in the tests.
        sources: Every file that decides what `make` writes.
        make: Fills the folder that it is given.

    Returns:
        The folder of this run. It stays valid when another run replaces the kept one.
    """
    sources = sorted(sources)

    def copy_or_make(folder: Path) -> None:
        digest = hashlib.sha256()
        for source in sources:
            digest.update(f"{source.relative_to(ROOT)}\0".encode() + hashlib.sha256(source.read_bytes()).digest())
        CACHE.mkdir(parents=True, exist_ok=True)
        place = CACHE / f"{name}-{digest.hexdigest()[:16]}"
        with (CACHE / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                for old in CACHE.glob(f"{name}-*"):
                    shutil.rmtree(old)
                with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                    filled = Path(scratch) / "filled"
                    filled.mkdir(mode=0o700)
                    make(filled)
                    filled.rename(place)
            shutil.copytree(place, folder, dirs_exist_ok=True)

    return once(name, copy_or_make)


def existing(name: str) -> Path | None:
    """Return the folder of this name, or None if no test used it."""
    place = Path(os.environ.get(HOME, "")) / name
    return place if place.exists() else None
