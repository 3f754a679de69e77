"""Wake a card, read its complete UID and halt it.

WUPA calls every card, halted ones too; a card answers with its ATQA. An anticollision frame (SEL, NVB 0x20) is answered
by four bytes and their BCC, a SELECT (SEL, NVB 0x70, the five bytes, CRC_A) by the SAK and its CRC_A. A UID of 7 or 10
bytes takes two or three such cascade levels, each but the last starting with the cascade tag.

A selected card ignores the next WUPA and answers the one after it. The second WUPA therefore finds a card that was
masked by a stronger one and leaves the field's state as it was. HLTA halts all others.

Source: ISO/IEC 14443-3, type A.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from kiosk.events import CardTrouble

WUPA = b"\x52"
SHORT_FRAME = 7
"""Bits of REQA and WUPA."""
SELECT = (0x93, 0x95, 0x97)
"""SEL of the cascade levels 1 to 3."""
ANTICOLLISION, WHOLE = 0x20, 0x70
CASCADE_TAG = 0x88
"""First byte of each cascade level but the last; the standard forbids it as first byte of a four-byte UID."""
RANDOM_UID = 0x08
"""First byte of a random four-byte UID, which changes at each power-up of the card (ISO/IEC 14443-3, 6.5.4)."""
MORE = 0x04
"""Bit 3 of the SAK: the UID is not complete."""


class Noise(Enum):
    """What was received instead of a complete answer."""

    SILENCE = auto()
    COLLISION = auto()
    """Two cards answered with different data."""
    GARBLED = auto()


Reply = bytes | Noise


class RfField(Protocol):
    """The reader's RF field. Both methods raise PartFault when the reader is gone."""

    def exchange(self, frame: bytes, bits: int = 8) -> Reply:
        """Send a frame, of whose last byte only `bits` bits count, and return the reply."""
        ...

    def send(self, frame: bytes) -> None:
        """Send a frame to which no card replies."""
        ...


class Blank(Enum):
    """What is in the field if it is not a single card."""

    EMPTY = auto()
    SEVERAL = auto()
    UNCLEAR = auto()
    """Something is present but was not read completely."""
    RANDOM = auto()
    """Card whose UID changes each time: a phone, or a card that hides its number."""


@dataclass(frozen=True, slots=True)
class Card:
    """A single card with its complete UID."""

    uid: bytes
    """UID of 4, 7 or 10 bytes, in the standard's order."""


Sight = Card | Blank


def crc_a(data: bytes) -> bytes:
    """Return the CRC_A in transmission order. Source: ISO/IEC 14443-3, annex B."""
    value = 0x6363
    for byte in data:
        byte ^= value & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        value = value >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return value.to_bytes(2, "little")


def with_crc(data: bytes) -> bytes:
    """Return the data followed by its CRC_A."""
    return data + crc_a(data)


HLTA = b"\x50\x00"


def look(field: RfField) -> Sight:
    """Return what is in the field now. Every byte of a returned UID is checked."""
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


def _whole_uid(field: RfField) -> Sight:
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
    """Classify a complete UID: the first byte of a four-byte UID has a meaning."""
    if len(uid) == 4 and uid[0] == CASCADE_TAG:
        return Blank.UNCLEAR
    if len(uid) == 4 and uid[0] == RANDOM_UID:
        return Blank.RANDOM
    return Card(uid)


def _unread(noise: Noise) -> Blank:
    return Blank.SEVERAL if noise is Noise.COLLISION else Blank.UNCLEAR


GONE = 3
"""Consecutive empty polls before a card counts as removed."""
SURE = 3
"""Consecutive polls that read one card before it replaces another card or several."""
CROWD = 2
"""Consecutive polls that see several cards before they are reported: one may have been a card in motion."""
NOISY = 10
"""Consecutive unclear polls, without a card or an empty field, before the object on the reader counts as unreadable."""
UNSEEN = 100
"""Consecutive polls that do not read the reported card before it counts as removed, whatever they read instead."""


class Presence:
    """Track which card is on the reader.

    A card that stays is one presence. A failed poll does not end it; lasting noise does.
    """

    def __init__(
        self, present: Callable[[str], None], removed: Callable[[], None], trouble: Callable[[CardTrouble], None]
    ) -> None:
        """Create a tracker. `present` receives the UID in upper-case hex; `trouble` is called once per trouble."""
        self._present = present
        self._removed = removed
        self._trouble = trouble
        self._here: bytes | None = None
        """UID of the reported card."""
        self._crowded = False
        """True from the report of several cards until one or none is seen."""
        self._last: Sight = Blank.EMPTY
        self._times = 0
        """Consecutive polls with the same result."""
        self._changed = False
        """True if the last poll read a card other than the reported one that is not confirmed yet."""
        self._unclear_looks = 0
        self._unseen = 0
        self._random_reported = False

    def saw(self, sight: Sight) -> None:
        self._unseen = 0 if sight == Card(self._here or b"") else self._unseen + 1
        if self._unseen >= UNSEEN:
            self._leave()
        self._times = self._times + 1 if sight == self._last else 1
        self._last = sight
        match sight:
            case Blank.EMPTY:
                self._empty()
            case Blank.UNCLEAR:
                self._unclear()
            case Blank.SEVERAL:
                self._crowd(self._times >= CROWD)
            case Blank.RANDOM:
                if self._times >= SURE:
                    self._random()
            case Card(uid=uid):
                self._card(uid)

    def _empty(self) -> None:
        if self._times >= GONE:
            self._crowded = self._changed = self._random_reported = False
            self._unclear_looks = 0
            self._leave()

    def _unclear(self) -> None:
        """Count an unclear poll. After `NOISY` of them the card counts as removed: noise would hide its removal."""
        self._unclear_looks += 1
        if self._unclear_looks == NOISY:
            self._changed = False
            self._leave()
            self._trouble(CardTrouble.UNCLEAR)

    def _random(self) -> None:
        self._crowded = self._changed = False
        self._leave()
        if not self._random_reported:
            self._random_reported = True
            self._trouble(CardTrouble.RANDOM)

    def _card(self, uid: bytes) -> None:
        self._unclear_looks = 0
        if uid == self._here:
            self._crowd(self._changed)
            self._changed = False
            self._crowded = self._crowded and self._times < SURE
            return
        clear = self._here is None and not self._crowded
        if clear or self._times >= SURE:
            self._crowded = self._changed = self._random_reported = False
            self._leave()
            self._here, self._unseen = uid, 0
            self._present(uid.hex().upper())
        else:
            self._changed = self._here is not None

    def _crowd(self, seen: bool) -> None:
        if seen and not self._crowded:
            self._crowded = True
            self._trouble(CardTrouble.SEVERAL)

    def _leave(self) -> None:
        if self._here is not None:
            self._here = None
            self._removed()
