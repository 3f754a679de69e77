"""Which sentence was recorded in which file, by the id of its message; plays nothing."""

from __future__ import annotations

import gettext
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from lending.languages import LOCALE, SOURCES, languages

WHOLE = "zh"
"""Its catalogue has every sentence of the sources."""
LONGEST = 48
"""Signs of an id that are the sentence's own."""


def message_id(text: str) -> str:
    """`hold-your-card-on-the-pad`; a long one ends with a piece of its hash, so that none is another's."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if plain and len(plain) <= LONGEST:
        return plain
    return f"{plain[:LONGEST].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")


def sentences(language: str) -> Mapping[str, str]:
    """The kiosk's sentences in that language by their ids: those that are always said alike, so without facts in them.

    Where two messages have one id it is the first one's.
    """
    found: dict[str, str] = {}
    for english, said in _messages(WHOLE if language == SOURCES else language).items():
        if english and "{" not in english:
            found.setdefault(message_id(english), english if language == SOURCES else said)
    return found


def recorded(folder: Path | None, language: str) -> Mapping[str, Path]:
    """The file of each sentence of that language that somebody has spoken."""
    if folder is None or not (folder / language).is_dir():
        return {}
    files = {text: folder / language / f"{name}.wav" for name, text in sentences(language).items()}
    return {text: file for text, file in files.items() if file.is_file()}


def languages_recorded(folder: Path | None) -> frozenset[str]:
    """The languages of which there is a sentence at least."""
    return frozenset(each for each in languages() if recorded(folder, each))


def _messages(language: str) -> Mapping[str, str]:
    """English and what the catalogue says for it: the compiled one holds what is translated."""
    with (LOCALE / language / "LC_MESSAGES" / "kiosk.mo").open("rb") as file:
        told = gettext.GNUTranslations(file)
    return {key: said for key, said in told._catalog.items() if isinstance(key, str)}  # type: ignore[attr-defined]
