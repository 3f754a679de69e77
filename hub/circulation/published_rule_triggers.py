"""Install database triggers that reject changes to published loan rules, whichever program writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

WORDS = "published rules are never changed: publish an edition that follows them"
GUARDS = (
    (
        "kept_rule_insert",
        "INSERT",
        "circulation_rule",
        "EXISTS (SELECT 1 FROM circulation_ruleversion WHERE id = NEW.edition_id AND published_at IS NOT NULL)",
    ),
    (
        "kept_rule_update",
        "UPDATE",
        "circulation_rule",
        "EXISTS (SELECT 1 FROM circulation_ruleversion WHERE id = OLD.edition_id AND published_at IS NOT NULL)",
    ),
    (
        "kept_rule_delete",
        "DELETE",
        "circulation_rule",
        "EXISTS (SELECT 1 FROM circulation_ruleversion WHERE id = OLD.edition_id AND published_at IS NOT NULL)",
    ),
    (
        "kept_rule_edition_update",
        "UPDATE",
        "circulation_ruleversion",
        "OLD.published_at IS NOT NULL AND NEW.published_at IS NOT NULL",
    ),
    ("kept_rule_edition_delete", "DELETE", "circulation_ruleversion", "OLD.published_at IS NOT NULL"),
)
"""Name, event, table and condition of each trigger. A rule version may be withdrawn, which makes it a draft again."""


def install() -> None:
    """Create every trigger that is missing."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = _there(cursor)
        for name, event, table, when in GUARDS:
            if name not in there:
                for statement in _made(name, event, table, when):
                    cursor.execute(statement)


def remove() -> None:
    """Drop the triggers: before the tables change, and before a whole library is deleted."""
    with transaction.atomic(), connection.cursor() as cursor:
        there = _there(cursor)
        for name, _event, table, _when in GUARDS:
            if name in there:
                cursor.execute(f'DROP TRIGGER "{name}"' + _on(table))


@contextmanager
def filling() -> Iterator[None]:
    """Permit, in one transaction, rules to be added to published versions that come from another hub."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            name, _event, table, _when = GUARDS[0]
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"' + _on(table))
        yield
        install()


def before_migrating(plan: Sequence[object] = (), **_signal: object) -> None:
    if plan:
        remove()


def after_migrating(**_signal: object) -> None:
    if GUARDS[-1][2] in connection.introspection.table_names():
        install()


def _there(cursor: Any) -> set[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'kept\\_rule\\_%%'")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'kept_rule_%%'")
    return {name for (name,) in cursor.fetchall()}


def _on(table: str) -> str:
    return f' ON "{table}"' if connection.vendor == "postgresql" else ""


def _made(name: str, event: str, table: str, when: str) -> list[str]:
    if connection.vendor != "postgresql":
        head = f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" WHEN {when}'
        return [f"{head} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"]
    back = "OLD" if event == "DELETE" else "NEW"
    return [
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN'
        f" IF {when} THEN RAISE EXCEPTION '{WORDS}'; END IF; RETURN {back}; END $body$",
        f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{name}"()',
    ]
