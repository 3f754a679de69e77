"""Operate simulated tags before a simulated reader, for the contract of the item pad's drivers."""

from __future__ import annotations

from typing import Protocol

from kiosk.tag_simulator.tags import AirField, Tag
from lending.tags import DSFID_FIXED, TagData, TagTrouble, encode
from tests.kiosk.hardware.item_pad_contract import ItemPadOperator

FIRST_SERIAL = 0xE004_0100_1234_5600
NDEF = bytes.fromhex("E1400E010307D101035500 6B6BFE")


class Plugged(Protocol):
    """The reader's cable."""

    def plug(self) -> None: ...
    def unplug(self) -> None: ...


def tag_with(uid: int, content: TagData | TagTrouble) -> Tag:
    """Return a tag in the library that reads as this content."""
    memory = bytearray(112)
    match content:
        case TagData():
            image = encode(content)
            memory[: len(image)] = image
        case TagTrouble.DAMAGED:
            memory[:36] = encode(TagData("30012000000017", owner="DE-705"))
            memory[19] ^= 0xFF
            memory[20] ^= 0xFF
        case TagTrouble.FOREIGN:
            memory[: len(NDEF)] = NDEF
        case _:
            pass
    return Tag(uid, memory, dsfid=DSFID_FIXED, weak=content is TagTrouble.SILENT)


class FieldOperator(ItemPadOperator):
    """Pad whose tags lie in a simulated field. Serial numbers 32 apart collide in every reader's first round."""

    cable: Plugged
    step = 0x10

    def __init__(self) -> None:
        self.field = AirField()
        self.tags: list[Tag] = []

    def lay(self, *contents: TagData | TagTrouble) -> list[int]:
        first = len(self.tags)
        for content in contents:
            self.tags.append(tag_with(FIRST_SERIAL + self.step * len(self.tags), content))
        self.field.tags += self.tags[first:]
        return list(range(first, len(self.tags)))

    def lift(self, *numbers: int) -> None:
        for number in numbers:
            self.field.tags.remove(self.tags[number])

    def is_secured(self, number: int) -> bool:
        return self.tags[number].afi == 0x07

    def lock(self, number: int) -> None:
        self.tags[number].locked = True

    def forget(self, number: int) -> None:
        self.tags[number].forgets = True

    def plug(self) -> None:
        self.cable.plug()

    def unplug(self) -> None:
        self.cable.unplug()
