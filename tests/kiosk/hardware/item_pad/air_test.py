"""Test how colliding tags are separated, and how answers are read."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.item_pad.air import (
    MOST_ROUNDS,
    SLOTS,
    Counted,
    FrameAir,
    Rejected,
    Silent,
    SystemInformation,
    Uid,
    answer_body,
    count_tags,
    inventory_request,
)
from kiosk.tag_simulator.tags import AirField, Received, Tag

UID = Uid(bytes.fromhex("E004010012345678"))
NXP_CHIPS = 0xE004_0100_0000_0000


def count_in(field: AirField) -> Counted:
    """Count the tags of a field as a reader of frames does."""

    def ask(mask: int, length: int) -> tuple[Mapping[Uid, int], list[int]]:
        received: list[Received] = [field.send(inventory_request(mask, length))]
        received += [field.end_slot() for _ in range(SLOTS - 1)]
        found = {Uid(each.data[:1:-1]): each.data[1] for each in received if each.data and not each.collision}
        return found, [slot for slot, each in enumerate(received) if each.collision]

    return count_tags(ask)


@given(st.sets(st.integers(NXP_CHIPS, NXP_CHIPS + (1 << 40) - 1), max_size=24))
def test_tags_of_any_serial_numbers_are_counted(uids: set[int]) -> None:
    field = AirField()
    field.tags = [Tag(uid) for uid in uids]
    field.switch(True)
    counted = count_in(field)
    assert counted.crowded or {int.from_bytes(uid, "big") for uid in counted.tags} == uids


def test_pile_of_40_random_tags_is_counted() -> None:
    dice = random.Random(1)
    field = AirField()
    field.tags = [Tag(NXP_CHIPS | dice.getrandbits(40)) for _ in range(40)]
    field.switch(True)
    counted = count_in(field)
    assert not counted.crowded and len(counted.tags) == 40


def test_tags_that_differ_in_their_highest_digits_are_counted() -> None:
    field = AirField()
    field.tags = [Tag(NXP_CHIPS | 5), Tag(NXP_CHIPS | 1 << 39 | 5)]
    field.switch(True)
    assert len(count_in(field).tags) == 2


def test_noise_in_every_slot_ends_as_a_crowd() -> None:
    asked: list[tuple[int, int]] = []

    def ask(mask: int, length: int) -> tuple[Mapping[Uid, int], list[int]]:
        asked.append((mask, length))
        return {UID: 0x3E}, list(range(SLOTS))

    assert count_tags(ask) == Counted({UID: 0x3E}, crowded=True)
    assert len(asked) <= MOST_ROUNDS


def test_answers_are_read() -> None:
    assert answer_body(b"\x00\x01\x02") == b"\x01\x02"
    with pytest.raises(Silent):
        answer_body(b"")
    with pytest.raises(Rejected, match="18"):
        answer_body(b"\x01\x12")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("0F 78563412000104E0 3E 07 1B 03 01", SystemInformation(0x3E, 0x07, 28, 4)),
        ("02 78563412000104E0 C2", SystemInformation(0, 0xC2, 0, 0)),
        ("00 78563412000104E0", SystemInformation(0, 0, 0, 0)),
    ],
)
def test_system_information_has_what_the_tag_supports(answer: str, expected: SystemInformation) -> None:
    assert FrameAir(lambda frame: bytes.fromhex(answer)).system_information(UID) == expected


@given(st.binary(max_size=40))
def test_noise_as_an_answer_is_silence_or_an_error(noise: bytes) -> None:
    air = FrameAir(lambda frame: answer_body(noise))
    for call in (air.system_information, air.rings_eas, lambda uid: air.read_blocks(uid, 0, 8)):
        try:
            call(UID)
        except (Silent, Rejected):
            continue
