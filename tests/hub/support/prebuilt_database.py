"""Provide an empty database with all tables, rebuilt when the hub's sources change."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from django.db import connections

from tests.support.shared import ROOT, kept, once

FILE = "hub.sqlite3"
SAID = "said"
OFTEN = (
    "import sys; from hub import cli; from hub.core import progress;"
    " progress.INTERVAL_S = 0.5; sys.exit(cli.main(['migrate']))"
)
"""`kiosk-hub migrate`, which says more often than each minute how far it is."""


def tables(state: Path, name: str = FILE) -> None:
    """Lays them out in this state directory, as `kiosk-hub migrate` would; only for a hub on SQLite."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(_tables() / FILE, state / name)


def migrating() -> str:
    """What `kiosk-hub migrate` said as it laid them out."""
    return (_tables() / SAID).read_text(encoding="utf-8")


def template() -> str:
    """Return the name of the template database on the suite's PostgreSQL; it must have no connections."""
    return (once("tables-postgresql", _created) / "name").read_text(encoding="ascii")


def administer(statement: str) -> None:
    """Says it to the suite's PostgreSQL, outside of every test's database."""
    import psycopg

    server = connections.databases["default"]
    with psycopg.connect(
        host=server["HOST"], port=server["PORT"] or None, user=server["USER"], dbname="postgres", autocommit=True
    ) as database:
        database.execute(statement)


def url(name: str) -> str:
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _tables() -> Path:
    sources = ((ROOT / "hub").rglob("*.py"), (ROOT / "requirements.lock", Path(__file__)))
    return kept("tables", itertools.chain(*sources), _migrated)


def _migrated(state: Path, database_url: str = "") -> None:
    with (state / SAID).open("w", encoding="utf-8") as said:
        subprocess.run(
            (sys.executable, "-c", OFTEN),
            env={**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": database_url},
            stderr=said,
            check=True,
            timeout=600,
        )


def _created(folder: Path) -> None:
    name = f"tables_{os.getpid()}"
    administer(f"CREATE DATABASE {name}")
    _migrated(folder, url(name))
    (folder / "name").write_text(name, encoding="ascii")
