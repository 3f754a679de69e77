"""Test the acceptance of readings as sequences of frames; each frame carries its own time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from kiosk.config import Config, ConfigError, load, write_example
from kiosk.config.models import Barcodes, Number, Numbers
from kiosk.hardware.barcodes.acceptance import GONE, ISBN_ALONE, UNREAD, Acceptance, is_mod43, rules_of
from kiosk.hardware.barcodes.model import (
    AcceptedCode,
    BarcodeHunt,
    Code,
    Fact,
    NotThisCode,
    Reading,
    ShowOne,
    Sight,
    Symbology,
    TurnOver,
)
from lending.number_patterns import NumberKind
from tests.emulated.labels import with_mod43
from tests.kiosk.hardware.barcodes.drawn_labels import (
    ADA,
    BOOK,
    CARD,
    DUNE,
    ISBN,
    ITEM,
    MOMO,
    NOWHERE,
    OTHER_ISBN,
    code,
    default_rules,
    reading,
)

FRAME = 1 / 15
DUNES, MOMOS, ADAS = code(DUNE), code(MOMO), code(ADA, Symbology.QR)
ISBNS, OTHER = code(ISBN, Symbology.EAN13), code(OTHER_ISBN, Symbology.EAN13)


class Camera:
    """Simulated camera with 15 frames per second."""

    def __init__(self, wanted: frozenset[NumberKind] = ITEM) -> None:
        self.wanted = wanted
        self.acceptance = Acceptance(default_rules())
        self.at = 100.0

    def sees(self, *codes: Code, stripes: float | None = None) -> Sight:
        """Process one frame."""
        self.at += FRAME
        filled = (1.0 if codes else 0.0) if stripes is None else stripes
        return self.acceptance.see(self.at, reading(*codes, stripes=filled), self.wanted)

    def watches(self, seconds: float, *codes: Code, stripes: float | None = None) -> list[Fact]:
        """Process frames for this time, in seconds, and return their facts."""
        return [fact for _ in range(round(seconds / FRAME)) for fact in self.sees(*codes, stripes=stripes).facts]


def accepted(text: str, kind: NumberKind = NumberKind.ITEM) -> AcceptedCode:
    return AcceptedCode(kind, text, NOWHERE)


@pytest.mark.parametrize(
    ("frames", "facts"),
    [
        pytest.param([[DUNES], [DUNES]], [(), (accepted(DUNE),)], id="two matching reads"),
        pytest.param([[DUNES], [], [DUNES]], [(), (), ()], id="empty frame between"),
        pytest.param([[DUNES], [MOMOS], [DUNES], [MOMOS]], [(), (), (), ()], id="alternating labels"),
        pytest.param([[DUNES], [DUNES, MOMOS], [DUNES], [DUNES]], [(), (), (), (accepted(DUNE),)], id="second label"),
    ],
)
def test_acceptance_needs_two_matching_reads(frames: list[list[Code]], facts: list[tuple[Fact, ...]]) -> None:
    camera = Camera()
    assert [camera.sees(*codes).facts for codes in frames] == facts


def test_codes_outside_the_rules_are_never_accepted() -> None:
    strange = (code("4006381333931", Symbology.EAN13), code("3001200000001"), code("D7-A"), code(DUNE, Symbology.QR))
    assert [Camera().watches(3, each) for each in strange] == [[]] * 4


@pytest.mark.parametrize(
    ("wanted", "codes", "expected"),
    [
        pytest.param(ITEM, [DUNES], [accepted(DUNE)], id="label that stays"),
        pytest.param(ITEM, [DUNES, DUNES], [accepted(DUNE)], id="same label twice"),
        pytest.param(ITEM, [ISBNS, DUNES], [accepted(DUNE)], id="label with an ISBN"),
        pytest.param(BOOK, [ISBNS], [accepted(ISBN, NumberKind.ISBN)], id="wanted ISBN"),
        pytest.param(ITEM | BOOK, [ISBNS, DUNES], [accepted(DUNE)], id="label before a wanted ISBN"),
        pytest.param(ITEM, [ADAS], [], id="card without a request"),
        pytest.param(CARD, [ADAS], [accepted(ADA, NumberKind.CARD)], id="wanted card"),
        pytest.param(ITEM | CARD, [ADAS], [accepted(ADA, NumberKind.CARD)], id="item or card wanted"),
    ],
)
def test_wanted_code_is_accepted_once(
    wanted: frozenset[NumberKind], codes: list[Code], expected: list[AcceptedCode]
) -> None:
    assert Camera(wanted).watches(10, *codes) == expected


def test_label_is_accepted_again_after_an_absence_of_one_second() -> None:
    camera = Camera()
    camera.watches(1, DUNES)
    camera.watches(GONE - 2 * FRAME)
    assert camera.watches(1, DUNES) == []
    camera.watches(GONE)
    assert camera.watches(1, DUNES) == [accepted(DUNE)]


def test_next_label_is_accepted_without_delay() -> None:
    camera = Camera()
    assert camera.watches(0.5, DUNES) + camera.watches(0.5, MOMOS) == [accepted(DUNE), accepted(MOMO)]


def test_isbn_alone_for_one_second_gives_a_wrong_code_hint() -> None:
    camera = Camera()
    assert camera.watches(ISBN_ALONE, ISBNS) == []
    assert camera.watches(5, ISBNS) == [NotThisCode(NOWHERE)]


def test_label_shown_within_one_second_suppresses_the_isbn_hint() -> None:
    camera = Camera()
    assert camera.watches(0.8, ISBNS) + camera.watches(3, ISBNS, DUNES) == [accepted(DUNE)]


def test_isbn_of_an_accepted_item_gives_no_hint() -> None:
    camera = Camera()
    camera.watches(0.5, ISBNS, DUNES)
    assert camera.watches(5, ISBNS) == []


def test_isbn_of_the_next_item_gives_a_hint() -> None:
    camera = Camera()
    camera.watches(0.5, ISBNS, DUNES)
    assert camera.watches(GONE + ISBN_ALONE + 0.2, OTHER) == [NotThisCode(NOWHERE)]


def test_two_labels_give_one_hint_and_none_is_accepted() -> None:
    camera = Camera()
    assert camera.watches(5, DUNES, MOMOS) == [ShowOne()]
    assert camera.sees(DUNES, MOMOS).found is None
    assert camera.watches(0.5, DUNES) == [accepted(DUNE)]


def test_second_label_next_to_an_accepted_one_gives_a_hint() -> None:
    camera = Camera()
    camera.watches(1, DUNES)
    assert camera.watches(3, DUNES, MOMOS) == [ShowOne()]
    assert camera.watches(1, MOMOS) == [accepted(MOMO)]


def test_unreadable_stripes_for_five_seconds_give_one_turn_hint() -> None:
    camera = Camera()
    assert camera.watches(UNREAD, stripes=0.6) == []
    assert camera.watches(20, stripes=0.6) == [TurnOver()]


def test_readable_code_or_empty_view_gives_no_turn_hint() -> None:
    assert Camera().watches(20) == []
    assert TurnOver() not in Camera().watches(20, ISBNS)
    camera = Camera()
    assert camera.watches(4, stripes=0.6) + camera.watches(1.5) + camera.watches(4, stripes=0.6) == []


def test_change_of_wanted_kind_resets_pending_reads() -> None:
    """The wanted kind changes with the view; a first read does not count for another kind."""
    camera = Camera(CARD)
    camera.sees(DUNES)
    camera.wanted = ITEM
    assert camera.sees(DUNES).facts == ()
    assert camera.sees(DUNES).facts == (accepted(DUNE),)


def test_pause_of_the_camera_resets_pending_reads() -> None:
    camera = Camera()
    camera.sees(DUNES)
    camera.at += 60
    assert camera.sees(DUNES).facts == ()
    assert camera.sees(DUNES).facts == (accepted(DUNE),)


def test_frame_reports_stripes_and_the_corners_of_the_wanted_code() -> None:
    here = ((10.0, 10.0), (90.0, 10.0), (90.0, 40.0), (10.0, 40.0))
    camera = Camera()
    sight = camera.sees(ISBNS, Code(Symbology.CODABAR, DUNE, here), stripes=0.7)
    assert (sight.stripes, sight.found) == (0.7, here)
    assert camera.sees(ISBNS).found is None


def test_frame_after_a_read_is_searched_thoroughly() -> None:
    camera = Camera()
    assert not camera.acceptance.hunt(ITEM).thorough
    camera.sees(DUNES)
    assert camera.acceptance.hunt(ITEM).thorough
    camera.sees()
    assert not camera.acceptance.hunt(ITEM).thorough


def test_empty_reading_yields_an_empty_sight() -> None:
    assert Acceptance(default_rules()).see(1.0, Reading(), ITEM) == Sight()


LETTERS = Numbers(item=Number(pattern="LB[0-9]{3,6}"), card=Number(pattern="R[0-9]{6}"))


def kind(text: str, symbology: Symbology) -> NumberKind | None:
    number = default_rules().number(code(text, symbology))
    return number.kind if number else None


@pytest.mark.parametrize(
    ("text", "symbology", "expected"),
    [
        (DUNE, Symbology.CODABAR, NumberKind.ITEM),
        (DUNE, Symbology.CODE39, NumberKind.ITEM),
        (DUNE, Symbology.CODE128, NumberKind.ITEM),
        (ADA, Symbology.QR, NumberKind.CARD),
        (ADA, Symbology.CODABAR, NumberKind.CARD),
        (ISBN, Symbology.EAN13, NumberKind.ISBN),
        (DUNE, Symbology.QR, None),
        (DUNE, Symbology.ITF, None),
        (DUNE[:-1] + "8", Symbology.CODABAR, None),
        (DUNE[:-2], Symbology.CODABAR, None),
        ("4" + DUNE[1:], Symbology.CODABAR, None),
        (ISBN, Symbology.CODE128, None),
        (ISBN[:-1] + "3", Symbology.EAN13, None),
        ("4006381333931", Symbology.EAN13, None),
        ("300 12000000017", Symbology.CODE128, None),
        ("D7-A", Symbology.CODABAR, None),
    ],
)
def test_symbology_and_number_determine_the_kind(text: str, symbology: Symbology, expected: NumberKind | None) -> None:
    assert kind(text, symbology) is expected


def test_configured_symbologies_replace_the_defaults() -> None:
    rules = default_rules(barcodes=Barcodes(item=("itf",), card=("qr",)))
    assert rules.number(code(DUNE, Symbology.ITF)) is not None
    assert rules.number(code(DUNE, Symbology.CODABAR)) is None
    assert rules.number(code(ADA, Symbology.CODABAR)) is None


def test_code39_check_character_is_verified_and_removed() -> None:
    rules = default_rules(LETTERS, Barcodes(code39_check=True))
    label = with_mod43("LB12345")
    number = rules.number(code(label, Symbology.CODE39))
    assert number is not None and number.text == "LB12345"
    assert rules.number(code("LB12345", Symbology.CODE39)) is None
    assert rules.number(code(label.replace("1", "7"), Symbology.CODE39)) is None
    assert rules.number(code("LB12345", Symbology.CODE128)) is not None


@pytest.mark.parametrize(
    ("text", "good"), [("CODE39W", True), ("CODE39X", False), ("W", False), ("", False), ("É1", False)]
)
def test_code39_check_character_follows_modulo_43(text: str, good: bool) -> None:
    assert is_mod43(text) is good


@pytest.mark.parametrize("symbology", [Symbology.CODABAR, Symbology.ITF])
def test_variable_length_number_is_refused_from_partially_readable_symbologies(symbology: Symbology) -> None:
    """The rules refuse it even if the configuration was not validated."""
    rules = default_rules(
        Numbers(item=Number(pattern="3[0-9]{5,7}"), card=Number(pattern="R[0-9]{6}")), Barcodes(item=("itf", "codabar"))
    )
    assert rules.number(code("3123456", symbology)) is None


@pytest.mark.parametrize(
    ("name", "bars", "number", "message"),
    [
        ("item", ("itf",), Number(pattern="3[0-9]{5,7}"), "item: itf needs a number of one length"),
        ("item", ("codabar",), Number(pattern="3[0-9]{5}|4[0-9]{7}"), "item: codabar needs a number of one length"),
        ("item", ("itf",), Number(digits=13), "item: itf holds an even count of digits"),
        ("card", ("codabar",), Number(pattern="2[0-9]?0000"), "card: codabar needs a number of one length"),
    ],
)
def test_unsuitable_symbologies_are_refused(
    name: Literal["item", "card"], bars: tuple[str, ...], number: Number, message: str
) -> None:
    (objection,) = Barcodes.model_validate({name: bars}).objections(name, number.kind)
    assert message in objection


def test_unsuitable_default_symbologies_are_omitted() -> None:
    barcodes = Barcodes()
    assert barcodes.objections("item", LETTERS.item.kind) == []
    assert barcodes.bars("item", LETTERS.item.kind) == ("code39", "code128")


def test_isbn_is_searched_alongside_labels_without_ending_the_hunt() -> None:
    label = frozenset({Symbology.CODABAR, Symbology.CODE39, Symbology.CODE128})
    isbn = frozenset({Symbology.EAN13})
    assert default_rules().hunt(ITEM, thorough=False) == BarcodeHunt(label, isbn)
    assert default_rules().hunt(CARD, thorough=True) == BarcodeHunt(label | {Symbology.QR}, isbn, thorough=True)
    assert default_rules().hunt(BOOK, thorough=False) == BarcodeHunt(isbn)


def configured(folder: Path, barcodes: Mapping[str, Any], item: Mapping[str, Any]) -> Config:
    changes = {"barcodes": barcodes, "numbers": {"item": item}}
    return load(write_example(folder / "kiosk.toml", folder, folder, "http://127.0.0.1", changes=changes))


def test_kiosk_toml_sets_the_symbologies(tmp_path: Path) -> None:
    config = configured(tmp_path, {"item": ["itf"], "card": ["qr"]}, {"digits": 14, "luhn": True, "prefix": "3"})
    number = rules_of(config.numbers, config.barcodes).number(code(DUNE, Symbology.ITF))
    assert number is not None and number.kind is NumberKind.ITEM


@pytest.mark.parametrize(
    ("barcodes", "item", "message"),
    [
        ({"item": ["itf"]}, {"pattern": "3[0-9]{5,7}"}, "barcodes.item: itf needs a number of one length"),
        ({"item": ["ean13"]}, {"digits": 14, "prefix": "3"}, "barcodes.item[1] = \"ean13\": should be 'codabar'"),
        ({"itms": ["itf"]}, {"digits": 14, "prefix": "3"}, "barcodes.itms"),
    ],
)
def test_invalid_barcode_configuration_is_reported(
    tmp_path: Path, barcodes: Mapping[str, Any], item: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as fault:
        configured(tmp_path, barcodes, item)
    assert message in str(fault.value)
