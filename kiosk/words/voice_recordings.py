"""Map the kiosk's sentences to voice recordings, by the ids of voice_ids.tsv.

An id stays with its message when the English wording changes, so that a library keeps its recordings. `scripts/words`
gives new messages the next id; the row of a message that is no longer used keeps its id, without a text.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kiosk.words.localizer import LOCALE
from lending.languages import SOURCES, languages

WHOLE = "zh"
"""Language whose catalogue contains every msgid."""
IDS = Path(__file__).parent / "voice_ids.tsv"
"""One row for each message that can be recorded: id, tab, msgid."""


@cache
def message_ids() -> Mapping[str, str]:
    """Return the recording id of each msgid."""
    rows = (line.split("\t") for line in IDS.read_text(encoding="utf-8").splitlines())
    return {text: name for name, text in rows if text}


def recordable(language: str) -> Mapping[str, str]:
    """Return msgid and sentence of each message of a language that has one form and no placeholders."""
    found = _messages(WHOLE if language == SOURCES else language)
    return {
        msgid: msgid if language == SOURCES else said for msgid, said in found.items() if msgid and "{" not in msgid
    }


def sentences(language: str) -> Mapping[str, str]:
    """Return the constant sentences of a language by id; sentences with placeholders are left out."""
    ids = message_ids()
    return {ids[msgid]: said for msgid, said in recordable(language).items() if msgid in ids}


def recordings(folder: Path | None, language: str) -> Mapping[str, Path]:
    """Return the recorded file of each sentence of a language."""
    if folder is None or not (folder / language).is_dir():
        return {}
    files = {text: folder / language / f"{name}.wav" for name, text in sentences(language).items()}
    return {text: file for text, file in files.items() if file.is_file()}


def languages_recorded(folder: Path | None) -> frozenset[str]:
    """Return the languages with at least one recording."""
    return frozenset(each for each in languages() if recordings(folder, each))


def _messages(language: str) -> Mapping[str, str]:
    """Return msgids and translations from the compiled catalogue, which holds every translated msgid."""
    with (LOCALE / language / "LC_MESSAGES" / "kiosk.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    return {key: said for key, said in catalogue._catalog.items() if isinstance(key, str)}  # type: ignore[attr-defined]
