"""Wakes a card, reads its whole UID and lets it rest, as ISO/IEC 14443-3 type A has it; knows no reader's chip.

The words are the standard's: WUPA calls every card, also one that rests; a card answers it with its ATQA. An
anticollision frame (SEL, NVB 0x20) is answered by four bytes and their BCC, a SELECT (SEL, NVB 0x70, the five bytes,
CRC_A) by the SAK and its CRC_A. A UID of 7 or 10 bytes comes in two or three such levels, each but the last begun by
the cascade tag. A card that was selected is silent at the next WUPA and hears the one after it: so that second WUPA
finds whoever was drowned by a stronger card, and leaves the field as it was. HLTA lets all others rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

WUPA = b"\x52"
SHORT_FRAME = 7
"""Bits of REQA and WUPA."""
SELECT = (0x93, 0x95, 0x97)
"""SEL of the cascade levels 1 to 3."""
ANTICOLLISION, WHOLE = 0x20, 0x70
CASCADE_TAG = 0x88
"""Begins each cascade level but the last. The standard keeps it from being the first byte of a UID of four bytes."""
RANDOM_UID = 0x08
"""First byte of a random four-byte UID, which changes at each power-up of the card (ISO/IEC 14443-3, 6.5.4)."""
MORE = 0x04
"""Bit 3 of the SAK: the UID is not complete."""


class Noise(Enum):
    """What is heard where no whole answer is."""

    SILENCE = auto()
    COLLISION = auto()
    """Two cards answered, and differ."""
    GARBLED = auto()


Reply = bytes | Noise


class Field(Protocol):
    """Where the cards are. Both raise PartFault when the reader is gone."""

    def exchange(self, frame: bytes, bits: int = 8) -> Reply:
        """Sends a frame, of whose last byte only so many bits count, and listens."""
        ...

    def send(self, frame: bytes) -> None:
        """Sends a frame that is answered by silence."""
        ...


class Blank(Enum):
    """What is seen where no single card is."""

    EMPTY = auto()
    SEVERAL = auto()
    UNCLEAR = auto()
    """Something is there and was not read whole."""
    RANDOM = auto()
    """A card whose UID is another each time: a phone, or a card that hides its number."""


@dataclass(frozen=True, slots=True)
class Card:
    uid: bytes
    """4, 7 or 10 bytes, as the standard numbers them."""


Sight = Card | Blank


def crc_a(data: bytes) -> bytes:
    """CRC_A of annex B, in the order in which it is sent."""
    value = 0x6363
    for byte in data:
        byte ^= value & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        value = value >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return value.to_bytes(2, "little")


def with_crc(data: bytes) -> bytes:
    return data + crc_a(data)


HLTA = b"\x50\x00"


def look(field: Field) -> Sight:
    """What lies in the field now. Never a UID of which a byte was not checked."""
    if field.exchange(WUPA, SHORT_FRAME) is Noise.SILENCE:
        return Blank.EMPTY
    sight: Sight = _whole_uid(field)
    if isinstance(sight, Card):
        if field.exchange(WUPA, SHORT_FRAME) is Noise.SILENCE:
            return sight
        if _whole_uid(field) not in (sight, Blank.UNCLEAR):
            sight = Blank.SEVERAL
    field.send(with_crc(HLTA))
    return sight


def _whole_uid(field: Field) -> Sight:
    uid = b""
    for select in SELECT:
        part = field.exchange(bytes((select, ANTICOLLISION)))
        if isinstance(part, Noise):
            return _unread(part)
        if len(part) != 5 or part[0] ^ part[1] ^ part[2] ^ part[3] ^ part[4]:
            return Blank.UNCLEAR
        sak = field.exchange(with_crc(bytes((select, WHOLE)) + part))
        if isinstance(sak, Noise):
            return _unread(sak)
        if len(sak) != 3 or crc_a(sak[:1]) != sak[1:]:
            return Blank.UNCLEAR
        if not sak[0] & MORE:
            return _single(uid + part[:4])
        if part[0] != CASCADE_TAG:
            return Blank.UNCLEAR
        uid += part[1:4]
    return Blank.UNCLEAR


def _single(uid: bytes) -> Sight:
    """Judge a whole UID by its first byte, which has a meaning in one of four bytes."""
    if len(uid) == 4 and uid[0] == CASCADE_TAG:
        return Blank.UNCLEAR
    if len(uid) == 4 and uid[0] == RANDOM_UID:
        return Blank.RANDOM
    return Card(uid)


def _unread(noise: Noise) -> Blank:
    return Blank.SEVERAL if noise is Noise.COLLISION else Blank.UNCLEAR
