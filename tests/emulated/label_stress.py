"""Show labels that are hard to read to the decoder, and count its results."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.benchmarks.barcodes import EveryCode
from kiosk.config.models import Barcodes, Number, Numbers
from kiosk.hardware.barcodes.acceptance import Acceptance, Judge, rules_of
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import AcceptedCode, Symbology
from lending.number_patterns import NumberKind
from tests.emulated.labels import HARD, Trial, stress

ANY = frozenset(NumberKind)
FRAMES = 3
"""Frames per label; two matching reads are enough to accept it."""
INTERVAL = 1 / 15


@dataclass(slots=True)
class Tally:
    labels: int = 0
    misread: int = 0
    """Labels with a wrong text in some frame, regardless of the rules."""
    cut: int = 0
    """Misread labels with a part of the correct text."""
    passed: int = 0
    """Labels with a wrong text in some frame that the rules allow."""
    right: int = 0
    wrong: int = 0
    """Labels accepted with a wrong text."""


def library_rules() -> Judge:
    """Return the rules: 14 digits on items (Codabar, ITF), LB and 8 digits on cards (Code 39, Code 128)."""
    return rules_of(
        Numbers(item=Number(digits=14, luhn=True, prefix="3"), card=Number(pattern="LB[0-9]{8}")),
        Barcodes(item=("codabar", "itf"), card=("code39", "code128")),
    )


def count(trials: Iterable[Trial]) -> dict[Symbology, Tally]:
    tallies = {symbology: Tally() for symbology in HARD}
    for trial in trials:
        _hold(trial, tallies[trial.label.symbology])
    return tallies


def _hold(trial: Trial, tally: Tally) -> None:
    rules, text = library_rules(), trial.label.text
    cascade, acceptance = Cascade(), Acceptance(rules)
    read: set[str] = set()
    passed: set[str] = set()
    accepted: set[str] = set()
    for number, frame in enumerate(trial.frames):
        reading = cascade.decode(frame, EveryCode().hunt(ANY, thorough=False))
        read |= {code.text for code in reading.codes}
        passed |= {judged.text for code in reading.codes if (judged := rules.number(code))}
        sight = acceptance.see(number * INTERVAL, reading, ANY)
        accepted |= {fact.text for fact in sight.facts if isinstance(fact, AcceptedCode)}
    tally.labels += 1
    tally.misread += bool(read - {text})
    tally.cut += any(each != text and each in text for each in read)
    tally.passed += bool(passed - {text})
    tally.right += text in accepted
    tally.wrong += bool(accepted - {text})


def main(labels: int, seed: int) -> int:
    """Print a line per symbology; return 1 if a wrong text was accepted."""
    tallies = count(stress(labels, seed, FRAMES))
    print("symbology  labels  misread  a part  passed the rules  accepted right  accepted wrong")
    for symbology, each in tallies.items():
        numbers = (each.labels, each.misread, each.cut, each.passed, each.right, each.wrong)
        widths = (6, 7, 6, 16, 14, 14)
        print(f"{symbology:9}  " + "  ".join(f"{n:{width}}" for n, width in zip(numbers, widths, strict=True)))
    return 1 if any(each.wrong for each in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
