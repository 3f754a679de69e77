"""Simulate ISO 15693 tags in the field of a reader: frames, slots, collisions, faults and air time.

Frames are those of the standard without SOF, CRC and EOF. Times are those of 100 % ASK, 1 out of 4, one subcarrier and
the high data rate.

Source: ISO/IEC 15693-3; NXP SL2S2002 data sheet, chapter 9 (EAS). What it leaves out: passwords, selection, locking of
single blocks, and all that is analogue.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import IntEnum

BLOCK = 4
"""Bytes of a block."""
INVENTORY, STAY_QUIET, READ, WRITE, READ_MANY, RESET = 0x01, 0x02, 0x20, 0x21, 0x23, 0x26
WRITE_AFI, WRITE_DSFID, SYSTEM = 0x27, 0x29, 0x2B
SET_EAS, RESET_EAS, EAS_ALARM = 0xA2, 0xA3, 0xA5
NXP = 0x04
"""Manufacturer code, which precedes the UID in custom commands."""
INVENTORY_FLAG, AFI_FLAG, ADDRESS_FLAG, ONE_SLOT_FLAG = 0x04, 0x10, 0x20, 0x20
SLOTS = 16

BYTE_S = 302.08e-6
REQUEST_S = 75.52e-6 + 37.76e-6
"""Seconds of SOF and EOF of a request."""
ANSWER_S = 302.08e-6
"""Seconds of SOF and EOF of an answer."""
EOF_S = 37.76e-6
BEFORE_ANSWER_S, AFTER_ANSWER_S, EMPTY_SLOT_S = 320.9e-6, 309.2e-6, 474e-6
"""Seconds: t1, t2 and the wait for an answer that does not come."""
CRC_BYTES = 2


class TagError(IntEnum):
    """Error codes of answers."""

    UNSUPPORTED = 0x01
    UNKNOWN = 0x0F
    NO_BLOCK = 0x10
    LOCKED = 0x12
    NOT_PROGRAMMED = 0x13


@dataclass(eq=False, slots=True)
class Tag:
    """One tag. `faults` of the air are drawn from the field's random numbers."""

    uid: int
    """64 bits; the highest byte is 0xE0."""
    memory: bytearray = field(default_factory=lambda: bytearray(112))
    afi: int = 0x07
    dsfid: int = 0x3E
    eas: bool = True
    locked: bool = False
    """True: every change of AFI or EAS is answered with an error."""
    forgets: bool = False
    """True: a change of AFI or EAS is confirmed, and the old value stays."""
    weak: bool = False
    """True: it answers inventories only; its memory takes more power than it gets."""
    misses: float = 0.0
    """Share of requests that it does not hear."""
    leaves_in: int | None = None
    """Number of addressed requests after which it is lifted off: it carries the last one out and does not answer."""
    writes: int = 0
    """Number of changes of AFI or EAS that were confirmed."""
    quiet: bool = False

    def answer(self, request: bytes) -> bytes | None:
        """Return the answer to an addressed request; None: it does not answer."""
        command, body = request[1], request[2:]
        if command >= 0xA0:
            body = body[1:]
        parameters = body[8:]
        match command:
            case _ if command == STAY_QUIET:
                self.quiet = True
                return None
            case _ if command == RESET:
                self.quiet = False
                return b"\0"
            case _ if self.weak:
                return None
            case _ if command in (READ, READ_MANY):
                return self._read(parameters[0], parameters[1] + 1 if command == READ_MANY else 1)
            case _ if command == WRITE:
                at = BLOCK * parameters[0]
                if at + BLOCK > len(self.memory):
                    return bytes((1, TagError.NO_BLOCK))
                self.memory[at : at + BLOCK] = parameters[1 : 1 + BLOCK]
                return b"\0"
            case _ if command == WRITE_DSFID:
                self.dsfid = parameters[0]
                return b"\0"
            case _ if command == SYSTEM:
                uid = self.uid.to_bytes(8, "little")
                return b"\0\x0f" + uid + bytes((self.dsfid, self.afi, len(self.memory) // BLOCK - 1, BLOCK - 1, 1))
            case _ if command in (WRITE_AFI, SET_EAS, RESET_EAS):
                return self._switch(command, parameters)
            case _ if command == EAS_ALARM:
                return b"\0" + bytes(32) if self.eas else None
            case _:
                return bytes((1, TagError.UNSUPPORTED))

    def _read(self, first: int, count: int) -> bytes:
        if BLOCK * (first + count) > len(self.memory):
            return bytes((1, TagError.NO_BLOCK))
        return b"\0" + bytes(self.memory[BLOCK * first : BLOCK * (first + count)])

    def _switch(self, command: int, parameters: bytes) -> bytes:
        if self.locked:
            return bytes((1, TagError.LOCKED))
        self.writes += 1
        if self.forgets:
            return b"\0"
        if command == WRITE_AFI:
            self.afi = parameters[0]
        else:
            self.eas = command == SET_EAS
        return b"\0"


@dataclass(frozen=True, slots=True)
class Received:
    """What the reader receives in a slot or after a request; without data if nothing answers."""

    data: bytes = b""
    collision: bool = False


WRITES = frozenset({WRITE, WRITE_AFI, WRITE_DSFID, SET_EAS, RESET_EAS})


class AirField:
    """Tags within reach of one antenna. Not thread-safe: one reader, one thread; tags may come and go in another."""

    def __init__(self, *, eeprom_s: float = 0.005, captures: bool = False, seed: int = 0) -> None:
        """Make an empty field.

        Args:
            eeprom_s: Seconds that a tag takes to write a block, AFI or EAS; the standard allows 20 ms.
            captures: True: of several answers the first is received as if it were alone, as a strong tag does.
            seed: Of the random numbers that decide which requests a tag misses.
        """
        self.tags: list[Tag] = []
        self.is_on = False
        self.seconds = 0.0
        """Air time so far."""
        self.answer_began = 0.0
        """Air time at which the last answer began."""
        self.frames = 0
        self._eeprom_s = eeprom_s
        self._captures = captures
        self._random = random.Random(seed)
        self._slots: list[list[Tag]] = []
        """Answers of the slots to come."""

    def switch(self, on: bool) -> None:
        """Switch the field; without it a quiet tag forgets that it is quiet."""
        self.is_on = on
        if not on:
            for tag in self.tags:
                tag.quiet = False

    def send(self, frame: bytes) -> Received:
        """Send a request and return what is received, in the first slot for an inventory."""
        self.frames += 1
        self.seconds += REQUEST_S + BYTE_S * (len(frame) + CRC_BYTES)
        if frame[0] & INVENTORY_FLAG:
            return self._begin_inventory(frame)
        self._slots = []
        if not frame[0] & ADDRESS_FLAG:
            return self._receive(
                [answer for tag in self._listeners() if (answer := tag.answer(_request_to(frame, tag)))]
            )
        at = 3 if frame[1] >= 0xA0 else 2
        uid = int.from_bytes(frame[at : at + 8], "little")
        answers = [answer for tag in self._listeners() if tag.uid == uid and (answer := self._ask(tag, frame))]
        return self._receive(answers, is_late=frame[1] in WRITES)

    def end_slot(self) -> Received:
        """Send the EOF that opens the next slot, and return what is received in it."""
        self.seconds += EOF_S
        return self._receive([self._introduction(tag) for tag in self._slots.pop(0)] if self._slots else [])

    def _listeners(self) -> list[Tag]:
        return [tag for tag in list(self.tags) if self.is_on and self._random.random() >= tag.misses]

    def _ask(self, tag: Tag, frame: bytes) -> bytes | None:
        answer = tag.answer(frame)
        if tag.leaves_in is None:
            return answer
        tag.leaves_in -= 1
        if tag.leaves_in > 0:
            return answer
        tag.leaves_in = None
        self.tags.remove(tag)
        return None

    def _begin_inventory(self, frame: bytes) -> Received:
        at = 3 if frame[0] & AFI_FLAG else 2
        afi = frame[2] if frame[0] & AFI_FLAG else None
        length = frame[at]
        mask = int.from_bytes(frame[at + 1 :], "little") & (1 << length) - 1
        here = [
            tag
            for tag in self._listeners()
            if not tag.quiet and tag.uid & (1 << length) - 1 == mask and (not afi or tag.afi == afi)
        ]
        if frame[0] & ONE_SLOT_FLAG:
            self._slots = [here]
        else:
            self._slots = [[tag for tag in here if tag.uid >> length & 0xF == slot] for slot in range(SLOTS)]
        return self._receive([self._introduction(tag) for tag in self._slots.pop(0)])

    def _introduction(self, tag: Tag) -> bytes:
        return bytes((0, tag.dsfid)) + tag.uid.to_bytes(8, "little")

    def _receive(self, answers: list[bytes], *, is_late: bool = False) -> Received:
        if not answers:
            self.seconds += EMPTY_SLOT_S
            return Received()
        length = max(map(len, answers))
        self.seconds += self._eeprom_s if is_late else 0.0
        self.answer_began = self.seconds + BEFORE_ANSWER_S
        self.seconds += BEFORE_ANSWER_S + ANSWER_S + BYTE_S * (length + CRC_BYTES) + AFTER_ANSWER_S
        if len(answers) == 1 or self._captures:
            return Received(answers[0])
        mixed = 0
        for answer in answers:
            mixed |= int.from_bytes(answer.ljust(length, b"\0"), "big")
        return Received(mixed.to_bytes(length, "big"), collision=True)


def _request_to(frame: bytes, tag: Tag) -> bytes:
    """Return an unaddressed request as each tag takes it: for itself."""
    uid = tag.uid.to_bytes(8, "little")
    if frame[1] >= 0xA0:
        return frame[:3] + uid + frame[3:]
    return frame[:2] + uid + frame[2:]
