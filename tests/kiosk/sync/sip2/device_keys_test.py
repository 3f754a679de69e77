"""Test the device key: cards and rows can be decoded on this device only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync.sip2.device_keys import FILE, DeviceKeys, TooLong
from lending.model import CardRef, ItemId
from lending.sealing import SealBroken

KEYS, OTHERS = DeviceKeys(bytes(range(32))), DeviceKeys(bytes(32))
NUMBERS = (
    st.text("0123456789ABCDEF", min_size=1, max_size=30)
    | st.text("0123456789ABCXYZabcxyz-.", min_size=1, max_size=20)
    | st.text(min_size=0, max_size=15).filter(lambda text: len(text.encode()) <= 15)
)


@given(NUMBERS, NUMBERS)
def test_reference_is_unique_and_readable_with_its_key_only(number: str, other: str) -> None:
    reference = KEYS.reference(number)
    assert len(reference) == 64 and int(reference, 16) >= 0
    assert reference == KEYS.reference(number)
    assert KEYS.number(reference) == number
    assert OTHERS.number(reference) is None
    assert (KEYS.reference(other) == reference) is (other == number)


@pytest.mark.parametrize("number", ["21232940132966", "04A3C15E926180", "P-0004711.a", "ада", "0", "00", ""])
def test_number_of_any_format_round_trips(number: str) -> None:
    reference = KEYS.reference(number)
    assert KEYS.number(reference) == number
    assert not number or number.encode().hex() not in reference


def test_altered_or_invalid_reference_is_rejected() -> None:
    reference = KEYS.reference("21232940132966")
    for place in range(64):
        changed = reference[:place] + f"{int(reference[place], 16) ^ 1:x}" + reference[place + 1 :]
        assert KEYS.number(CardRef(changed)) is None
    for nonsense in ("", "a|b", "00", "x" * 64, reference + "00"):
        assert KEYS.number(CardRef(nonsense)) is None


def test_too_long_number_is_rejected() -> None:
    for number in ("F" * 31, "z" * 21, "/" * 16):
        with pytest.raises(TooLong):
            KEYS.reference(number)


def test_row_opens_with_its_own_key_only() -> None:
    body = '{"card":"…","item":"3001"}'
    closed = KEYS.close(body)
    assert KEYS.open(closed) == body and "3001" not in closed
    assert KEYS.close(body) != closed
    for wrong in (closed, body, closed[:-8] + "AAAAAAA=", ""):
        with pytest.raises(SealBroken):
            (OTHERS if wrong is closed else KEYS).open(wrong)
    assert KEYS.mark_item(ItemId("3001")) == KEYS.mark_item(ItemId("3001")) != OTHERS.mark_item(ItemId("3001"))
    assert KEYS.mark_body("checkout", body) != KEYS.mark_body("renew", body)


def test_key_is_created_once_and_owner_only(tmp_path: Path) -> None:
    first = DeviceKeys.load_or_create(tmp_path)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert DeviceKeys.load_or_create(tmp_path).number(first.reference("4711")) == "4711"
    (tmp_path / FILE).write_text("abcd", encoding="ascii")
    with pytest.raises(ValueError, match="holds no key of 32 bytes"):
        DeviceKeys.load_or_create(tmp_path)


def test_concurrent_creation_yields_one_key(tmp_path: Path) -> None:
    """The kiosk may start while a staff command runs; each must open what the other sealed."""
    with ThreadPoolExecutor(8) as pool:
        gate = Barrier(8)

        def create(_: int) -> str:
            gate.wait()
            return DeviceKeys.load_or_create(tmp_path).reference("4711")

        assert len(set(pool.map(create, range(8)))) == 1
    assert [each.name for each in tmp_path.iterdir()] == [FILE]
