"""Export all data kept about a person for their own use, without keyed hashes and row ids; lay it out for reading."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CASCADE, Field, Model
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import EncryptedText
from hub.core.pages import formatting
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Change, Person
from hub.outreach.patrons.records import RecordSource, note

WHAT = "export"
"""Name of the export in the change log of a record."""
Row = dict[str, object]
INTERNAL_COLUMNS = frozenset({"hash", "id"})
"""Columns without meaning for the patron: keyed hashes and row ids."""
Entry = tuple[tuple[str, str], ...]


def export_person(person: Person) -> dict[str, object]:
    """Return the whole export as JSON values: circulation's data and each row that erasure would delete."""
    tables: dict[str, list[Row]] = {}
    for name, rows in _tables(type(person), [person]):  # a table that names the person twice comes twice
        tables.setdefault(name, []).extend(rows)
    return {
        "made_at": hub_clock().now().isoformat(),
        "reference": person.ref,
        "circulation": the_central().patron_data(person.ref),
        "record": _row(person),
        **dict(sorted(tables.items())),
    }


def as_json(person: Person) -> str:
    """Return the export as indented JSON text."""
    return json.dumps(export_person(person), ensure_ascii=False, indent=1)


@atomic
def issue_export(person: Person, by: RecordSource) -> str:
    """Return the export as text for the patron, and log in the record that it was given out."""
    note(person, WHAT, Change.Act.ADDED, by)
    return as_json(person)


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
        if field.name not in INTERNAL_COLUMNS and not _is_person(field)
    }


def _is_person(field: "Field[Any, Any]") -> bool:
    return field.related_model is Person and field.name != "guardian"


def _plain(field: "Field[Any, Any]", value: object) -> object:
    match value:
        case EncryptedText():
            return value.decrypt()
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return str(value)
        case None | bool() | int() | float() | str() | list() | dict():
            return value
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class Chapter:
    """Heading with its entries; each entry is a list of names and values."""

    words: str
    entries: tuple[Entry, ...]


def chapters(export: Mapping[str, object]) -> list[Chapter]:
    """Return all chapters with entries, in the order of the export."""
    return [Chapter(words, entries) for words, entries in _chapters(export) if entries]


def _chapters(export: Mapping[str, object]) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    yield _("This export"), _entries({name: value for name, value in export.items() if isinstance(value, str)}, None)
    for name, value in export.items():
        if name == "circulation" and isinstance(value, Mapping):
            for part, rows in value.items():
                yield str(_key_names().get(part, part)), _entries(rows, None)
        elif isinstance(value, list | dict):
            model = apps.get_model("patrons.person" if name == "record" else name)
            words = _("Record") if name == "record" else str(model._meta.verbose_name_plural)
            yield words[:1].upper() + words[1:], _entries(value, model)


def _entries(rows: object, model: type[Model] | None) -> tuple[Entry, ...]:
    every = rows if isinstance(rows, list) else [rows]
    return tuple(
        tuple(_read(str(name), value, model) for name, value in row.items() if value not in (None, ""))
        for row in every
        if isinstance(row, Mapping)
    )


def _read(name: str, value: object, model: type[Model] | None) -> tuple[str, str]:
    """Return name and value of a column, translated if there are words for them."""
    try:
        field = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        field = None
    if field is None:
        return _key_names().get(name, name.replace("_", " ")), _value(value)
    chosen = dict(field.flatchoices).get(value) if getattr(field, "choices", None) else None
    return str(field.verbose_name), str(chosen or _value(value))


def _value(value: object) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case float():
            return f"{value:.3g}"
        case list():
            return _(", ").join(map(_value, value))
        case Mapping():
            return _(", ").join(f"{name}: {_value(each)}" for name, each in value.items())
        case str() if "T" in value:
            return _moment(value)
        case _:
            return str(value)


def _moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return formatting.date_and_time(found) if found.tzinfo else text


def _key_names() -> dict[str, str]:
    """Return translated names for the keys that circulation uses."""
    return {
        "patron": _("Circulation data"),
        "cards": _("Cards"),
        "loans": _("Loans"),
        "holds": _("Holds"),
        "fees": _("Fees"),
        "payments": _("Payments"),
        "waivers": _("Waivers"),
        "events": _("Circulation events"),
        "made_at": _("created at"),
        "reference": _("reference"),
        "identifier": pgettext("patron", "number"),
        "name": pgettext("patron", "name"),
        "status": _("status"),
        "expires": _("expires"),
        "language": pgettext("patron", "language"),
        "category": _("patron category"),
        "has_pin": _("has a PIN"),
        "last4": _("last four"),
        "state": _("state"),
        "checked_out_at": _("checked out"),
        "due": _("due"),
        "renewals": _("renewals"),
        "closed_at": _("ended"),
        "item": _("barcode"),
        "title": _("title"),
        "placed_at": _("placed"),
        "until": _("until"),
        "kind": _("kind"),
        "amount": _("amount"),
        "paid": _("paid"),
        "waived": _("waived"),
        "means": _("means of payment"),
        "reversed_at": _("reversed"),
        "reason": _("reason"),
        "charged_at": _("charged"),
        "settled_at": _("resolved"),
        "note": _("note"),
        "at": _("at"),
    }
