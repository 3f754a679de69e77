"""Loads Django and the hub's apps for a command, and looks whether the database is of this version."""

from __future__ import annotations

import os


class CannotDo(Exception):
    """The command cannot be done; the text says what failed and what to do next."""


def set_up() -> None:
    """Loads Django and the hub's apps. Raises CannotDo when the hub's packages are not installed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kiosk.hub.settings")
    try:
        import django
    except ModuleNotFoundError as error:
        raise CannotDo(f"{error.name} is missing: install library-kiosk[hub]") from None
    django.setup()


def bring_up_to_date() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def check_tables() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotDo("the database lacks tables or is of an older version: run `kiosk-hub migrate` first")
