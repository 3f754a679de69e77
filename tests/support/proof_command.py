"""The command line of a proof, as scripts/prove calls it, and its exit status."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kiosk.benchmarks.record import Record


def options(name: str, about: str | None, seed: str, usual: int, what: str, release: int) -> argparse.ArgumentParser:
    """Return the parser of `scripts/prove --only NAME`.

    Args:
        name: NAME.
        about: What the proof does.
        seed: What the seed decides.
        usual: Usual dose, counted in `what`.
        what: What is counted.
        release: Dose before a release.
    """
    parser = argparse.ArgumentParser(prog=f"scripts/prove --only {name}", description=about)
    parser.add_argument("--seed", type=int, default=1, help=seed)
    parser.add_argument("--images", type=int, default=usual, help=f"how many {what}")
    parser.add_argument("--release", action="store_true", help=f"{release:,} {what}")
    parser.add_argument("--figures", type=Path, help="where the records are to be written, as JSON")
    return parser


def ended(records: Sequence[Record], figures: Path | None) -> int:
    """Write the records to `figures` if given; return 0 if all hold, else 1."""
    if figures:
        figures.write_text(json.dumps([asdict(each) for each in records]), encoding="utf-8")
    return 0 if all(each.held for each in records) else 1
