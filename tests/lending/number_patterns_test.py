"""Test the classification of scanned codes: item, card, ISBN or unknown; no input may raise."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.number_patterns import ISBN, LONGEST_CODE, Number, NumberKind, Numbers, Shape, luhn
from tests.kiosk.desk.bench import RULES

LUHN_NUMBERS = Numbers(Shape(re.compile("3[0-9]{13}"), luhn=True), Shape(re.compile("2[0-9]{13}"), luhn=True))


def with_check_digit(digits: str) -> str:
    return next(digits + check for check in "0123456789" if luhn(digits + check))


def test_luhn_accepts_published_numbers_only() -> None:
    assert luhn("79927398713")
    assert [last for last in range(10) if luhn(f"7992739871{last}")] == [3]
    assert not luhn("")
    assert not luhn("7992739871x")
    assert not luhn("٧٩٩٢٧٣٩٨٧١٣")


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_luhn_detects_every_single_wrong_digit(digits: str, place: int, shift: int) -> None:
    whole = with_check_digit(digits)
    wrong = whole[:place] + str((int(whole[place]) + shift) % 10) + whole[place + 1 :]
    assert not luhn(wrong)


@given(st.text("0123456789", min_size=12, max_size=12))
def test_items_and_cards_differ_by_their_first_digit(digits: str) -> None:
    item, card = with_check_digit("3" + digits), with_check_digit("2" + digits)
    assert LUHN_NUMBERS.kind(item) == Number(NumberKind.ITEM, item)
    assert LUHN_NUMBERS.kind(card) == Number(NumberKind.CARD, card)
    assert LUHN_NUMBERS.kind(item[:-1] + str((int(item[-1]) + 1) % 10)) is None


@pytest.mark.parametrize("raw", [" 30000000000001\r\n", "3 0000 0000 0000 1", "30000000000001\t"])
def test_blanks_are_ignored(raw: str) -> None:
    assert RULES.numbers.kind(raw) == Number(NumberKind.ITEM, "30000000000001")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "3000000000000",
        "300000000000011",
        "3000000000000|",
        "30000000\n000001",
        "30000000000001\x00",
        "\x1b30000000000001",
        "３0000000000001",
        "http://example.org/30000000000001",
        "9780441172710",
        "9771234567898",
        "3" * (LONGEST_CODE + 1),
        "x" * 10_000,
    ],
)
def test_invalid_codes_have_no_kind(raw: str) -> None:
    assert RULES.numbers.kind(raw) is None


@pytest.mark.parametrize("raw", ["9780441172719", "978-0-441-17271-9", " 979-10-90636-07-1 "])
def test_isbn_is_recognised(raw: str) -> None:
    number = RULES.numbers.kind(raw)
    assert number is not None
    assert number.kind is NumberKind.ISBN
    assert ISBN.fullmatch(number.text)


@given(st.text(max_size=200))
def test_any_scan_is_classified_without_odd_characters(raw: str) -> None:
    number = RULES.numbers.kind(raw)
    assert number is None or number.text.isalnum()


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("04A1B2C3", True),
        ("04A1B2C3D4E5F6", True),
        ("0" * 20, True),
        ("04a1b2c3", False),
        ("04A1B2", False),
        ("", False),
    ],
)
def test_uid_has_four_seven_or_ten_bytes(text: str, good: bool) -> None:
    assert LUHN_NUMBERS.reader.fits(text) is good


def test_library_name_falls_back_to_another_language_or_the_kiosk_name() -> None:
    assert RULES.name("en") == "City Library"
    assert replace(RULES, names={"zh": "城市图书馆"}).name("en") == "城市图书馆"
    assert replace(RULES, names={}).name("en") == "kiosk-1"
