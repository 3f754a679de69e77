"""Asks whoever types a command for a secret; keeps none, and shows none."""

from __future__ import annotations

import sys
from getpass import getpass


def secret(question: str, again: str = "") -> str:
    """Typed unseen at a terminal, twice where `again` asks for it; else a line of the input. Empty when they differ.

    A secret never stands among a command's arguments: every user of the machine reads those.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    said = getpass(f"{question}: ")
    return said if not again or getpass(f"{again}: ") == said else ""
