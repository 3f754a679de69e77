"""Map the kiosk's sentences to voice recordings, by message id."""

from __future__ import annotations

import gettext
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from lending.languages import LOCALE, SOURCES, languages

WHOLE = "zh"
"""Language whose catalogue contains every msgid."""
LONGEST = 48
"""Maximum number of characters that an id takes from its sentence."""


def message_id(text: str) -> str:
    """Return the id of a msgid: `hold-your-card-on-the-pad`.

    A long one is cut and ends with part of its SHA-256, which keeps ids distinct.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if plain and len(plain) <= LONGEST:
        return plain
    return f"{plain[:LONGEST].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")


def sentences(language: str) -> Mapping[str, str]:
    """Return the constant sentences of a language by id; sentences with placeholders are left out.

    If two msgids have the same id, the first is used.
    """
    found: dict[str, str] = {}
    for english, said in _messages(WHOLE if language == SOURCES else language).items():
        if english and "{" not in english:
            found.setdefault(message_id(english), english if language == SOURCES else said)
    return found


def recorded(folder: Path | None, language: str) -> Mapping[str, Path]:
    """Return the recorded file of each sentence of a language."""
    if folder is None or not (folder / language).is_dir():
        return {}
    files = {text: folder / language / f"{name}.wav" for name, text in sentences(language).items()}
    return {text: file for text, file in files.items() if file.is_file()}


def languages_recorded(folder: Path | None) -> frozenset[str]:
    """Return the languages with at least one recording."""
    return frozenset(each for each in languages() if recorded(folder, each))


def _messages(language: str) -> Mapping[str, str]:
    """Return msgids and translations from the compiled catalogue, which holds every translated msgid."""
    with (LOCALE / language / "LC_MESSAGES" / "kiosk.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    return {key: said for key, said in catalogue._catalog.items() if isinstance(key, str)}  # type: ignore[attr-defined]
