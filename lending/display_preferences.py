"""Encode a patron's display preferences as one text, stored with the card if the patron agrees."""

from __future__ import annotations

from dataclasses import dataclass

from lending.languages import languages

OFF = "off"
"""Answer that deletes the stored preferences."""
SETTINGS = ("large_text", "contrast", "lower", "still", "voice", "hide_titles", "upright")
"""Names of the settings, in wire order."""


@dataclass(frozen=True, slots=True)
class DisplayPreferences:
    """A language and the settings that are on; an empty set is the library's default screen in that language."""

    language: str
    on: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Return the wire form, such as `en large_text hide_titles`."""
        return " ".join((self.language, *(each for each in SETTINGS if each in self.on)))


def read(text: str) -> DisplayPreferences | None:
    """Parse the wire form; None if it is invalid or written by a later version."""
    language, *on = text.split(" ")
    known = language in languages() and len(set(on)) == len(on) and set(on) <= set(SETTINGS)
    return DisplayPreferences(language, frozenset(on)) if known else None
