"""Load Django and the hub's apps for a command, and check the database's version and settings."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

LASTING = ("fsync", "full_page_writes", "synchronous_commit")
"""PostgreSQL settings that must all be on: otherwise confirmed transactions may be lost in a power cut."""


class CannotDo(Exception):
    """The command cannot be carried out; the text says what failed and what to do next."""


def set_up() -> None:
    """Load Django and the hub's apps.

    Raises:
        CannotDo: The hub's packages are not installed.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    try:
        import django
        from django.apps import apps
    except ModuleNotFoundError as error:
        raise CannotDo(f"{error.name} is missing: install library-kiosk[hub]") from None
    with nullcontext() if apps.ready else for_good():
        django.setup()


@contextmanager
def for_good() -> Iterator[None]:
    """Exclude what is loaded here from garbage collection.

    Scanning it repeatedly takes a fifth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def bring_up_to_date() -> None:
    from django.core.management import call_command
    from django.core.management.commands.migrate import Command

    from hub.core.progress import progress

    with progress("migrate", "migrations", _missing_migrations()) as bar:

        class Migrate(Command):
            def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
                if action == "apply_start":
                    bar.set_description(f"migrate {migration}", refresh=False)
                elif action == "apply_success":
                    bar.update()

        call_command(Migrate(), verbosity=0)


def _missing_migrations() -> int:
    """Count the migrations that the database still needs."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def set_up_with_tables() -> None:
    """Load Django and the hub's apps, and check that the database has their tables.

    Raises:
        CannotDo: As `set_up` and `check_tables` do.
    """
    set_up()
    check_tables()


def check_tables() -> None:
    if _missing_migrations():
        raise CannotDo("the database lacks tables or is of an older version: run `kiosk-hub migrate` first")


def check_durable() -> None:
    """Check that PostgreSQL cannot lose confirmed transactions.

    A kiosk erases a transaction once the hub has confirmed it.

    Raises:
        CannotDo: A setting permits confirmed transactions to be lost.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return
    found = {}
    with connection.cursor() as cursor:
        for name in LASTING:
            cursor.execute(f"SHOW {name}")
            (found[name],) = cursor.fetchone()
    if wrong := lax(found):
        mend = "; ".join(f"ALTER SYSTEM SET {name} = on" for name in wrong)
        raise CannotDo(
            f"PostgreSQL would lose confirmed loans in a power cut: {', '.join(f'{name} is off' for name in wrong)}. "
            f"As its superuser: {mend}; SELECT pg_reload_conf(); and take back what ALTER ROLE or ALTER DATABASE has "
            "set. Then start the hub again"
        )


def lax(settings: Mapping[str, str]) -> list[str]:
    """Return the settings that permit confirmed transactions to be lost."""
    return [name for name in LASTING if settings[name] == "off"]
