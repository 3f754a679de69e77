"""Drive a FEIG reader of the OBID family by its published protocol, over a serial port or TCP.

A frame is `02`, its length in two bytes, the reader's address, the command, its data, and a CRC-16 with the low byte
first. The reader may answer in that form, or in a shorter one for up to 255 bytes. It hands over memory blocks and UIDs
with the highest byte first, and separates colliding tags itself.

Source: FEIG ELECTRONIC, system manuals H20800-16e and H01113-4e, chapters 3 (protocol) and 7 (commands), annex C.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kiosk.config.hardware import FeigPad
from kiosk.hardware.item_pad.air import (
    FIRST_OF_UID,
    READ,
    SYSTEM,
    WRITE_AFI,
    WRITE_DSFID,
    Counted,
    Rejected,
    Silent,
    SystemInformation,
    Uid,
)
from kiosk.hardware.item_pad.pile import BROKEN_PORT, PadOnAir, port_fault, require_port
from kiosk.hardware.parts import PartFault

STX, ANY_READER = 0x02, 0xFF
ISO_HOST = 0xB0
INVENTORY, WRITE_BLOCKS = 0x01, 0x24
ADDRESSED, MORE = 0x01, 0x80
"""Bits of MODE: the command names a UID; the inventory goes on with what did not fit."""
OK, NO_TRANSPONDER, DATA_FALSE, WRITE_ERROR = 0x00, 0x01, 0x02, 0x03
RF_ERROR, OVERFLOW, MORE_DATA, ISO_ERROR, NOT_AVAILABLE = 0x83, 0x93, 0x94, 0x95, 0x82
ISO_15693, SET_BYTES = 0x03, 10
"""Type of a transponder, and bytes of each data set of an inventory: type, DSFID, UID."""
NOT_PROGRAMMED = 0x13
ANSWER_SECONDS = 1.5
"""Seconds within which a reader answers; an inventory of many tags takes up to half of it."""
SHORTEST = 6
"""Bytes of the shortest frame: length, address, command, status, CRC."""


def crc(data: bytes) -> int:
    """Return the CRC-16 with polynomial 0x8408 (reflected) and start 0xFFFF; that of a whole frame is 0."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return value


def frame_of(command: int, data: bytes) -> bytes:
    """Return a request to any reader."""
    body = bytes((STX,)) + (len(data) + 7).to_bytes(2, "big") + bytes((ANY_READER, command)) + data
    return body + crc(body).to_bytes(2, "little")


class FeigAir:
    """Air over the reader's host commands."""

    def __init__(self, port: Any, name: str) -> None:
        """Use an open port of pyserial; `name` is for messages."""
        self._port = port
        self._name = name

    def inventory(self) -> Counted:
        found: dict[Uid, int] = {}
        mode, crowded = 0, False
        while True:
            status, data = self._ask(bytes((INVENTORY, mode)), (OK, NO_TRANSPONDER, RF_ERROR, OVERFLOW, MORE_DATA))
            for at in range(1, len(data) - SET_BYTES + 1, SET_BYTES):
                kind, dsfid, uid = data[at], data[at + 1], data[at + 2 : at + SET_BYTES]
                if kind == ISO_15693 and uid[0] == FIRST_OF_UID:
                    found[Uid(uid)] = dsfid
            crowded = crowded or status in (RF_ERROR, OVERFLOW)
            if status != MORE_DATA:
                return Counted(found, crowded)
            mode = MORE

    def read_blocks(self, uid: Uid, first: int, count: int) -> bytes:
        data = self._ask_tag(READ, uid, bytes((first, count)))
        if len(data) < 2:
            raise Silent
        number, size = data[0], data[1]
        if number != count or not size or len(data) != 2 + number * (1 + size):
            raise Silent
        return b"".join(data[at + 1 : at + 1 + size][::-1] for at in range(2, len(data), 1 + size))

    def write_block(self, uid: Uid, number: int, block: bytes) -> None:
        self._ask_tag(WRITE_BLOCKS, uid, bytes((number, 1, len(block))) + block[::-1])

    def write_afi(self, uid: Uid, value: int) -> None:
        self._ask_tag(WRITE_AFI, uid, bytes((value,)))

    def write_dsfid(self, uid: Uid, value: int) -> None:
        self._ask_tag(WRITE_DSFID, uid, bytes((value,)))

    def system_information(self, uid: Uid) -> SystemInformation:
        data = self._ask_tag(SYSTEM, uid)
        if len(data) < 12:
            raise Silent
        return SystemInformation(data[0], data[9], blocks=data[11], block_bytes=data[10] & 0x0F)

    def set_eas(self, uid: Uid, on: bool) -> None:
        raise NotImplementedError("the EAS of a tag cannot be read back over this reader, so it is not switched")

    def rings_eas(self, uid: Uid) -> bool:
        raise NotImplementedError("the EAS of a tag cannot be read back over this reader")

    def _ask_tag(self, command: int, uid: Uid, parameters: bytes = b"") -> bytes:
        _, data = self._ask(bytes((command, ADDRESSED)) + uid + parameters, (OK,))
        return data

    def _ask(self, request: bytes, good: tuple[int, ...]) -> tuple[int, bytes]:
        """Send a request and return status and data. Raises Silent, Rejected, PartFault."""
        try:
            self._port.reset_input_buffer()
            self._port.write(frame_of(ISO_HOST, request))
            status, data = self._answer()
        except BROKEN_PORT as error:
            raise port_fault(self._name, error) from error
        match status:
            case _ if status in good:
                return status, data
            case _ if status in (NO_TRANSPONDER, DATA_FALSE, RF_ERROR):
                raise Silent
            case _ if status == WRITE_ERROR:
                raise Rejected(NOT_PROGRAMMED)
            case _ if status == ISO_ERROR:
                raise Rejected(data[0] if data else 0)
            case _ if status == NOT_AVAILABLE:
                raise PartFault("driver_error", f"{self._name} is in scan mode: set it to ISO host mode")
            case _:
                raise PartFault("driver_error", f"{self._name} answers with status 0x{status:02X}")

    def _answer(self) -> tuple[int, bytes]:
        """Read one frame. Raises Silent for a broken one, PartFault if there is none, OSError."""
        head = self._port.read(3)
        if len(head) < 3:
            raise PartFault("no_answer", f"{self._name} does not answer: check its power, baud rate and parity")
        is_long = head[0] == STX
        length = int.from_bytes(head[1:3], "big") if is_long else head[0]
        if length < SHORTEST + 2 * is_long:
            raise Silent
        frame = head + self._port.read(length - len(head))
        if len(frame) != length or crc(frame):
            raise Silent
        at = 4 if is_long else 2
        if frame[at] != ISO_HOST:
            raise Silent
        return frame[at + 1], frame[at + 2 : -2]


@contextmanager
def open_feig(choice: FeigPad) -> Iterator[PadOnAir]:
    """Open the reader's port."""
    try:
        import serial
    except ImportError as error:
        raise PartFault("driver_missing", f"{error}: install pyserial") from error
    if choice.device is not None:
        require_port(choice.device)
    name = f"{choice.host}:{choice.port}" if choice.device is None else str(choice.device)
    url = name if choice.device is not None else f"socket://{name}"
    try:
        port = serial.serial_for_url(url, choice.baud, parity=serial.PARITY_EVEN, timeout=ANSWER_SECONDS)
    except BROKEN_PORT as error:
        raise port_fault(name, error) from error
    try:
        yield PadOnAir(FeigAir(port, name), choice)
    finally:
        with suppress(*BROKEN_PORT):
            port.close()
