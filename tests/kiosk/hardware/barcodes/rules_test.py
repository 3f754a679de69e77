"""Test which codes a library's rules accept, by symbology and number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from kiosk.config import Config, ConfigError, load, write_example
from kiosk.config.barcodes import Barcodes
from kiosk.config.models import Number, Numbers
from kiosk.hardware.barcodes.model import BarcodeHunt, Symbology
from kiosk.hardware.barcodes.rules import is_mod43, rules_of
from lending.number_patterns import NumberKind
from tests.emulated.symbology_bars import with_mod43
from tests.kiosk.hardware.barcodes.drawn_labels import ADA, BOOK, CARD, DUNE, ISBN, ITEM, code, default_rules

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
