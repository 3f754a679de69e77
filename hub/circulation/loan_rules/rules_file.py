"""Transfer a library's settings between hubs: branches, types, categories, loan rules, closed days.

The file contains neither patrons nor items. Reading it never deletes a row.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Model, Q, QuerySet

from hub.catalogue.models import Branch, ItemType
from hub.circulation import cards
from hub.circulation.loan_rules import drafts
from hub.circulation.models import ClosedDay, Library, PatronCategory, Rule, RuleVersion


class BadRules(Exception):
    """The file cannot be used and was not imported; `args[0]` names the place and what to do."""


@dataclass(frozen=True, slots=True)
class RulesTable:
    """A table of the file and the fields that identify its rows.

    `known_by` is empty for a table of one row.
    """

    model: type[Model]
    known_by: tuple[str, ...]
    left_out: tuple[str, ...] = ("id",)


PARTS = {
    "library": RulesTable(Library, (), ("id", "card_key_check")),
    "branches": RulesTable(Branch, ("code",)),
    "item_types": RulesTable(ItemType, ("code",)),
    "patron_categories": RulesTable(PatronCategory, ("code",)),
    "editions": RulesTable(RuleVersion, ("since",)),
    "rules": RulesTable(Rule, ("edition", "category", "item_type", "branch")),
    "closed_days": RulesTable(ClosedDay, ("branch", "day")),
}
"""The tables in the order of their dependencies. Relations are written by code, rule versions by their first day."""


NAME: dict[type, str] = {Branch: "code", ItemType: "code", PatronCategory: "code", RuleVersion: "since"}


def content_of() -> dict[str, list[dict[str, Any]]]:
    """Return the file's content by table."""
    return {name: [_values(part, row) for row in _rows(part.model)] for name, part in PARTS.items()}


def _rows(model: type[Model]) -> QuerySet:
    """Return all rows except drafts of rules."""
    found: QuerySet = model._default_manager.order_by("pk")
    if model is RuleVersion:
        return found.exclude(since=None)
    return found.filter(Q(edition=None) | Q(edition__since__isnull=False)) if model is Rule else found


def write(path: Path) -> int:
    """Write the file; return its number of rows."""
    found = content_of()
    path.write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    return sum(map(len, found.values()))


def _values(part: RulesTable, row: Model) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in _fields(part)}
    return {name: getattr(value, NAME[type(value)]) if type(value) in NAME else value for name, value in found.items()}


def _fields(part: RulesTable) -> Iterator[str]:
    return (field.name for field in part.model._meta.concrete_fields if field.name not in part.left_out)


def read(path: Path, really: bool) -> list[tuple[str, int]]:
    """Update each table from the file, all or nothing; return the number of rows by table.

    Raises:
        BadRules: The file cannot be used.
        FileNotFoundError: There is no such file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadRules(f"{path} is no JSON in UTF-8: {error}") from None
    if not isinstance(content, dict) or (strange := sorted(content.keys() - PARTS.keys())):
        what = f"there is no part {strange[0]!r}" if isinstance(content, dict) else "it is no object"
        raise BadRules(f"{path}: {what}; the parts are {', '.join(PARTS)}")
    with transaction.atomic(), drafts.filling():
        for name, part in PARTS.items():
            for number, row in enumerate(content.get(name, []), 1):
                try:
                    _take(part, row)
                except (ValidationError, ValueError, TypeError, KeyError, AttributeError, DatabaseError) as error:
                    raise BadRules(f"{path}: {name}, row {number}: {_plain(error)}") from None
        for library in Library.objects.all():
            cards.hold_fast(library)
        if not really:
            transaction.set_rollback(True)
    return [(name, len(content.get(name, []))) for name in PARTS]


def _take(part: RulesTable, row: dict[str, Any]) -> None:
    if strange := sorted(row.keys() - set(_fields(part))):
        raise ValueError(f"there is no {strange[0]!r}; there are {', '.join(_fields(part))}")
    values = {name: _resolve_value(part, name, value) for name, value in row.items()}
    known = {name: values.get(name) for name in part.known_by}
    found = part.model.objects.filter(
        **{_lookup_key(name, value): value or True for name, value in known.items()}
    ).first()
    made = found or part.model()
    if found is not None and all(getattr(found, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(made, name, value)
    made.full_clean()
    made.save()


def _lookup_key(name: str, value: object) -> str:
    return name if value else f"{name}__isnull"


def _resolve_value(part: RulesTable, name: str, value: Any) -> Any:
    field = part.model._meta.get_field(name)
    if field.is_relation and value is not None:
        other: Any = field.related_model
        try:
            return other.objects.get(**{NAME[other]: value})
        except other.DoesNotExist:
            raise ValueError(f"{name} {value!r} is unknown: name it above") from None
    return field.to_python(value) if value is not None else None


def _plain(error: Exception) -> str:
    return "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
