"""Test the simulated field: whole frames against known ones, air times against the standard's, and collisions."""

from __future__ import annotations

import pytest

from kiosk.hardware.item_pad import air
from kiosk.hardware.item_pad.air import Uid
from kiosk.tag_simulator.tags import SLOTS, AirField, Tag

UID = Uid(bytes.fromhex("E004010012345678"))


def crc(frame: bytes) -> bytes:
    """Return the CRC of ISO/IEC 15693-3, annex C."""
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return (value ^ 0xFFFF).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("frame", "whole"),
    [
        (bytes((0x26, 0x01, 0x00)), "260100 F60A"),
        (air.inventory_request(0, 0), "060100 CD09"),
        (air.addressed_request(air.READ, UID, b"\x00\x07"), "2223 78563412000104E0 0007 23D3"),
        (air.addressed_request(air.SYSTEM, UID), "222B 78563412000104E0 B6E9"),
        (air.addressed_request(air.WRITE_AFI, UID, b"\xc2"), "2227 78563412000104E0 C2 871C"),
        (air.custom_request(air.SET_EAS, UID), "22A204 78563412000104E0 550F"),
        (air.custom_request(air.RESET_EAS, UID), "22A304 78563412000104E0 7223"),
    ],
)
def test_requests_are_those_of_the_standard(frame: bytes, whole: str) -> None:
    assert (frame + crc(frame)).hex() == whole.replace(" ", "").lower()


def make_field(*uids: int) -> AirField:
    field = AirField()
    field.tags = [Tag(uid) for uid in uids]
    field.switch(True)
    return field


def milliseconds(field: AirField, frame: bytes) -> float:
    before = field.seconds
    field.send(frame)
    return 1000 * (field.seconds - before)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (air.addressed_request(air.READ, UID, b"\x00\x07"), 15.85),
        (air.addressed_request(air.SYSTEM, UID), 9.81),
        (air.addressed_request(air.WRITE_AFI, UID, b"\xc2"), 5.88 + 5),
    ],
)
def test_request_takes_its_time_on_the_air(frame: bytes, expected: float) -> None:
    assert milliseconds(make_field(int.from_bytes(UID, "big")), frame) == pytest.approx(expected, abs=0.4)


def test_empty_round_takes_its_time_on_the_air() -> None:
    field = make_field()
    field.send(air.inventory_request(0, 0))
    for _ in range(SLOTS - 1):
        field.end_slot()
    assert 1000 * field.seconds == pytest.approx(9.8, abs=0.4)


def test_tag_answers_in_the_slot_of_its_number() -> None:
    field = make_field(0xE004010012345673)
    received = [field.send(air.inventory_request(0, 0)), *(field.end_slot() for _ in range(SLOTS - 1))]
    assert [slot for slot, each in enumerate(received) if each.data] == [3]
    assert received[3].data == bytes((0, 0x3E)) + (0xE004010012345673).to_bytes(8, "little")


def test_two_tags_in_a_slot_collide_and_are_separated_by_a_longer_mask() -> None:
    field = make_field(0xE004010012345613, 0xE004010012345623)
    received = [field.send(air.inventory_request(0, 0)), *(field.end_slot() for _ in range(SLOTS - 1))]
    assert [slot for slot, each in enumerate(received) if each.collision] == [3]
    received = [field.send(air.inventory_request(3, 4)), *(field.end_slot() for _ in range(SLOTS - 1))]
    assert [slot for slot, each in enumerate(received) if each.data and not each.collision] == [1, 2]


def test_strong_tag_hides_the_others_of_its_slot() -> None:
    field = AirField(captures=True)
    field.tags = [Tag(0xE004010012345613), Tag(0xE004010012345623)]
    field.switch(True)
    received = [field.send(air.inventory_request(0, 0)), *(field.end_slot() for _ in range(SLOTS - 1))]
    assert received[3].data[2:] == (0xE004010012345613).to_bytes(8, "little") and not received[3].collision


def test_field_that_is_off_gets_no_answer() -> None:
    field = make_field(int.from_bytes(UID, "big"))
    field.switch(False)
    assert not field.send(air.addressed_request(air.SYSTEM, UID)).data


def test_eas_alarm_is_answered_while_it_is_set() -> None:
    field = make_field(int.from_bytes(UID, "big"))
    assert len(field.send(air.custom_request(air.EAS_ALARM, UID)).data) == 33
    field.send(air.custom_request(air.RESET_EAS, UID))
    assert not field.send(air.custom_request(air.EAS_ALARM, UID)).data


def test_tag_that_leaves_carries_the_command_out_and_does_not_answer() -> None:
    field = make_field(int.from_bytes(UID, "big"))
    (tag,) = field.tags
    tag.leaves_in = 1
    assert not field.send(air.addressed_request(air.WRITE_AFI, UID, b"\xc2")).data
    assert tag.afi == 0xC2 and field.tags == []
