"""What every command line of the project does alike: its version, and an output that its reader has closed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

DISTRIBUTION = "library-kiosk"
CLOSED = 141
"""Exit code in a shell of a program that SIGPIPE ended: 128 + 13."""


class ShowVersion(argparse.Action):
    """Print the version of the installed package; it is read from the disk only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version", **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{parser.prog} {version(DISTRIBUTION)}")
        parser.exit()


def until_closed(command: Callable[[], int]) -> int:
    """Run a command to its end, or until its output is closed, as by `| head`."""
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    return code
