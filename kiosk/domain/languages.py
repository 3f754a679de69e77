"""The languages of the glass, and whose words a patron reads where hers has none of its own; knows no sentence."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("zh", "zh_TW", "en", "mn")
USUAL = ("zh", "en", "mn")
"""Those that a kiosk offers where its library names no others."""
KIN = {"zh_TW": "zh"}
"""Whoever reads the first understands the second: in it the library writes to her, and the kiosk speaks."""


def kin(language: str) -> str:
    """The language in which others write to whoever reads this one."""
    return KIN.get(language, language)


def own(texts: Mapping[str, str], language: str) -> str:
    """Of texts by language hers, as it was written; empty where there is none."""
    return texts.get(language) or texts.get(kin(language)) or ""
