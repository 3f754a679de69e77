"""Load the languages in which kiosk and hub serve patrons: one file per language in this folder."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).resolve().parent
SOURCES = "en"
"""Language of the message ids; it has no catalogue."""
KINDS = {"place": int, "usual": bool, "upright": bool, "apart": list, "countries": list}
"""Types of the keys that are not text."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language; `code` is the name of its file."""

    code: str
    name: str
    """The language's name in itself, and a short form for narrow places."""
    short: str
    place: int
    """Sort position among the languages."""
    usual: bool = False
    """Offered if the library configures no languages."""
    board: str = "latin"
    """On-screen keyboard shown first to readers of the language; a value of `kiosk.views.text_entry.Board`."""
    voice: str = ""
    """espeak-ng voice; empty if espeak-ng has none."""
    kin: str = ""
    """Code of a language that its readers also understand; used for messages and speech."""
    apart: tuple[str, str] = ("", "")
    """Name and short name used instead while a language with this `kin` is offered too; empty if unchanged."""
    countries: tuple[str, ...] = ()
    """ISO 3166 codes of the countries whose libraries usually write in it."""
    upright: bool = False
    """A few screens have a catalogue in a vertical script (read from top to bottom)."""

    def names_beside(self, others: Collection[str]) -> tuple[str, str]:
        """Return name and short name for a list that also contains `others`."""
        is_ambiguous = self.apart[0] and any(languages()[each].kin == self.code for each in others)
        return self.apart if is_ambiguous else (self.name, self.short)


@cache
def languages() -> Mapping[str, Language]:
    """Return all languages by code, in display order. Raise ValueError that names an invalid file."""
    found = [_load(file) for file in FOLDER.glob("*.toml")]
    return MappingProxyType({each.code: each for each in sorted(found, key=lambda each: (each.place, each.code))})


def usual() -> tuple[str, ...]:
    """Return the codes offered if the library configures no languages."""
    return tuple(code for code, each in languages().items() if each.usual)


def kin(language: str) -> str:
    """Return the language for messages to readers of `language`."""
    known = languages().get(language)
    return known.kin or language if known else language


def language_name(code: str) -> str:
    """Return the language's name in itself, or its code if this version does not have the language."""
    known = languages().get(code)
    return known.name if known else code


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return the text in a language, or in its kin; empty if there is neither."""
    return texts.get(language) or texts.get(kin(language)) or ""


def text_for(texts: Mapping[str, str], language: str) -> str:
    """Choose the text for readers of a language: in it, in its kin, else the first, which is the library's first."""
    return text_in(texts, language) or next(filter(None, texts.values()), "")


def _load(file: Path) -> Language:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        for key, value in values.items():
            if not isinstance(value, kind := KINDS.get(key, str)):
                raise ValueError(f"{key} = {value!r} is not of type {kind.__name__}")
        one, other = values.pop("apart", ("", ""))
        countries = tuple(values.pop("countries", ()))
        return Language(file.stem, apart=(one, other), countries=countries, **values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from error
