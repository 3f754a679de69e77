"""Install database triggers from declarations, on SQLite and PostgreSQL.

An app declares its triggers as `TriggerSet` and connects `before_migrating` and `after_migrating` to Django's signals,
because SQLite cannot rebuild a table that has triggers.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import connection, transaction

Event = Literal["insert", "update", "delete", "truncate"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: a change that is rejected, or SQL that runs after each changed row."""

    name: str
    event: Event
    """Only PostgreSQL has "truncate"."""
    table: str
    condition: str = ""
    """SQL condition over OLD and NEW; empty for every row. If the trigger rejects, it may contain a subquery."""
    rejects: str = ""
    """Error message of the database."""
    body: str = ""
    """SQL statements, each with a semicolon; used if the trigger rejects nothing."""

    def creation(self) -> list[str]:
        """Return the SQL statements that create the trigger in the connection's database."""
        if connection.vendor != "postgresql":
            body = f"SELECT RAISE(ABORT, '{self.rejects}');" if self.rejects else self.body
            return [f"{self._head(self.condition)} BEGIN {body} END"]
        body, when = self.body, self.condition
        if self.rejects:  # PostgreSQL takes no subquery in WHEN
            body, when = f"RAISE EXCEPTION '{self.rejects}';", ""
            body = f"IF {self.condition} THEN {body} END IF;" if self.condition else body
        result = "NULL" if not self.rejects or self.event == "truncate" else "OLD" if self.event == "delete" else "NEW"
        return [
            f'CREATE OR REPLACE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql AS'
            f" $body$ BEGIN {body} RETURN {result}; END $body$",
            f'DROP TRIGGER IF EXISTS "{self.name}" ON "{self.table}"',  # it may be there, but disabled
            f'{self._head(when)} EXECUTE FUNCTION "{self.name}"()',
        ]

    def removal(self) -> list[str]:
        """Return the SQL statements that drop the trigger."""
        if connection.vendor != "postgresql":
            return [f'DROP TRIGGER IF EXISTS "{self.name}"']
        return [f'DROP TRIGGER IF EXISTS "{self.name}" ON "{self.table}"', f'DROP FUNCTION IF EXISTS "{self.name}"()']

    def _head(self, when: str) -> str:
        moment = "BEFORE" if self.rejects else "AFTER"
        each = "STATEMENT" if self.event == "truncate" else "ROW"
        head = f'CREATE TRIGGER "{self.name}" {moment} {self.event.upper()} ON "{self.table}" FOR EACH {each}'
        return f"{head} WHEN ({when})" if when else head


@dataclass(frozen=True)
class TriggerSet:
    """The triggers of an app."""

    declared: Callable[[], Iterable[Trigger]]
    """Returns them; called at each use, when the database is known."""
    needs: Sequence[str]
    """Tables without which nothing is installed."""
    on_migrated: Callable[[], None] = lambda: None
    """Called after a migration that changed tables, once the triggers are there again."""

    def install(self) -> None:
        """Create every trigger that is missing."""
        missing = self._missing()
        with transaction.atomic():
            _run(statement for each in missing for statement in each.creation())

    def remove(self, *names: str) -> None:
        """Drop the named triggers; without names, all."""
        dropped = [each for each in self._declared_triggers() if not names or each.name in names]
        with transaction.atomic():
            _run(statement for each in dropped for statement in each.removal())

    def missing(self) -> list[str]:
        """Return the names of missing or disabled triggers."""
        return [each.name for each in self._missing()]

    def before_migrating(self, plan: Sequence[object] = (), **_signal: object) -> None:
        """Drop the triggers if the migration plan changes tables."""
        if plan:
            self.remove()

    def after_migrating(self, plan: Sequence[object] = (), **_signal: object) -> None:
        """Create the triggers if their tables exist."""
        if set(self.needs) <= set(connection.introspection.table_names()):
            self.install()
            if plan:
                self.on_migrated()

    def _declared_triggers(self) -> list[Trigger]:
        postgresql = connection.vendor == "postgresql"
        return [each for each in self.declared() if postgresql or each.event != "truncate"]

    def _missing(self) -> list[Trigger]:
        there = _enabled_triggers()
        return [each for each in self._declared_triggers() if each.name not in there]


def _enabled_triggers() -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        return {name for (name,) in cursor.fetchall()}


def _run(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
