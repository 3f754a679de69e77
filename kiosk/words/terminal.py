"""The language of whoever sits at a terminal; knows no sentence."""

from __future__ import annotations

import os


def language() -> str:
    """As the terminal's own settings say (locale(7)); English where the kiosk has no other words for it."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    return "zh" if told.startswith("zh") else "en"
