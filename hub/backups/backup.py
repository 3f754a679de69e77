"""Back up the whole hub into one file while it serves: tables, secrets, configuration files.

All tables are read in one snapshot. The trained recommendation model is left out: a restore trains it again.
"""

from __future__ import annotations

import sqlite3
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from hub.audit.access_log import ANCHORS
from hub.backups.backup_format import BackupTable, Head, open_backup_writer
from hub.circulation.models import Library
from hub.core.backup_files import PUBLIC_KEY
from hub.core.clock import hub_clock
from hub.core.progress import progress
from hub.core.retrying_transaction import read_snapshot
from hub.core.state_directory import secrets_kept
from hub.fleet import devices
from hub.ils.imports.sources import FILE as SOURCES
from hub.outreach.messaging.settings import FILE as CHANNELS

LEFT_OUT = frozenset({"sessions.session"})
"""Tables left out of a backup. Without sessions everyone signs in again after a restore."""
FILES = (CHANNELS, ANCHORS, SOURCES, PUBLIC_KEY)
"""Files of the state directory in a backup, besides the secrets."""
CHUNK = 2000
COPY = "copy"


class DamagedDatabase(Exception):
    """The database is damaged, so its backup would be too. `args[0]` says what SQLite found."""


def backup(path: Path, *, overwrite: bool, public: str = "") -> tuple[str, int]:
    """Write a backup; return the library's name and the number of rows.

    With a `public` key the file is encrypted to it.

    Raises:
        FileExistsError: The file exists and may not be overwritten.
        Damaged: The database is damaged.
        OSError: The file cannot be written.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(path)
    with _at_one_moment() as alias:
        recorded = MigrationRecorder(connections[alias]).applied_migrations()
        library = Library.objects.using(alias).order_by("pk").values_list("name", flat=True).first() or ""
        head = Head(
            made_at=hub_clock().now().isoformat(),
            library=library,
            hub_key=devices.hub_public_key(),
            migrations=sorted(recorded),
            secrets=secrets_kept(settings.STATE),
            files=_files(Path(settings.STATE)),
        )
        models = backup_models()
        total = sum(model._base_manager.using(alias).count() for model in models)
        with (
            open_backup_writer(path, head, overwrite=overwrite, public=public) as writer,
            progress("backup", "rows", total) as bar,
        ):
            for model in models:
                writer.table(
                    BackupTable(model._meta.label_lower, [field.attname for field in model._meta.concrete_fields])
                )
                for row in _rows(model, alias):
                    writer.row(row)
                    bar.update()
        return library, writer.rows


def in_turn(folder: Path, keep: int, public: str) -> tuple[Path, str, int]:
    """Write a backup named by its time into the folder; keep it and the newest others, `keep` in all.

    The new backup is kept even if an older one, made while the clock was ahead, has a later name.
    Raises the same errors as `backup`.
    """
    path = folder / f"hub-{hub_clock().now():%Y%m%d-%H%M%S}.backup{'.age' if public else ''}"
    library, rows = backup(path, overwrite=False, public=public)
    others = sorted(each for each in folder.glob("hub-*.backup*") if each != path)
    for old in others[: max(0, len(others) - (keep - 1))]:
        old.unlink()
    return path, library, rows


def _files(directory: Path) -> dict[str, str]:
    there = [path for name in FILES if (path := directory / name).is_file()]
    return {path.name: b64encode(path.read_bytes()).decode() for path in there}


def backup_models() -> list[type[Model]]:
    """Return the models of all tables in a backup, including those of many-to-many relations."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and model._meta.label_lower not in LEFT_OUT]


def _rows(model: type[Model], alias: str) -> Iterator[Any]:
    fields = [field.attname for field in model._meta.concrete_fields]
    query = model._base_manager.using(alias).order_by("pk").values_list(*fields)
    yield from query.iterator(chunk_size=CHUNK)


@contextmanager
def _at_one_moment() -> Iterator[str]:
    """Yield the alias of a consistent database: a PostgreSQL snapshot, or a copy of the SQLite file.

    A long read transaction would block SQLite's writers, while copying the file is quick.
    """
    main = connections["default"]
    if main.vendor != "sqlite":
        with read_snapshot():
            yield "default"
        return
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.STATE) as folder:
        copy = Path(folder) / "hub.sqlite3"
        _copy_database(Path(main.settings_dict["NAME"]), copy)
        connections.databases[COPY] = {**main.settings_dict, "NAME": copy, "OPTIONS": {}}
        try:
            yield COPY
        finally:
            connections[COPY].close()
            del connections[COPY]
            del connections.databases[COPY]


def _copy_database(source: Path, target: Path) -> None:
    """Copy the database in one step, so that no write comes in between, and check the copy."""
    reading, writing = (
        sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=20),
        sqlite3.connect(target),
    )
    try:
        with progress("copy the database", "steps", 2) as bar:
            reading.backup(writing, pages=-1)
            bar.update()
            verdict: str = writing.execute("PRAGMA quick_check(1)").fetchone()[0]
            bar.update()
    except sqlite3.DatabaseError as error:
        raise DamagedDatabase(f"{source}: {error}") from None
    finally:
        reading.close()
        writing.close()
    if verdict != "ok":
        raise DamagedDatabase(f"{source}: {verdict}")
