"""Merge the settings that the library changes at its hub into the configuration of kiosk.toml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from kiosk.config.fields import Section
from kiosk.config.models import Config
from lending.wire.kiosk_settings import ALWAYS

PLACES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "screen_hours": ("screen", "awake"),
        "languages": ("library", "languages"),
        "language": ("library", "language"),
        "ask_face": ("asks", "face"),
        "accent": ("library", "accent"),
        "slides": ("screen", "slides"),
        "receipt_width": ("receipt_printer", "width"),
        "sound_volume": ("sound", "volume"),
        "voice_volume": ("voice", "volume"),
        "voice_speed": ("voice", "speed"),
        "beeps": ("lights", "beeps"),
    }
)
"""Section and key of kiosk.toml that each setting replaces."""


class UnusableSetting(Exception):
    """A setting has a value that this version of the kiosk cannot use; `args[0]` is its name."""


def with_settings(config: Config, values: Mapping[str, Any]) -> Config:
    """Return the configuration with these settings.

    Settings of a part that is not fitted, or whose driver lacks them, have no effect: a library sets the volume of all
    its kiosks at once. Settings without a place are ignored; see `unknown_settings`.

    Raises:
        UnusableSetting: The first setting whose value is not usable.
    """
    changed: dict[str, Section] = {}
    for name, value in values.items():
        if name not in PLACES or value is None:
            continue
        section, key = PLACES[name]
        before: Section = changed.get(section, getattr(config, section))
        if key not in type(before).model_fields:
            continue
        table = before.model_dump(mode="json", exclude_unset=True)
        table[key] = None if (name, value) == ("screen_hours", ALWAYS) else value
        try:
            changed[section] = type(before).model_validate_json(json.dumps(table))
        except ValidationError:
            raise UnusableSetting(name) from None
    return config.model_copy(update=changed)


def unknown_settings(values: Mapping[str, Any]) -> list[str]:
    """Return the settings that this version ignores."""
    return sorted(name for name in values if name not in PLACES)
