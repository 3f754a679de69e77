"""Backs the hub up, restores it into a throw-away directory and compares; changes nothing of the hub's own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from hub.audit.models import Drill
from hub.backups.backup import backup
from hub.backups.backup_format import Table, contents

LONGEST = 4 * 60 * 60
BEGUN_ANEW = frozenset({"fleet.enrolmentcode", "fleet.device"})
"""A restore ends unused codes and moves counters on, so that nothing is played again."""
GROW = frozenset({"auth.permission", "contenttypes.contenttype", "auth.group_permissions"})
"""Django numbers these anew."""


class Failed(Exception):
    """The backup could not be restored at all. `args[0]` says what the restore said."""


def drill(now: datetime) -> Drill:
    """Does it, and keeps how it went. The copy is gone afterwards. Raises Failed, OSError."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kiosk-hub-drill-") as folder:
        first, second = Path(folder) / "first.backup", Path(folder) / "second.backup"
        _library, rows = backup(first, overwrite=False)
        copy = Path(folder) / "state"
        copy.mkdir(mode=0o700)
        _run(copy, "restore", str(first))
        _run(copy, "backup", str(second), "--clear")
        otherwise = differs(sums(first), sums(second))
    made: Drill = Drill.objects.create(at=now, rows=rows, seconds=round(time.monotonic() - began, 1), differs=otherwise)
    return made


def _run(state: Path, *command: str) -> None:
    """The hub's own command, on SQLite in the throw-away directory."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    done = subprocess.run(
        (sys.executable, "-m", "hub.cli", *command), env=environment, capture_output=True, text=True,
        timeout=LONGEST, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{command[0]} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else '?'}")


def sums(path: Path) -> dict[str, tuple[int, str]]:
    """Rows and hash of each table; the order of rows does not count."""
    found: dict[str, tuple[int, int]] = {}
    table = ""
    for what in contents(path):
        if isinstance(what, Table):
            table = what.model
            found[table] = (0, 0)
        else:
            count, total = found[table]
            digest = hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).digest()
            found[table] = (count + 1, (total + int.from_bytes(digest[:16], "big")) % 2**128)
    return {name: (count, f"{total:032x}") for name, (count, total) in found.items()}


def differs(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """Names of the tables that are not the same in both."""
    compared: Iterable[str] = sorted((before.keys() | after.keys()) - BEGUN_ANEW - GROW)
    return [name for name in compared if before.get(name) != after.get(name)]
