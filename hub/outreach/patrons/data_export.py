"""Export all data kept about a person for their own use, without keyed hashes and row ids."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import CASCADE, Field, Model

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import Box
from hub.outreach.library_system.registry import the_central
from hub.outreach.patrons.models import Person

Row = dict[str, object]
NOT_HERS = frozenset({"hash", "id"})
"""Columns without meaning for the patron: keyed hashes and row ids."""


def exported(person: Person) -> dict[str, object]:
    """Return the whole export as JSON values: circulation's data and each row that erasure would delete."""
    return {
        "made_at": hub_clock().now().isoformat(),
        "reference": person.ref,
        "circulation": the_central().kept(person.ref),
        "record": _row(person),
        **dict(sorted(_tables(type(person), [person]))),
    }


def as_json(person: Person) -> str:
    """Return the export as indented JSON text."""
    return json.dumps(exported(person), ensure_ascii=False, indent=1)


def _tables(model: type[Model], rows: Sequence[Model]) -> Iterator[tuple[str, list[Row]]]:
    """Yield by table the rows that cascade from these, recursively: what deleting them would delete."""
    for relation in model._meta.related_objects:
        if relation.on_delete is not CASCADE:
            continue
        found = list(relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": rows}))
        if found:
            yield relation.related_model._meta.label_lower, [_row(each) for each in found]
            yield from _tables(relation.related_model, found)


def _row(row: Model) -> Row:
    return {
        field.name: _plain(field, getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.name not in NOT_HERS and not _is_person(field)
    }


def _is_person(field: "Field[Any, Any]") -> bool:
    return field.related_model is Person and field.name != "guardian"


def _plain(field: "Field[Any, Any]", value: object) -> object:
    match value:
        case Box():
            return value.opened()
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case None | bool() | int() | float() | str() | list() | dict():
            return value
        case _:
            return str(value)
