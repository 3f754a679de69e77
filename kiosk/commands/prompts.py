"""Prompt for a secret without echo."""

from __future__ import annotations

import sys
from getpass import getpass


def secret(question: str, again: str = "") -> str:
    """Read a secret: hidden at a terminal, twice if `again` is the second prompt; else a line of standard input.

    Returns an empty string if the two differ. Secrets are no command arguments, as every user of the machine can read
    those.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    typed = getpass(f"{question}: ")
    return typed if not again or getpass(f"{again}: ") == typed else ""
