"""One demo library for all tests of a process that need a hub of their own: each gets a copy; no test changes it."""

import asyncio
import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from kiosk.visit.hub import Templates


@functools.cache
def templates() -> Templates:
    """Making one costs some seconds of tables and loans, copying it some milliseconds."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Templates(folder)


def demo(state: Path) -> None:
    """Lays a copy out in this state directory, as `kiosk-hub demo` would; only for a hub on SQLite."""
    with tempfile.TemporaryDirectory(prefix="kiosk-demo-") as name:
        copy = Path(name) / "state"
        asyncio.run(templates().copy(None, copy))
        shutil.copytree(copy, state, dirs_exist_ok=True)
