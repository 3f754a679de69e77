"""Shared behaviour of the command-line programs: --version, and exit on a closed output pipe."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

DISTRIBUTION = "library-kiosk"
CLOSED = 141
"""Shell exit code of a program ended by SIGPIPE: 128 + 13."""


class ShowVersion(argparse.Action):
    """Print the version of the installed package; the metadata is read only when the option is used."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version", **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print program and version, and exit with 0."""
        print(f"{parser.prog} {version(DISTRIBUTION)}")
        parser.exit()


def until_closed(command: Callable[[], int]) -> int:
    """Run a command and return its exit code, or `CLOSED` if the reader of its output went away, as with `| head`."""
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # Redirect stdout: the interpreter flushes it again at exit and would raise a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    return code
