"""Gathers all that is kept of a person, so that she can read it and take it away; leaves nothing out but keys."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import CASCADE, Field, Model

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import Box
from hub.outreach.library_system_registry import the_central
from hub.outreach.profiles.models import Person

Row = dict[str, object]
NOT_HERS = frozenset({"hash", "id"})
"""Columns that say nothing to her: keyed hashes and our own numbers."""


def exported(person: Person) -> dict[str, object]:
    """All of it, as JSON can hold it: what circulation keeps, and every row that would go with her."""
    return {
        "made_at": hub_clock().now().isoformat(),
        "reference": person.ref,
        "circulation": the_central().kept(person.ref),
        "record": _row(person),
        **dict(sorted(_tables(type(person), [person]))),
    }


def as_json(person: Person) -> str:
    return json.dumps(exported(person), ensure_ascii=False, indent=1)


def _tables(model: type[Model], rows: Sequence[Model]) -> Iterator[tuple[str, list[Row]]]:
    """The rows that hang on these, table by table, and those that hang on them: what deleting would take along."""
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
