"""Asks the database in SQL that Django makes once for each connection: for what every transaction asks; knows no table.

Most of what a question costs is Django's making of its SQL, which is the same each time but for the values.
"""

import functools
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators
from django.db.models.sql import UpdateQuery


@dataclass(frozen=True, slots=True)
class Slot:
    """Where in the SQL's values a given one goes, and the field by which the database's form of it is made."""

    number: int
    field: Any


class Given(Expression):
    """The place of a value that is given when it is asked; they are numbered from 0.

    The database takes it as it is where no field is named: numbers and texts.
    """

    def __init__(self, number: int, field: Field | None = None) -> None:
        super().__init__(output_field=field)
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Slot]]:
        return "%s", [Slot(self.number, self._output_field_or_none)]


def asked(question: Callable[[], Any]) -> Callable[..., list[Any]]:
    """Makes of a queryset with `Given` in it a function that gives its rows: models, or tuples of a values_list."""

    @functools.wraps(question)
    def ask(*given: object) -> list[Any]:
        made: _Question = _once(question, lambda: _Question(question()))
        return made.rows(given)

    return ask


def asked_of_many(question: Callable[[list[Given]], Any]) -> Callable[[Collection[object]], list[Any]]:
    """As `asked`, for what is looked up by any number of keys: nothing is asked for none."""

    @functools.wraps(question)
    def ask(keys: Collection[object]) -> list[Any]:
        if not keys:
            return []
        places = 1 << (len(keys) - 1).bit_length()  # few different lengths, so few different texts
        made: _Question = _once((question, places), lambda: _Question(question(_places(places))))
        *rest, last = keys
        return made.rows([*rest, *[last] * (places - len(rest))])

    return ask


def _places(count: int) -> list[Given]:
    return [Given(number) for number in range(count)]


def changed(change: Callable[[], tuple[Any, dict[str, Any]]]) -> Callable[..., int]:
    """Makes of a queryset and what is to be set, with `Given` in both, a function that tells how many rows changed."""

    @functools.wraps(change)
    def make(*given: object) -> int:
        made: _Change = _once(change, lambda: _Change(*change()))
        return made.rows(given)

    return make


def _once(key: object, make: Callable[[], Any]) -> Any:
    """Kept with the connection, which belongs to one thread and one database."""
    made: dict[object, Any] = transaction.get_connection().__dict__.setdefault("asked_before", {})
    if key not in made:
        made[key] = make()
    return made[key]


class _Statement:
    def __init__(self, query: Any) -> None:
        self._connection = transaction.get_connection()
        self._compiler = query.get_compiler(connection=self._connection)
        self._sql, self._values = self._compiler.as_sql()
        self._cursor = getattr(self._connection, "asking_cursor", self._connection.cursor)

    def _run(self, cursor: Any, given: Sequence[object]) -> None:
        cursor.execute(self._sql, tuple(self._bound(each, given) for each in self._values))

    def _bound(self, value: object, given: Sequence[object]) -> object:
        if not isinstance(value, Slot):
            return value
        if value.field is None:
            return given[value.number]
        bound: object = value.field.get_db_prep_value(given[value.number], self._connection, prepared=False)
        return bound


class _Change(_Statement):
    def __init__(self, which: QuerySet, values: dict[str, Any]) -> None:
        query = which.query.chain(UpdateQuery)
        query.add_update_values(values)
        super().__init__(query)

    def rows(self, given: Sequence[object]) -> int:
        with self._cursor() as cursor:
            self._run(cursor, given)
            count: int = cursor.rowcount
        return count


class _Question(_Statement):
    def __init__(self, queryset: QuerySet) -> None:
        super().__init__(queryset.query)
        self._converters = self._compiler.get_converters([each[0] for each in self._compiler.select])
        self._made = _Model(self._compiler, queryset.db) if queryset._iterable_class is ModelIterable else None
        assert self._made or queryset._iterable_class is ValuesListIterable

    def rows(self, given: Sequence[object]) -> list[Any]:
        with self._cursor() as cursor:
            self._run(cursor, given)
            found: Iterable[Any] = cursor.fetchall()
        if self._converters:
            found = self._compiler.apply_converters(found, self._converters)
        return [self._made.of(row) if self._made else tuple(row) for row in found]


class _Model:
    """Makes models of rows, as Django's own ModelIterable does."""

    def __init__(self, compiler: Any, database: str) -> None:
        fields = compiler.klass_info["select_fields"]
        self._database, self._class = database, compiler.klass_info["model"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._names = [each[0].target.attname for each in compiler.select[self._start : self._end]]
        self._related = get_related_populators(compiler.klass_info, compiler.select, database)

    def of(self, row: Sequence[Any]) -> Any:
        made = self._class.from_db(self._database, self._names, row[self._start : self._end])
        for each in self._related:
            each.populate(row, made)
        return made
