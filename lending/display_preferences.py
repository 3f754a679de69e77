"""How a patron likes the screen, as it is remembered for her card where she wishes it; knows no screen and no card."""

from __future__ import annotations

from dataclasses import dataclass

from lending.languages import languages

LOOK = "look"
"""By which name it travels as something that she says."""
OFF = "off"
"""It is remembered no more."""
SETTINGS = ("large_text", "contrast", "lower", "still", "voice", "hide_titles", "upright")
"""What is switched on or left off, in the order in which it is written."""


@dataclass(frozen=True, slots=True)
class DisplayPreferences:
    """A language, and the settings that are on; none of them is the library's ordinary screen in her language."""

    language: str
    on: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """As it travels: `en large_text hide_titles`."""
        return " ".join((self.language, *(each for each in SETTINGS if each in self.on)))


def read(text: str) -> DisplayPreferences | None:
    """None for what is no look, or one of a later version."""
    language, *on = text.split(" ")
    known = language in languages() and len(set(on)) == len(on) and set(on) <= set(SETTINGS)
    return DisplayPreferences(language, frozenset(on)) if known else None
