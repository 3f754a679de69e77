"""The languages of the glass, a folder of kiosk/locale each: its language.toml says what it is; knows no sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

LOCALE = Path(__file__).resolve().parents[1] / "kiosk" / "locale"
SOURCES = "en"
"""In which the sources say their sentences: its folder has no others."""
KINDS = {"place": int, "usual": bool, "apart": list}
"""Of the keys of a language.toml; each other is a text."""


@dataclass(frozen=True, slots=True)
class Language:
    """Its code is its folder's name; the rest is as its language.toml has it."""

    code: str
    name: str
    """What it calls itself, and a short name where there is little room."""
    short: str
    place: int
    """Where it stands among all."""
    usual: bool = False
    """A kiosk offers it where its library names no others."""
    board: str = "latin"
    """One of `kiosk.views.text_entry.Board`: with which somebody begins to write who reads the screen in it."""
    voice: str = ""
    """espeak-ng's; empty where that has none."""
    kin: str = ""
    """Whoever reads it understands this one too: in that the library writes to her, and the kiosk speaks."""
    apart: tuple[str, str] = ("", "")
    """Its names where a language of its kin is offered too, if they are others then."""
    upright: bool = False
    """Its folder has a few screens in a script that is read from the top down."""

    def named(self, beside: Collection[str]) -> tuple[str, str]:
        """Its name and the short one, as they stand among those of other languages."""
        told_apart = self.apart[0] and any(languages()[each].kin == self.code for each in beside)
        return self.apart if told_apart else (self.name, self.short)


@cache
def languages() -> Mapping[str, Language]:
    """By code, in their order. Raises ValueError that names the file which is wrong."""
    found = [_read(file) for file in LOCALE.glob("*/language.toml")]
    return MappingProxyType({each.code: each for each in sorted(found, key=lambda each: (each.place, each.code))})


def usual() -> tuple[str, ...]:
    """Those that a kiosk offers where its library names no others."""
    return tuple(code for code, each in languages().items() if each.usual)


def kin(language: str) -> str:
    """The language in which others write to whoever reads this one."""
    known = languages().get(language)
    return known.kin or language if known else language


def own(texts: Mapping[str, str], language: str) -> str:
    """Of texts by language hers, as it was written; empty where there is none."""
    return texts.get(language) or texts.get(kin(language)) or ""


def _read(file: Path) -> Language:
    folder = file.parent
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        for key, value in told.items():
            if not isinstance(value, kind := KINDS.get(key, str)):
                raise ValueError(f"{key} = {value!r} is no {kind.__name__}")
        one, other = told.pop("apart", ("", ""))
        return Language(folder.name, apart=(one, other), upright=(folder / "upright").is_dir(), **told)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from error
