"""The language of whoever sits at a terminal; knows no sentence."""

from __future__ import annotations

import os

from kiosk.system.lazy_text import said

TRADITIONAL = ("zh_TW", "zh_HK", "zh_MO")
"""Places whose Chinese is written in the traditional characters."""


def in_words(told: object) -> object:
    """A sentence, or an exception that tells one, for whoever sits there."""
    from kiosk.words import Words

    return said(told, Words(language()).say)


def language() -> str:
    """As the terminal's own settings say (locale(7)); English where the kiosk has no other words for it."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    from lending.languages import languages

    if told.startswith(TRADITIONAL):
        return "zh_TW"
    return told[:2] if told[:2] in languages() else "en"
