"""Emulate an ISO/IEC 14443-3 type A card bit by bit: states, cascade levels and response times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

REQA, WUPA = 0x26, 0x52
SELECT = (0x93, 0x95, 0x97)
CASCADE_TAG = 0x88
MORE = 0x04
"""SAK: the UID is not complete."""
SHORT_FRAME = 7
UID_BITS = 40
"""A cascade level on the air: four bytes and their BCC."""

Bits = tuple[int, ...]


class State(Enum):
    OFF = "off"
    IDLE = "idle"
    READY = "ready"
    ACTIVE = "active"
    HALT = "halt"


def bits_of(data: bytes) -> Bits:
    """Return the bits in transmission order: the lowest bit of each byte first."""
    return tuple(byte >> place & 1 for byte in data for place in range(8))


def bytes_of(bits: Bits) -> bytes:
    """Return the bytes of transmitted bits; the last byte may be partial."""
    return bytes(
        sum(bit << place for place, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits), 8)
    )


def crc_a(data: bytes) -> bytes:
    """CRC_A of ISO/IEC 14443-3, annex B, bit by bit: preset 0x6363, x^16 + x^12 + x^5 + 1, lowest bit first."""
    value = 0x6363
    for bit in bits_of(data):
        odd = (value ^ bit) & 1
        value = (value >> 1) ^ (0x8408 if odd else 0)
    return value.to_bytes(2, "little")


class Card:
    """Emulated card, initially outside any field.

    `late` is the response delay beyond the standard, in seconds. A `weak` card is masked by other cards. An `eager`
    card violates the standard by answering requests after its selection.
    """

    def __init__(
        self,
        uid: bytes,
        *,
        late: float = 0.0,
        weak: bool = False,
        eager: bool = False,
        wrong_bcc: bool = False,
        wrong_crc: bool = False,
        sak: int = 0x08,
    ) -> None:
        self.uid = uid
        self.late = late
        self.weak = weak
        self._eager = eager
        self.state = State.OFF
        self._wrong_crc = wrong_crc
        self._sak = sak
        self._levels = [_level(part, wrong_bcc) for part in _parts(uid)]
        self._level = 0
        self._rests = State.IDLE
        """State after an error; a card woken from HALT returns to HALT."""

    def power(self, on: bool) -> None:
        """Switch the field on or off."""
        self.state = State.IDLE if on else State.OFF
        self._rests = State.IDLE

    def hear(self, frame: Bits) -> Bits:
        """Return the response, empty if the card stays silent."""
        match self.state:
            case State.OFF:
                return ()
            case State.IDLE | State.HALT:
                return self._woken(frame)
            case State.READY:
                return self._chosen(frame)
            case State.ACTIVE:
                if bytes_of(frame) == b"\x50\x00" + crc_a(b"\x50\x00"):
                    self._rests = State.HALT
                silence = self._fall_back()
                return self._woken(frame) if self._eager else silence

    def _woken(self, frame: Bits) -> Bits:
        called = bytes_of(frame)[:1]
        if len(frame) != SHORT_FRAME or called not in (bytes((WUPA,)), bytes((REQA,))):
            return ()
        if self.state is State.HALT and called[0] == REQA:
            return ()
        self._rests = self.state
        self.state, self._level = State.READY, 0
        return bits_of(bytes((0x04 | (len(self._levels) - 1) << 6, 0x00)))

    def _chosen(self, frame: Bits) -> Bits:
        own = bits_of(self._levels[self._level])
        data = bytes_of(frame)
        if len(frame) < 16 or data[0] != SELECT[self._level]:
            return self._fall_back()
        if data[1] == 0x70:
            return self._selected(data)
        known_bits = (data[1] >> 4) * 8 + (data[1] & 7) - 16
        if known_bits != len(frame) - 16 or not 0 <= known_bits < UID_BITS or frame[16:] != own[:known_bits]:
            return self._fall_back()
        return own[known_bits:]

    def _selected(self, data: bytes) -> Bits:
        if data[2:7] != self._levels[self._level] or data[7:] != crc_a(data[:7]):
            return self._fall_back()
        self._level += 1
        more = self._level < len(self._levels)
        if not more:
            self.state = State.ACTIVE
        sak = bytes((MORE if more else self._sak,))
        crc = crc_a(sak)
        return bits_of(sak + (bytes((crc[0] ^ 1, crc[1])) if self._wrong_crc else crc))

    def _fall_back(self) -> Bits:
        self.state = self._rests
        return ()


def _parts(uid: bytes) -> list[bytes]:
    tag = bytes((CASCADE_TAG,))
    match len(uid):
        case 4:
            return [uid]
        case 7:
            return [tag + uid[:3], uid[3:]]
        case 10:
            return [tag + uid[:3], tag + uid[3:6], uid[6:]]
        case other:
            raise ValueError(f"a UID has 4, 7 or 10 bytes, not {other}")


def _level(part: bytes, wrong_bcc: bool) -> bytes:
    bcc = part[0] ^ part[1] ^ part[2] ^ part[3]
    return part + bytes((bcc ^ 0x10 if wrong_bcc else bcc,))


@dataclass(frozen=True, slots=True)
class Answer:
    bits: Bits
    """Received bits; a collision reads as 1, because both half-bits are loaded."""
    collision: int | None = None
    """Index of the first collision."""
    torn: bool = False
    """True if another answer began during this one."""
    after: float = 0.0
    """Delay of the answer in seconds."""


def overlapping(answers: Sequence[tuple[float, Bits]], bit_seconds: float) -> Answer | None:
    """Combine the earliest answer with all answers that overlap it; later ones are not received."""
    sounding = sorted(each for each in answers if each[1])
    if not sounding:
        return None
    after = sounding[0][0]
    together = [bits for late, bits in sounding if late - after < bit_seconds / 4]
    length = max(len(bits) for bits in together)
    torn = any(bit_seconds / 4 <= late - after < length * bit_seconds for late, _ in sounding)
    places = [{bits[place] for bits in together if place < len(bits)} for place in range(length)]
    collision = next((place for place, seen in enumerate(places) if len(seen) > 1), None)
    return Answer(tuple(max(seen) for seen in places), collision, torn, after)
