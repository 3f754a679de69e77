"""Render kiosk.toml."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

Table: TypeAlias = Mapping[str, Any]
BARE = re.compile(r"[A-Za-z0-9_-]+")
"""Keys that TOML accepts without quotation marks."""


def render(sections: Mapping[str, Table]) -> str:
    """Render tables of tables, strings, numbers, booleans and lists as TOML; a date becomes its text.

    Keys outside a section come first, where validation reports them by name.
    """
    bare = "".join(_line(*item) for item in sections.items() if not isinstance(item[1], Mapping))
    tables = {name: table for name, table in sections.items() if isinstance(table, Mapping)}
    return bare + "\n".join(
        f"[{_key(name)}]\n" + "".join(_line(*item) for item in table.items()) for name, table in tables.items()
    )


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}\n"


def _key(name: str) -> str:
    """Return the key, quoted where necessary, as for a technician's name in Chinese."""
    return name if BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return _text(value)


def _text(value: Any) -> str:
    """Return a value as JSON, which is valid TOML except for DEL: JSON leaves it unescaped."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")
