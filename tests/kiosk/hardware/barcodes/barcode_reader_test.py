"""Test the real decoder from pictures to facts: label and ISBN on one book, two books, an ISBN alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.hardware.barcode_scanner import FilteredBarcodeReader, open_eye
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import (
    AcceptedCode,
    BarcodeHunt,
    Fact,
    Frame,
    NotThisCode,
    Reading,
    ShowOne,
    Symbology,
    TurnOver,
)
from lending.number_patterns import NumberKind
from tests.emulated.labels import Air, Label, Pose
from tests.kiosk.hardware.barcodes.drawn_labels import (
    ADA,
    CARD,
    DUNE,
    ITEM,
    MOMO,
    codabar,
    default_rules,
    frame,
    isbn,
    left,
    middle,
    right,
)
from tests.kiosk.hardware.scanner_operator import config_with

FRAME = 1 / 15


def facts(seconds: float, shown: Frame, wanted: frozenset[NumberKind] = ITEM, every: float = FRAME) -> list[Fact]:
    eye = FilteredBarcodeReader(Cascade(), default_rules())
    return [fact for n in range(round(seconds / every)) for fact in eye.look(n * every, shown, wanted).facts]


def accepted(found_facts: list[Fact]) -> list[tuple[NumberKind, str]]:
    assert all(isinstance(fact, AcceptedCode) for fact in found_facts)
    return [(fact.kind, fact.text) for fact in found_facts if isinstance(fact, AcceptedCode)]


@pytest.mark.parametrize(
    ("label", "book"), [(left(), right()), (left(37), right(37)), (left(37), right()), (left(), right(90))]
)
def test_label_next_to_an_isbn_is_accepted(label: Pose, book: Pose) -> None:
    both = frame((codabar(height=25.0), label), (isbn(), book))
    assert accepted(facts(0.8, both)) == [(NumberKind.ITEM, DUNE)]


def test_isbn_alone_gives_a_wrong_code_hint_with_its_corners() -> None:
    (found_facts,) = facts(1.5, frame((isbn(), middle(20))))
    assert isinstance(found_facts, NotThisCode)
    assert sum(x for x, _ in found_facts.corners) / 4 == pytest.approx(640, abs=40)


@pytest.mark.parametrize("askew", [0.0, 37.0, 90.0])
def test_two_labels_give_a_show_one_hint(askew: float) -> None:
    both = frame((codabar(DUNE, height=25.0), left()), (codabar(MOMO, height=25.0), right(askew)))
    assert facts(0.8, both) == [ShowOne()]


def test_card_is_accepted_only_where_a_card_is_wanted() -> None:
    card = frame((Label(Symbology.QR, ADA), middle(30, module=4.0)))
    assert accepted(facts(1, card, CARD)) == [(NumberKind.CARD, ADA)]
    assert facts(1, card, ITEM) == []


def test_blurred_label_gives_a_turn_hint() -> None:
    blurred = frame((codabar(), middle(33)), air=Air(blur=3.0))
    assert facts(6, blurred, every=0.5) == [TurnOver()]


def test_corners_of_the_found_code_are_reported() -> None:
    eye = FilteredBarcodeReader(Cascade(), default_rules())
    found = eye.look(0.0, frame((codabar(), left(33)), (isbn(), right())), ITEM).found
    assert found is not None
    assert sum(x for x, _ in found) / 4 == pytest.approx(330, abs=40)


class Decoder:
    """Misses every second frame."""

    def __init__(self) -> None:
        self._real = Cascade()
        self._frames = 0

    def decode(self, frame: Frame, hunt: BarcodeHunt) -> Reading | None:
        self._frames += 1
        return self._real.decode(frame, hunt) if self._frames % 2 else None


def test_missed_frame_does_not_reset_acceptance() -> None:
    eye = FilteredBarcodeReader(Decoder(), default_rules())
    shown = frame((codabar(), middle()))
    found_facts = [eye.look(n * FRAME, shown, ITEM).facts for n in range(4)]
    assert [len(each) for each in found_facts] == [0, 0, 1, 0]


def test_reader_opens_from_the_configuration(tmp_path: Path) -> None:
    shown = frame((codabar(), middle(33)))
    found_facts: list[Fact] = []
    with open_eye(config_with(tmp_path, driver="simulated")) as eye:
        for n in range(1_000_000):
            if found_facts:
                break
            found_facts += eye.look(n * FRAME, shown, ITEM).facts
    assert accepted(found_facts) == [(NumberKind.ITEM, DUNE)]
