"""Translate command output to the language of the terminal."""

from __future__ import annotations

import os

from kiosk.system.lazy_text import translate

TRADITIONAL = ("zh_TW", "zh_HK", "zh_MO")
"""Locales written in traditional Chinese characters."""


def in_words(text: object) -> object:
    """Translate a lazy text, or an exception that carries one, for the terminal."""
    from kiosk.words import Words

    return translate(text, Words(language()).say)


def language() -> str:
    """Return the language of the locale settings (locale(7)); English if the kiosk has no catalogue for it."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    from lending.languages import languages

    if locale.startswith(TRADITIONAL):
        return "zh_TW"
    return locale[:2] if locale[:2] in languages() else "en"
