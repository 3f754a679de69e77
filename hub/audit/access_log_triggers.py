"""Lets the database itself refuse that a look is changed or deleted, whoever tries; reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

TABLE = "audit_accesslogentry"
NAMES = ("kept_audit_look_update", "kept_audit_look_delete")
WORDS = "looks are never changed or deleted"


def install() -> None:
    """Makes every trigger that is not there."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = _there(cursor)
        for name in _wanted():
            if name not in there:
                for statement in _made(name):
                    cursor.execute(statement)


def remove() -> None:
    """Takes them away: SQLite cannot make a table anew while triggers stand on it."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name in _there(cursor):
            on = f' ON "{TABLE}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{name}"{on}')


def missing() -> list[str]:
    """Which of them are not there, each in a sentence."""
    with connection.cursor() as cursor:
        there = _there(cursor)
    return [f"the guard {name} is missing: run `kiosk-hub migrate`" for name in _wanted() if name not in there]


def before_migrating(plan: Sequence[object] = (), **_told: object) -> None:
    """Takes them away where tables are about to change."""
    if plan:
        remove()


def after_migrating(**_told: object) -> None:
    if TABLE in connection.introspection.table_names():
        install()


def _wanted() -> tuple[str, ...]:
    return (*NAMES, "kept_audit_look_truncate") if connection.vendor == "postgresql" else NAMES


def _there(cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'kept\\_audit\\_%%' AND tgenabled <> 'D'")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'kept_audit_%%'")
    return {name for (name,) in cursor.fetchall()}


def _made(name: str) -> list[str]:
    event = name.rsplit("_", 1)[-1].upper()
    if connection.vendor != "postgresql":
        return [f'CREATE TRIGGER "{name}" BEFORE {event} ON "{TABLE}" BEGIN SELECT RAISE(ABORT, \'{WORDS}\'); END']
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    return [
        'CREATE OR REPLACE FUNCTION "kept_audit_look"() RETURNS trigger LANGUAGE plpgsql AS'
        f" $body$ BEGIN RAISE EXCEPTION '{WORDS}'; END $body$",
        f'CREATE TRIGGER "{name}" BEFORE {event} ON "{TABLE}" FOR EACH {each} EXECUTE FUNCTION "kept_audit_look"()',
    ]
