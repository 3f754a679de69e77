"""Define the options of `kiosk simulator`; the implementation is imported when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

LENDING = ("koha", "evergreen", "folio", "strict")
"""Dialects with enough information to lend by."""


def add_simulator(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("simulator", help="run a simulated SIP2 library system with optional faults")
    parser.add_argument("--port", type=int, default=6001, help="SIP2 port on the loopback interface (default: 6001)")
    parser.add_argument("--control", type=int, metavar="PORT", help="control port for tests (default: the next port)")
    parser.add_argument("--dialect", metavar="NAME", default="koha", help="library system to imitate (default: koha)")
    parser.add_argument("--charset", metavar="NAME", help="character set (default: the dialect's)")
    parser.add_argument("--temper", metavar="NAME[:SEED]", help="fault mode; see docs/simulator.md")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="delay before each response")
    parser.add_argument("--zone", default="Asia/Shanghai", help="time zone of the library (default: Asia/Shanghai)")
    library = parser.add_mutually_exclusive_group()
    library.add_argument("--demo-library", action="store_true", help="use the patrons and items of `kiosk-hub demo`")
    library.add_argument(
        "--library",
        type=Path,
        metavar="FILE",
        help="file with patrons and items, in the format of `kiosk-hub demo --json`",
    )
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="file for a transcript of every message")
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
