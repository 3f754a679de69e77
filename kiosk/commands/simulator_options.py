"""Define the options of `kiosk simulator`; the implementation is imported when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

LENDING = ("koha", "evergreen", "folio", "strict")
"""Dialects with enough information to lend by."""


def add_simulator(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("simulator", help="be a library system that speaks SIP2, and misbehaves on request")
    parser.add_argument("--port", type=int, default=6001, help="where SIP2 is spoken, on the loopback (default: 6001)")
    parser.add_argument("--control", type=int, metavar="PORT", help="where tests give orders (default: the next port)")
    parser.add_argument("--dialect", metavar="NAME", default="koha", help="whose manners (default: koha)")
    parser.add_argument("--charset", metavar="NAME", help="default: the dialect's own")
    parser.add_argument("--temper", metavar="NAME[:SEED]", help="how it misbehaves: docs/simulator.md names them")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    parser.add_argument("--zone", default="Asia/Shanghai", help="the library's time (default: Asia/Shanghai)")
    library = parser.add_mutually_exclusive_group()
    library.add_argument("--demo-library", action="store_true", help="patrons and items of `kiosk-hub demo`")
    library.add_argument("--library", type=Path, metavar="FILE", help="patrons and items, as `kiosk-hub demo --json`")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="writes down every message")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from kiosk.commands.simulator import run

    return run(options)


def lending_dialect(text: str) -> str:
    """Parse `sip2` or `sip2:DIALECT`. Raises ArgumentTypeError."""
    driver, _, name = text.partition(":")
    if driver != "sip2" or (name or LENDING[0]) not in LENDING:
        raise argparse.ArgumentTypeError(f"{text!r}: should be sip2, or sip2: and one of {', '.join(LENDING)}")
    return name or LENDING[0]
