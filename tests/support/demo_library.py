"""Provide one demo library per run; tests that need a hub of their own get a copy."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.visit_player.hub import Templates
from tests.hub.support.prebuilt_database import copy_tables
from tests.support.shared import once

Listed = dict[str, list[dict[str, str]]]
"""What `kiosk-hub demo --json` prints: patrons and items."""


def demo(state: Path, now: datetime | None = None) -> Listed:
    """Copy a demo library on SQLite into this state directory and return its patrons and items."""
    state_copy, listed = _library(now)
    shutil.copytree(state_copy, state, dirs_exist_ok=True)
    return listed


def _library(now: datetime | None) -> tuple[Path, Listed]:
    folder = once(f"demo-{now.isoformat() if now else 'now'}", functools.partial(_make, now))
    return folder / "state", json.loads((folder / "listed.json").read_text(encoding="utf-8"))


def _make(now: datetime | None, folder: Path) -> None:
    """Create the demo library; prebuilt tables reduce that from 10 to 3 seconds."""
    copy_tables(folder / "state")
    at = ("--now", now.isoformat()) if now else ()
    with (folder / "listed.json").open("wb") as listed:
        subprocess.run(
            (sys.executable, "-m", "hub.cli", "demo", "--json", *at),
            env={**os.environ, "KIOSK_HUB_STATE": str(folder / "state"), "DATABASE_URL": ""},
            stdout=listed,
            check=True,
            timeout=600,
        )


class _Shared(Templates):
    async def _make(self, now: datetime | None, state: Path) -> tuple[Path, Any]:
        """Return the shared library instead of creating one in `state`."""
        return await asyncio.to_thread(_library, now)


@functools.cache
def templates() -> Templates:
    """Return the demo library in the form of the product's templates."""
    return _Shared(Path())
