"""Test a backup: restore it into a temporary directory, back that up and compare the two."""

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
from hub.backups.backup_format import BackupTable, contents

LONGEST = 4 * 60 * 60
BEGUN_ANEW = frozenset({"fleet.enrolmentcode", "fleet.device"})
"""Tables that a restore changes on purpose: it ends unused codes and advances counters against replay."""
GROW = frozenset({"auth.permission", "contenttypes.contenttype", "auth.group_permissions"})
"""Tables that Django numbers again in each database."""


class RestoreFailed(Exception):
    """The backup could not be restored. `args[0]` is the last error message of the command."""


def drill(now: datetime) -> Drill:
    """Run a drill and store its result; the restored copy is deleted.

    Raises:
        Failed: If a command failed.
        OSError: If a file could not be written.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kiosk-hub-drill-") as folder:
        first, second = Path(folder) / "first.backup", Path(folder) / "second.backup"
        _library, rows = backup(first, overwrite=False)
        copy = Path(folder) / "state"
        copy.mkdir(mode=0o700)
        _run(copy, "restore", str(first))
        _run(copy, "backup", str(second), "--clear")
        otherwise = differs(sums(first), sums(second))
    return Drill.objects.create(at=now, rows=rows, seconds=round(time.monotonic() - began, 1), differs=otherwise)


def _run(state: Path, *command: str) -> None:
    """Run a command of the hub on SQLite in the temporary directory."""
    environment = {**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": ""}
    done = subprocess.run(
        (sys.executable, "-m", "hub.cli", *command), env=environment, capture_output=True, text=True,
        timeout=LONGEST, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RestoreFailed(
            f"{command[0]} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else '?'}"
        )


def sums(path: Path) -> dict[str, tuple[int, str]]:
    """Return the number of rows and a hash of each table; the hash ignores the order of rows."""
    found: dict[str, tuple[int, int]] = {}
    table = ""
    for what in contents(path):
        if isinstance(what, BackupTable):
            table = what.model
            found[table] = (0, 0)
        else:
            count, total = found[table]
            digest = hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).digest()
            found[table] = (count + 1, (total + int.from_bytes(digest[:16], "big")) % 2**128)
    return {name: (count, f"{total:032x}") for name, (count, total) in found.items()}


def differs(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """Return the names of the tables that differ."""
    compared: Iterable[str] = sorted((before.keys() | after.keys()) - BEGUN_ANEW - GROW)
    return [name for name in compared if before.get(name) != after.get(name)]
