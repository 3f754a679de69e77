"""Compile a queryset to SQL once per connection, for the queries of every transaction and those that most pages ask.

Most of a query's cost is Django's compilation of the SQL, which is the same each time except for the values. Django has
no public interface for this: `_Statement`, `_Question` and `_Model` use its compiler and `get_related_populators`. With
plain querysets a checkout or return costs the hub 14.4 ms of processor time instead of 4.0 ms; see docs/reliability.md.
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
    """The position of a parameter among the SQL's values, and the field that converts it for the database."""

    number: int
    field: Any


class Param(Expression):
    """A parameter of a prepared query, numbered from 0.

    Without a field the value is passed to the database unconverted, which suits numbers and texts.
    """

    def __init__(self, number: int, field: Field | None = None) -> None:
        super().__init__(output_field=field)
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Slot]]:
        return "%s", [Slot(self.number, self._output_field_or_none)]


def prepared_query(question: Callable[[], Any]) -> Callable[..., list[Any]]:
    """Turn a function that returns a queryset with `Param` into one that takes values and returns rows.

    Rows are model instances, or tuples for a `values_list`.
    """

    @functools.wraps(question)
    def ask(*given: object) -> list[Any]:
        made: _Question = _once(question, lambda: _Question(question()))
        return made.rows(given)

    return ask


def prepared_many(question: Callable[[list[Param]], Any]) -> Callable[[Collection[object]], list[Any]]:
    """Like `prepared_query`, for a lookup by any number of keys; without keys the database is not queried."""

    @functools.wraps(question)
    def ask(keys: Collection[object]) -> list[Any]:
        if not keys:
            return []
        places = 1 << (len(keys) - 1).bit_length()  # pad to a power of two, so that only a few SQL texts are compiled
        made: _Question = _once((question, places), lambda: _Question(question(_places(places))))
        *rest, last = keys
        return made.rows([*rest, *[last] * (places - len(rest))])

    return ask


def _places(count: int) -> list[Param]:
    return [Param(number) for number in range(count)]


def prepared_update(change: Callable[[], tuple[Any, dict[str, Any]]]) -> Callable[..., int]:
    """Turn a function that returns a queryset and new values into one that updates the rows.

    Both may contain `Param`. The new function takes the values and returns the number of updated rows.
    """

    @functools.wraps(change)
    def make(*given: object) -> int:
        made: _Change = _once(change, lambda: _Change(*change()))
        return made.rows(given)

    return make


def _once(key: object, make: Callable[[], Any]) -> Any:
    """Return the compiled query of this connection, which belongs to one thread and one database."""
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
        cursor.execute(self._sql, tuple(self._bind(each, given) for each in self._values))

    def _bind(self, value: object, given: Sequence[object]) -> object:
        if not isinstance(value, Slot):
            return value
        if value.field is None:
            return given[value.number]
        return value.field.get_db_prep_value(given[value.number], self._connection, prepared=False)


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
        return [self._made.from_row(row) if self._made else tuple(row) for row in found]


class _Model:
    """Build model instances from rows, as Django's own ModelIterable does."""

    def __init__(self, compiler: Any, database: str) -> None:
        fields = compiler.klass_info["select_fields"]
        self._database, self._class = database, compiler.klass_info["model"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._names = [each[0].target.attname for each in compiler.select[self._start : self._end]]
        self._related = get_related_populators(compiler.klass_info, compiler.select, database)

    def from_row(self, row: Sequence[Any]) -> Any:
        made = self._class.from_db(self._database, self._names, row[self._start : self._end])
        for each in self._related:
            each.populate(row, made)
        return made
