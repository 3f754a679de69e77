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
PROGRESS_FILE = "said"
MIGRATE = (
    "import sys; from hub import cli; from hub.core import progress;"
    " progress.INTERVAL_S = 0.5; sys.exit(cli.main(['migrate']))"
)
"""`kiosk-hub migrate` that prints its progress every half second."""


def copy_tables(state: Path, name: str = FILE) -> None:
    """Copy a migrated SQLite database into this state directory."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(_tables() / FILE, state / name)


def migrate_output() -> str:
    """Return the output of `kiosk-hub migrate` from building the database."""
    return (_tables() / PROGRESS_FILE).read_text(encoding="utf-8")


def template() -> str:
    """Return the name of the template database on the suite's PostgreSQL; it must have no connections."""
    return (once("tables-postgresql", _created) / "name").read_text(encoding="ascii")


def administer(statement: str) -> None:
    """Run a statement on the suite's PostgreSQL, outside the test databases."""
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
    with (state / PROGRESS_FILE).open("w", encoding="utf-8") as output:
        subprocess.run(
            (sys.executable, "-c", MIGRATE),
            env={**os.environ, "KIOSK_HUB_STATE": str(state), "DATABASE_URL": database_url},
            stderr=output,
            check=True,
            timeout=600,
        )


def _created(folder: Path) -> None:
    name = f"tables_{os.getpid()}"
    administer(f"CREATE DATABASE {name}")
    _migrated(folder, url(name))
    (folder / "name").write_text(name, encoding="ascii")
