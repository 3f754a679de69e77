"""Lays out an export so that the person it is about can read it; leaves nothing out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading with its entries; each entry is a list of names and values."""

    words: str
    entries: tuple[tuple[tuple[str, str], ...], ...]


def chapters(told: Mapping[str, object]) -> list[Chapter]:
    """Everything that is in the export, in its order."""
    found = [Chapter(words, entries) for words, entries in _chapters(told) if entries]
    single = tuple((name, _value(value)) for name, value in told.items() if not isinstance(value, list | dict))
    return [Chapter(_("This export"), (single,)), *found]


def _chapters(told: Mapping[str, object]) -> Iterator[tuple[str, tuple[tuple[tuple[str, str], ...], ...]]]:
    for name, value in told.items():
        if name == "circulation" and isinstance(value, Mapping):
            for part, rows in value.items():
                yield str(_circulation().get(part, part)), _entries(rows)
        elif isinstance(value, list | dict):
            yield _heading(name), _entries(value)


def _heading(name: str) -> str:
    if name == "record":
        return _("Record")
    label, model = name.split(".", 1)
    return str(apps.get_model(label, model)._meta.verbose_name_plural).capitalize()


def _circulation() -> dict[str, str]:
    return {
        "patron": _("At the desk"),
        "cards": _("Cards"),
        "loans": _("Loans"),
        "holds": _("Holds"),
        "fees": _("Fees"),
        "events": _("What happened"),
    }


def _entries(rows: object) -> tuple[tuple[tuple[str, str], ...], ...]:
    every = rows if isinstance(rows, list) else [rows]
    return tuple(
        tuple((str(name).replace("_", " "), _value(value)) for name, value in row.items() if value not in (None, ""))
        for row in every
        if isinstance(row, Mapping)
    )


def _value(value: object) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case list():
            return _(", ").join(map(_value, value))
        case Mapping():
            return _(", ").join(f"{name}: {_value(each)}" for name, each in value.items())
        case _:
            return str(value)
