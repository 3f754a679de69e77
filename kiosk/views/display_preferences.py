"""Read a patron's display preferences from the status bar, and apply stored preferences to it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.views.screen_state import Status
from lending.display_preferences import DisplayPreferences


def preferences_of(status: Status) -> DisplayPreferences:
    """Return the language and the settings that are switched on."""
    on = {
        "large_text": status.large_text,
        "contrast": status.contrast,
        "lower": bool(status.low),
        "still": status.still,
        "voice": bool(status.voice),
        "hide_titles": status.hidden,
        "upright": status.upright,
    }
    return DisplayPreferences(status.language, frozenset(name for name, chosen in on.items() if chosen))


def apply_preferences(status: Status, look: DisplayPreferences, ordinary: Status) -> Status:
    """Apply a patron's preferences to the status, as far as this kiosk supports them.

    A setting that the patron changed by hand, so that it differs from `ordinary`, stays.
    """
    mine, plain = preferences_of(status), preferences_of(ordinary)
    language = mine.language if mine.language != plain.language else look.language
    on = look.on | mine.on
    return replace(
        status,
        language=language,
        large_text="large_text" in on,
        contrast="contrast" in on,
        low=None if status.low is None else "lower" in on,
        still="still" in on,
        voice=None if status.voice is None else "voice" in on,
        hidden="hide_titles" in on,
        upright="upright" in on,
    )
