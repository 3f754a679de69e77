"""Restore a backup into an empty database, or in place of the existing one, all or nothing."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from hub.audit.access_log import ANCHORS
from hub.backups.backup import CHUNK, FILES, backup
from hub.backups.backup_format import BackupTable, BadArchive, Head, contents, verify
from hub.circulation.models import Kiosk, Library
from hub.core import backup_files
from hub.core.django_setup import CannotDo, bring_up_to_date
from hub.core.progress import progress
from hub.core.state_directory import Restoring, drop_secret, put_secret, secrets_kept
from hub.fleet.models import Device, EnrolmentCode
from hub.outreach.recommendations.reading_profiles import trained_model
from lending import atomic_file

IN_STEP = timedelta(minutes=5)
"""Maximum error of a kiosk's clock for its request counter to be compared with the hub's time."""
OWN = ("hub_key", "card_key")
"""The secrets by which kiosks and cards recognise their hub."""
STAYS = (ANCHORS, backup_files.PUBLIC_KEY)
"""Files that are not overwritten: anchors reveal the restore of an older backup, and the key may be newer."""


def restore(path: Path, now: datetime, *, replace: bool, other: bool) -> tuple[Head, str]:
    """Restore a backup, and return its head and where the replaced data is kept.

    The caller ensures that no hub serves meanwhile.

    Args:
        path: The backup in clear.
        now: The hub's time.
        replace: Whether an existing library may be replaced.
        other: Whether the backup may come from another hub.

    Raises:
        BadArchive: The file cannot be used. Nothing was changed.
        CannotDo: The restore is refused. Nothing was changed.
    """
    head = verify(path)
    nodes = _backup_migrations(head, path)
    _require_this_hub(head, other)
    aside = _set_aside(now, replace)
    with Restoring(settings.STATE):
        with _fresh_database(now) as moved:
            _fill(path, nodes)
            with _secrets(head, now) as files:
                bring_up_to_date()
                _invalidate_codes_and_counters(now)
        files += _files(head, now)
    trained_model.forget()
    if Library.objects.exists():
        with progress("train the recommendations", "steps", 1):
            trained_model.learn(now)
    return head, ", ".join(filter(None, (aside, moved.get("to", ""), *files)))


def _backup_migrations(head: Head, path: Path) -> list[tuple[str, str]]:
    """Return the last migration of each app in the backup.

    Raises:
        CannotDo: This version lacks one of the migrations.
    """
    graph = MigrationExecutor(connection).loader.graph
    newer = [f"{app}.{name}" for app, name in head.migrations if (app, name) not in graph.nodes]
    if newer:
        raise CannotDo(
            f"Cannot restore {path}: its database has the migration {newer[0]}, which this version of the hub lacks. "
            "Restore it with the version that made it."
        )
    applied = set(head.migrations)
    return [node for node in head.migrations if not _later(graph, node) & applied]


def _later(graph: Any, node: tuple[str, str]) -> set[tuple[str, str]]:
    """Return the migrations of the same app that depend on this one."""
    return {child.key for child in graph.node_map[node].children if child.key[0] == node[0]}


def _require_this_hub(head: Head, other: bool) -> None:
    """Check that the backup belongs to this state directory; otherwise kiosks would not recognise the hub.

    Raises:
        CannotDo: The backup is another hub's.
    """
    here = secrets_kept(settings.STATE)
    if any(here[name] != head.secrets.get(name, here[name]) for name in OWN if name in here) and not other:
        raise CannotDo(
            f"this is another hub's backup ({head.library}): this one's kiosks would not know it, and it would not "
            "know them. Restore it into a state directory and a database of its own; --other-hub does it here"
        )


def _set_aside(now: datetime, replace: bool) -> str:
    """Back up what is in the database already; a SQLite file is moved later.

    Raises:
        CannotDo: It may not be replaced.
    """
    try:
        held = bool(connection.introspection.table_names()) and (Library.objects.exists() or Kiosk.objects.exists())
    except DatabaseError as error:
        if not replace:
            raise CannotDo(f"the database cannot be read ({error}); --replace puts the backup in its place") from None
        held = connection.vendor == "sqlite"
    if held and not replace:
        raise CannotDo(
            "there is a library in this database: --replace puts the backup in its place and keeps what is there"
        )
    if not held or connection.vendor == "sqlite":
        return ""
    _nobody_else()
    aside = Path(settings.STATE) / f"replaced-{now:%Y%m%d-%H%M%S}.backup"
    backup(aside, overwrite=False, public=backup_files.public_key(Path(settings.STATE)))
    return str(aside)


def _nobody_else() -> None:
    """Check that no other program is connected to PostgreSQL's database, such as a hub on another machine.

    Raises:
        CannotDo: There are other connections.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        (others,) = cursor.fetchone()
    if others:
        raise CannotDo(f"{others} others are connected to the database: stop every hub that serves from it first")


@contextmanager
def _fresh_database(now: datetime) -> Iterator[dict[str, str]]:
    """Provide an empty database that replaces the old one when it is filled: a new file, or one commit."""
    moved: dict[str, str] = {}
    if connection.vendor != "sqlite":
        with transaction.atomic():
            _drop_tables()
            yield moved
        return
    path = Path(connections.databases["default"]["NAME"])
    fresh = path.with_name(f"{path.name}.restoring")
    fresh.unlink(missing_ok=True)
    _points_to(fresh)
    try:
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield moved
        connection.close()
        if path.exists() and path.stat().st_size:
            aside = path.with_name(f"{path.name}.replaced-{now:%Y%m%d-%H%M%S}")
            for end in ("", "-journal", "-wal", "-shm"):
                if (old := path.with_name(path.name + end)).exists():
                    os.rename(old, aside.with_name(aside.name + end))
            moved["to"] = str(aside)
        os.rename(fresh, path)
        atomic_file.sync(path.parent)
    finally:
        fresh.unlink(missing_ok=True)
        _points_to(path)


def _points_to(path: Path) -> None:
    connection.close()
    connections.databases["default"]["NAME"] = path
    connection.settings_dict["NAME"] = path


def _drop_tables() -> None:
    tables = [*connection.introspection.django_table_names(only_existing=True), "django_migrations"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")


def _fill(path: Path, nodes: Sequence[tuple[str, str]]) -> None:
    """Create the tables of the backup's version, and fill them."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(list(nodes))
    with progress("make the tables", "migrations", len(plan)) as bar:
        executor.progress_callback = lambda action, *_: bar.update(action == "apply_success")
        executor.migrate(list(nodes), plan)
    models = executor.loader.project_state(list(nodes)).apps
    with transaction.atomic():
        _load(path, models)
        connection.check_constraints()
        every = [each for each in models.get_models(include_auto_created=True) if each._meta.managed]
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), every):
                cursor.execute(statement)


def _load(path: Path, models: Any) -> None:
    model: type[Model] | None = None
    fields: list[Any] = []
    rows: list[Model] = []

    def write() -> None:
        if model is not None and rows:
            model._base_manager.bulk_create(rows, batch_size=CHUNK)
            rows.clear()

    for what in contents(path):
        if isinstance(what, BackupTable):
            write()
            model = models.get_model(what.model)
            model._base_manager.all().delete()  # rows that a migration has inserted
            known = {field.attname: field for field in model._meta.concrete_fields}
            if unknown := set(what.fields) - set(known):
                raise BadArchive(
                    f"{path}: {what.model} has {', '.join(sorted(unknown))}, which its version does not know"
                )
            fields = [known[name] for name in what.fields]
        else:
            assert model is not None, "a table stands before its rows"
            rows.append(
                model(**{field.attname: _value(field, value) for field, value in zip(fields, what, strict=True)})
            )
            if len(rows) >= CHUNK:
                write()
    write()


def _value(field: Any, value: object) -> Any:
    """Convert a value as its field, or for a foreign key the referenced field, expects it."""
    return (field.target_field if field.is_relation else field).to_python(value)


def _invalidate_codes_and_counters(now: datetime) -> None:
    """Invalidate the unused enrolment codes and old request counters of the backup.

    Requests sent since the backup must not be accepted again, and codes used since must stay used. A device with a
    synchronised clock numbers its requests by the time, so that those it has sent are below the present.
    """
    EnrolmentCode.objects.filter(used_at=None).delete()
    least = int((now - IN_STEP).timestamp() * 1000)
    standing = {"kiosk__standing__trust": "synced", "kiosk__standing__clock_off__range": _seconds(IN_STEP)}
    Device.objects.filter(counter__lt=least, pk__in=Device.objects.filter(**standing).values("pk")).update(
        counter=least
    )


def _seconds(span: timedelta) -> tuple[float, float]:
    return -span.total_seconds(), span.total_seconds()


@contextmanager
def _secrets(head: Head, now: datetime) -> Iterator[list[str]]:
    """Install the backup's secrets; put the previous ones back if what follows fails.

    A replaced secret is kept under another name, because it may still decrypt something.
    """
    directory, names = Path(settings.STATE), []
    here = secrets_kept(directory)
    changed = {name: value for name, value in head.secrets.items() if here.get(name) != value}
    try:
        for name, value in changed.items():
            if name in here and name != "secret_key":
                aside = _replaced_name(name, now)
                put_secret(aside, here[name], directory)
                names.append(str(directory / aside))
            put_secret(name, value, directory)
        yield names
    except Exception:
        for name in changed:
            if name in here:
                put_secret(name, here[name], directory)
            elif (directory / name).exists():
                drop_secret(name, directory)
        raise


def _files(head: Head, now: datetime) -> list[str]:
    """Restore the files of the state directory.

    Keep the replaced ones next to them, and do not touch `STAYS`.
    """
    directory, names = Path(settings.STATE), []
    for name, content in head.files.items():
        there, value = directory / name, b64decode(content)
        if name not in FILES or (there.exists() and (name in STAYS or there.read_bytes() == value)):
            continue
        if there.exists():
            atomic_file.write(directory / _replaced_name(name, now), there.read_bytes())
            names.append(str(directory / _replaced_name(name, now)))
        atomic_file.write(directory / name, value)
    return names


def _replaced_name(name: str, now: datetime) -> str:
    return f"{name}.replaced-{now:%Y%m%d-%H%M%S}"
