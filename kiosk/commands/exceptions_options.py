"""Define the options of `kiosk exceptions`; the implementation is imported when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.system.default_paths import DEFAULT_CONFIG


def add_exceptions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "what staff have to see to, where the central speaks SIP2 and no hub is there"
    parser = commands.add_parser("exceptions", help=words)
    parser.add_argument("what", choices=["show", "export", "settle", "confirm"])
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="show: code on a receipt; settle: exceptions that staff have resolved; confirm: items returned here",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="export: CSV file for staff, with card numbers")
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, help=f"default: {DEFAULT_CONFIG}")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from kiosk.commands.exceptions import run

    return run(options.what, options.config, options.names, options.out)
