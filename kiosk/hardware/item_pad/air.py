"""Define what a reader does for the item pad, and the requests of ISO 15693 that carry it.

Source: ISO/IEC 15693-3, chapters 7 to 10; NXP SL2S2002 data sheet, chapter 9 (custom commands for EAS).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NewType, Protocol

Uid = NewType("Uid", bytes)
"""The eight bytes of a tag's number, the highest (0xE0) first. It never leaves this package."""

READ, WRITE_BLOCK, WRITE_AFI, WRITE_DSFID, SYSTEM = 0x23, 0x21, 0x27, 0x29, 0x2B
SET_EAS, RESET_EAS, EAS_ALARM = 0xA2, 0xA3, 0xA5
NXP = 0x04
"""Manufacturer code in custom commands; it precedes the UID."""
HIGH_RATE, INVENTORY, ADDRESSED = 0x02, 0x04, 0x20
SLOTS, SLOT_BITS = 16, 4
UID_BITS = 64
FIRST_OF_UID = 0xE0


class Silent(Exception):
    """The tag did not answer, or its answer was spoilt."""


class Rejected(Exception):
    """The tag answered with an error; `args[0]` is its code."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Result of an inventory."""

    tags: Mapping[Uid, int]
    """DSFID of each tag."""
    crowded: bool = False
    """True if answers collided that could not be separated."""


@dataclass(frozen=True, slots=True)
class SystemInformation:
    """Values of a tag outside its memory."""

    dsfid: int
    afi: int
    blocks: int
    block_bytes: int


class Air(Protocol):
    """A reader with its tags. Calls raise Silent, Rejected, and PartFault if the reader does not work."""

    def inventory(self) -> Counted: ...

    def read_blocks(self, uid: Uid, first: int, count: int) -> bytes: ...

    def write_block(self, uid: Uid, number: int, block: bytes) -> None: ...

    def write_afi(self, uid: Uid, value: int) -> None: ...

    def write_dsfid(self, uid: Uid, value: int) -> None: ...

    def system_information(self, uid: Uid) -> SystemInformation: ...

    def set_eas(self, uid: Uid, on: bool) -> None:
        """Set or reset the EAS bit of an NXP tag."""
        ...

    def rings_eas(self, uid: Uid) -> bool:
        """Return whether the tag answers the EAS alarm. One that does not must still answer another request."""
        ...


Exchange = Callable[[bytes], bytes]
"""Sends a frame without its CRC and returns the answer without flags. Raises Silent, Rejected."""


class FrameAir:
    """Air for readers that pass frames on."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def read_blocks(self, uid: Uid, first: int, count: int) -> bytes:
        memory = self._exchange(addressed_request(READ, uid, bytes((first, count - 1))))
        if not memory or len(memory) % count:
            raise Silent
        return memory

    def write_block(self, uid: Uid, number: int, block: bytes) -> None:
        self._exchange(addressed_request(WRITE_BLOCK, uid, bytes((number,)) + block))

    def write_afi(self, uid: Uid, value: int) -> None:
        self._exchange(addressed_request(WRITE_AFI, uid, bytes((value,))))

    def write_dsfid(self, uid: Uid, value: int) -> None:
        self._exchange(addressed_request(WRITE_DSFID, uid, bytes((value,))))

    def system_information(self, uid: Uid) -> SystemInformation:
        answer = self._exchange(addressed_request(SYSTEM, uid))
        if answer[1:9] != uid[::-1]:
            raise Silent
        present, rest = answer[0], answer[9:]
        values = dict.fromkeys(("dsfid", "afi", "blocks", "size"), 0)
        for bit, names in enumerate((("dsfid",), ("afi",), ("blocks", "size"))):
            if present >> bit & 1:
                for name in names:
                    if not rest:
                        raise Silent
                    values[name], rest = rest[0], rest[1:]
        blocks, size = (values["blocks"] + 1, (values["size"] & 0x1F) + 1) if present & 4 else (0, 0)
        return SystemInformation(values["dsfid"], values["afi"], blocks, size)

    def set_eas(self, uid: Uid, on: bool) -> None:
        self._exchange(custom_request(SET_EAS if on else RESET_EAS, uid))

    def rings_eas(self, uid: Uid) -> bool:
        try:
            self._exchange(custom_request(EAS_ALARM, uid))
        except Silent:
            return False
        return True


def addressed_request(command: int, uid: Uid, parameters: bytes = b"") -> bytes:
    """Return an addressed request."""
    return bytes((HIGH_RATE | ADDRESSED, command)) + uid[::-1] + parameters


def custom_request(command: int, uid: Uid) -> bytes:
    """Return an addressed custom request to an NXP tag."""
    return bytes((HIGH_RATE | ADDRESSED, command, NXP)) + uid[::-1]


def inventory_request(mask: int, length: int) -> bytes:
    """Return an inventory request of 16 slots for the tags whose UID ends in `length` bits of `mask`."""
    return bytes((HIGH_RATE | INVENTORY, 0x01, length)) + mask.to_bytes((length + 7) // 8, "little")


def answer_body(answer: bytes) -> bytes:
    """Return an answer without its flags. Raises Silent if there is none, Rejected for an error."""
    if not answer:
        raise Silent
    if answer[0] & 1:
        raise Rejected(answer[1] if len(answer) > 1 else 0)
    return answer[1:]


MOST_ROUNDS = 64
"""Rounds of an inventory. 20 tags take 8 on average; noise that looks like collisions would take any number."""


def count_tags(ask: Callable[[int, int], tuple[Mapping[Uid, int], list[int]]]) -> Counted:
    """Separate colliding tags: ask again, with four more bits of the UID, where answers collided.

    Args:
        ask: Runs one round for a mask and its length in bits, and returns tags by UID and the slots with a collision.
    """
    found: dict[Uid, int] = {}
    rounds = [(0, 0)]
    for mask, length in rounds:
        seen, collided = ask(mask, length)
        found |= seen
        deeper = length + SLOT_BITS
        if len(rounds) + len(collided) > MOST_ROUNDS or (collided and deeper >= UID_BITS):
            return Counted(found, crowded=True)
        rounds += [(mask | slot << length, deeper) for slot in collided]
    return Counted(found)
