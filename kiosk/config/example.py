"""Write a kiosk.toml with simulated parts, for the demo and for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]
EXAMPLE = Path(__file__).parent / "kiosk.example.toml"
"""Every key with its default, as a reference for setting up a kiosk."""
BARE = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML accepts without quotes."""


def demo(state: Path, runtime: Path, url: str) -> dict[str, Table]:
    """Return the sections of the demo library's kiosk."""
    return {
        "library": {"names": {"zh": "湖滨图书馆", "en": "Lakeside Library"}, "branch": "main"},
        "kiosk": {"name": "Kiosk 1"},
        "paths": {"state": str(state), "runtime": str(runtime)},
        "central": {"driver": "hub", "url": url},
        "card_reader": {"driver": "simulated"},
        "barcode_scanner": {"driver": "simulated"},
        "receipt_printer": {"driver": "simulated"},
        "lights": {"driver": "simulated"},
        "keys": {"driver": "simulated"},
        "bin": {"driver": "simulated"},
        "security_gate": {"driver": "simulated"},
        "sound": {"driver": "simulated"},
        "voice": {"driver": "simulated"},
        "screen": {"fullscreen": False},
    }


def write_example(path: Path, state: Path, runtime: Path, url: str, changes: Mapping[str, Table] | None = None) -> Path:
    """Write the demo's kiosk.toml with `changes` applied to its sections, readable by its owner only.

    A section with another driver replaces the demo's.
    """
    sections = demo(state, runtime, url)
    for name, table in (changes or {}).items():
        before = sections.get(name, {})
        another = table.get("driver", before.get("driver")) != before.get("driver")
        sections[name] = table if another else {**before, **table}
    path.touch(mode=0o600)
    path.write_text(render(sections), encoding="utf-8")
    return path


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
