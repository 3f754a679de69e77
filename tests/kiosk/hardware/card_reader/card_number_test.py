"""Test the conversion of UIDs to the library's numbers: worked examples, and no collisions."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config.hardware import CardNumber
from kiosk.hardware.card_reader.card_number import number_of

uids = st.sampled_from([4, 7, 10]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@pytest.mark.parametrize(
    ("uid", "rules", "number"),
    [
        ("04A1B2C3", {}, "04A1B2C3"),
        ("04A1B2C3D4E580", {}, "04A1B2C3D4E580"),
        ("04A1B2C3D4E5801122AA", {}, "04A1B2C3D4E5801122AA"),
        ("04A1B2C3", {"byte_order": "reversed"}, "C3B2A104"),
        ("04A1B2C3D4E580", {"byte_order": "reversed"}, "80E5D4C3B2A104"),
        # 0x04A1B2C3; and the usual desk reader's ten digits, lowest byte first: 0xC3B2A104.
        ("04A1B2C3", {"form": "decimal"}, "77705923"),
        ("04A1B2C3", {"form": "decimal", "digits": 10}, "0077705923"),
        ("04A1B2C3", {"form": "decimal", "byte_order": "reversed", "digits": 10}, "3283263748"),
        ("0EF1A200", {"form": "decimal", "byte_order": "reversed", "digits": 10}, "0010678542"),
        ("04A1B2C3D4E580", {"form": "decimal", "digits": 17}, "01303689068602752"),
        # 24 of the 32 bits: A1 is 161, B2C3 is 45763.
        ("04A1B2C3", {"form": "wiegand26"}, "16145763"),
        ("04A1B2C3", {"form": "wiegand26", "byte_order": "reversed"}, "17841220"),
        ("FF000001", {"form": "wiegand26"}, "00000001"),
        ("04A1B2C3", {"put_before": "LB-"}, "LB-04A1B2C3"),
        ("04A1B2C3", {"take_off": "04"}, "A1B2C3"),
        ("0EF1A2B3", {"take_off": "04"}, "0EF1A2B3"),
        ("04A1B2C3", {"form": "decimal", "digits": 10, "take_off": "00", "put_before": "2"}, "277705923"),
    ],
)
def test_uid_is_converted_by_the_configured_form(uid: str, rules: dict[str, Any], number: str) -> None:
    assert number_of(uid, CardNumber(**rules)) == number


@pytest.mark.parametrize("half", ["", "04A1B2", "04a1b2c3", "04A1B2C3D4", "nonsense"])
def test_incomplete_uid_matches_no_card_number(half: str) -> None:
    rules = CardNumber(form="decimal", digits=10)
    assert number_of(half, rules) == half
    assert not re.fullmatch(CardNumber().pattern, half)


@given(uids, uids, st.sampled_from(["as_read", "reversed"]), st.sampled_from(["hex", "decimal"]))
def test_different_uids_of_one_size_give_different_numbers(one: bytes, other: bytes, order: Any, form: Any) -> None:
    rules = CardNumber(byte_order=order, form=form, put_before="LB")
    if len(one) == len(other):
        same = number_of(one.hex().upper(), rules) == number_of(other.hex().upper(), rules)
        assert same == (one == other)


@given(
    uids,
    st.sampled_from(["as_read", "reversed"]),
    st.sampled_from(["hex", "decimal", "wiegand26"]),
    st.sampled_from(["", "0", "04", "F"]),
    st.sampled_from(["", "LB-", "2"]),
)
def test_converted_number_always_matches_the_card_pattern(
    uid: bytes, order: Any, form: Any, off: str, before: str
) -> None:
    rules = CardNumber(byte_order=order, form=form, take_off=off, put_before=before)
    assert re.fullmatch(rules.pattern, number_of(uid.hex().upper(), rules))
