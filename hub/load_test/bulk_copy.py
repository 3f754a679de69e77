"""Insert columns into a table: by binary COPY on PostgreSQL, else row by row.

COPY inserts millions of rows in seconds.

Source: PostgreSQL documentation, "COPY", Binary Format.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.core.management.color import no_style
from django.db import connection, models
from numpy.typing import NDArray

SOME = 200_000
EPOCH = "2000-01-01"
WIDTHS = {
    "AutoField": ">i4",
    "BigAutoField": ">i8",
    "BigIntegerField": ">i8",
    "BooleanField": ">i1",
    "FloatField": ">f8",
    "IntegerField": ">i4",
    "PositiveBigIntegerField": ">i8",
    "PositiveIntegerField": ">i4",
    "PositiveSmallIntegerField": ">i2",
    "DateField": ">i4",
    "DateTimeField": ">i8",
}
Column = NDArray[Any] | str | int | float | bool | None
"""An array with one value per row (texts as bytes of one length), or a value for all rows."""


def put(model: type[models.Model], rows: int, **columns: Column) -> None:
    """Insert `rows` rows. A column that is not given has the field's default, or is empty."""
    fields = [each for each in model._meta.concrete_fields if each.attname in columns or not each.primary_key]
    named = {each: columns.pop(each.attname, _default(each)) for each in fields}
    if columns:
        raise ValueError(f"{model.__name__} has no {', '.join(columns)}")
    for begin in range(0, rows, SOME):
        some = slice(begin, min(begin + SOME, rows))
        part = {each: value[some] if isinstance(value, np.ndarray) else value for each, value in named.items()}
        if connection.vendor == "postgresql":
            _copy_binary(model, some.stop - begin, part)
        else:
            _insert_rows(model, some.stop - begin, part)


def reset_sequences(*touched: type[models.Model]) -> None:
    """Reset the tables' sequences to the number after the last row."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), touched):
            cursor.execute(statement)


def _default(field: Any) -> Column:
    found = field.get_default()
    return "[]" if isinstance(field, models.JSONField) and found == [] else found


def _copy_binary(model: type[models.Model], rows: int, columns: dict[Any, Column]) -> None:
    names = ", ".join(f'"{each.column}"' for each in columns)
    parts: list[tuple[str, str, Any]] = [("count", ">i2", len(columns))]
    for field, value in columns.items():
        parts += _binary(field, value)
    packed = np.zeros(rows, dtype=[(f"{at}{name}", form) for at, (name, form, _value) in enumerate(parts)])
    for at, (name, _form, value) in enumerate(parts):
        packed[f"{at}{name}"] = value
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN BINARY') as to:
        to.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + packed.tobytes() + b"\xff\xff")


def _binary(field: Any, value: Column) -> list[tuple[str, str, Any]]:
    """Return length and value in PostgreSQL's binary format."""
    if value is None:
        return [("none", ">i4", -1)]
    kind = _kind(field)
    if kind == "UUIDField":
        return [("length", ">i4", 16), ("value", "V16", value)]
    if kind == "JSONField":
        text = value if isinstance(value, np.ndarray) else np.bytes_(str(value).encode())
        return [
            ("length", ">i4", text.dtype.itemsize + 1),
            ("form", ">i1", 1),
            ("text", f"S{text.dtype.itemsize}", text),
        ]
    if kind in WIDTHS:
        form = WIDTHS[kind]
        return [("length", ">i4", int(form[2])), ("value", form, _number(kind, value))]
    text = value if isinstance(value, np.ndarray) else np.bytes_(str(value).encode())
    wide = len(str(value).encode()) if not isinstance(value, np.ndarray) else text.dtype.itemsize
    return [("length", ">i4", wide), *([("text", f"S{wide}", text)] if wide else [])]


def _kind(field: Any) -> str:
    target = field.target_field if field.is_relation else field
    return str(target.get_internal_type())


def _number(kind: str, value: Any) -> Any:
    if kind == "DateTimeField":
        return (value - np.datetime64(EPOCH, "us")).astype(np.int64)
    if kind == "DateField":
        return (value - np.datetime64(EPOCH, "D")).astype(np.int64)
    return value


def _insert_rows(model: type[models.Model], rows: int, columns: dict[Any, Column]) -> None:
    plain = {field.attname: _plain(field, value, rows) for field, value in columns.items()}
    model._default_manager.bulk_create(
        (model(**dict(zip(plain, row, strict=True))) for row in zip(*plain.values(), strict=True)), batch_size=500
    )


def _plain(field: Any, value: Column, rows: int) -> list[Any]:
    """Return the values as Python objects."""
    if not isinstance(value, np.ndarray):
        shared = json.loads(value) if _kind(field) == "JSONField" and isinstance(value, str) else value
        return [shared] * rows
    found = value.tolist()
    if value.dtype.kind == "V":
        return [UUID(bytes=each) for each in found]
    if value.dtype.kind == "S":
        texts = [each.decode() for each in found]
        return [json.loads(each) for each in texts] if _kind(field) == "JSONField" else texts
    return [each.replace(tzinfo=UTC) if isinstance(each, datetime) else each for each in found]
