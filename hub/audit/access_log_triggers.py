"""Install database triggers that reject any change or deletion of the access log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

TABLE = "audit_accesslogentry"
NAMES = ("kept_audit_look_update", "kept_audit_look_delete")
WORDS = "looks are never changed or deleted"


def install() -> None:
    """Create every missing trigger."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = _there(cursor)
        for name in _expected():
            if name not in there:
                for statement in _statements(name):
                    cursor.execute(statement)


def remove() -> None:
    """Drop the triggers: SQLite cannot rebuild a table that has triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name in _there(cursor):
            on = f' ON "{TABLE}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on}')


def missing() -> list[str]:
    """Return a message for each missing trigger."""
    with connection.cursor() as cursor:
        there = _there(cursor)
    return [f"the guard {name} is missing: run `kiosk-hub migrate`" for name in _expected() if name not in there]


def before_migrating(plan: Sequence[object] = (), **_kwargs: object) -> None:
    """Drop the triggers if the migration plan changes tables."""
    if plan:
        remove()


def after_migrating(**_kwargs: object) -> None:
    """Create the triggers if the table exists."""
    if TABLE in connection.introspection.table_names():
        install()


def _expected() -> tuple[str, ...]:
    return (*NAMES, "kept_audit_look_truncate") if connection.vendor == "postgresql" else NAMES


def _there(cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'kept\\_audit\\_%%' AND tgenabled <> 'D'")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'kept_audit_%%'")
    return {name for (name,) in cursor.fetchall()}


def _statements(name: str) -> list[str]:
    event = name.rsplit("_", 1)[-1].upper()
    if connection.vendor != "postgresql":
        return [f'CREATE TRIGGER "{name}" BEFORE {event} ON "{TABLE}" BEGIN SELECT RAISE(ABORT, \'{WORDS}\'); END']
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    return [
        'CREATE OR REPLACE FUNCTION "kept_audit_look"() RETURNS trigger LANGUAGE plpgsql AS'
        f" $body$ BEGIN RAISE EXCEPTION '{WORDS}'; END $body$",
        f'CREATE TRIGGER "{name}" BEFORE {event} ON "{TABLE}" FOR EACH {each} EXECUTE FUNCTION "kept_audit_look"()',
    ]
