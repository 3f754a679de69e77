"""Mask a person's name for display in public view."""

from __future__ import annotations

import re

IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
"""Characters of Han, Kana and Hangul: a single one may be a whole given name."""


def mask_name(name: str) -> str:
    """Shorten a name to, for example, 张** or Ada L.; a one-letter last word is masked completely."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1 or IDEOGRAPHS.search(name):
        return f"{words[0][0]}**"
    last = words[-1]
    return f"{words[0]} {last[0]}." if sum(sign.isalpha() for sign in last) > 1 else f"{words[0]} **"
