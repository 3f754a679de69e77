"""Drive a PN5180 behind a Raspberry Pi Pico through the unmodified pn5180-tagomatic library.

Of the library, only the low-level calls are used. Its own inventory makes one round and loses one of two tags that
answer in the same slot. Here each slot's errors are read, and a round per collision follows.

Source: NXP PN5180 data sheet, chapters 9 (registers) and 11 (host commands).
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from kiosk.config.hardware import Pn5180Pad
from kiosk.hardware.item_pad.air import (
    FIRST_OF_UID,
    SLOTS,
    Counted,
    FrameAir,
    Silent,
    Uid,
    answer_body,
    count_tags,
    inventory_request,
)
from kiosk.hardware.item_pad.pile import BROKEN_PORT, PadOnAir, port_fault, require_port
from kiosk.hardware.parts import PartFault

T = TypeVar("T")

TRANSMIT, RECEIVE = 0x0D, 0x8D
"""RF configurations of ISO 15693: 26 kbit/s with 100 % ASK, and one subcarrier."""
SYSTEM_CONFIG, IRQ_ENABLE, IRQ_CLEAR, RX_STATUS, TX_CONFIG = 0, 1, 3, 19, 24
SET, OR, AND = 1, 2, 3
"""Operations of a multiple register write."""
TRANSCEIVE, NO_COMMAND = 0x03, 0xFFFFFFF8
EOF_ONLY = 0xFFFFFB3F
"""Mask of TX_CONFIG with which SEND_DATA sends an EOF, the start of the next slot."""
RX_IRQ, SOF_IRQ, ALL_IRQS = 1 << 0, 1 << 14, 0x000FFFFF
LENGTH, SPOILT = 0x1FF, 0x070000
"""Bits of RX_STATUS: number of bytes, and integrity error, protocol error and collision."""
SLOT_MS, INTRODUCTION_MS = 2, 6
"""Milliseconds after an EOF within which an answer begins (0.4 on the air), and then ends (3.9)."""
REQUEST_MS, ANSWER_MS, WRITE_MS = 8, 25, 25
"""Milliseconds for the longest request here, the longest answer (12 blocks), and a tag's EEPROM."""
INTRODUCTION = 10
"""Bytes of an answer to an inventory: flags, DSFID, UID."""
CALL_SECONDS = 1.0
"""Seconds after which a call that the Pico does not answer fails."""
LIST_CALLS, FIRMWARE = b"\xff", b"simpleRPC\0"
"""The request for the list of calls, and how its answer begins (simpleRPC 3.0)."""
FIRMWARE_SECONDS, QUIET_SECONDS = 3.0, 0.2
"""Seconds within which that answer begins, and a pause after which it is over."""
LINE = 4096
SHORT_ANSWER = (struct.error, IndexError)
"""What the library raises for an answer that is cut off."""


class Pn5180Air(FrameAir):
    """Air over the chip's registers."""

    def __init__(self, low_level: Any, device: object) -> None:
        super().__init__(self._exchange_frame)
        self._chip = low_level
        self._device = device
        self._tx_config = 0

    def start(self) -> None:
        """Switch the field and CRC on, and remember the transmitter's settings."""
        self._call(lambda: self._chip.load_rf_config(TRANSMIT, RECEIVE))
        self._call(lambda: self._chip.rf_on())
        self._call(lambda: self._chip.turn_on_crc())
        self._tx_config = self._call(lambda: self._chip.read_register(TX_CONFIG))

    def stop(self) -> None:
        """Switch the field off."""
        self._call(lambda: self._chip.rf_off())

    def inventory(self) -> Counted:
        return count_tags(self._round)

    def _round(self, mask: int, length: int) -> tuple[Mapping[Uid, int], list[int]]:
        found: dict[Uid, int] = {}
        collided = []
        self._send(inventory_request(mask, length))
        for slot in range(SLOTS):
            if slot:
                self._send(b"", first=slot == 1)
            answer = self._receive(SLOT_MS if slot else REQUEST_MS, INTRODUCTION_MS)
            if answer is None:
                collided.append(slot)
            elif len(answer) == INTRODUCTION and not answer[0] & 1 and answer[-1] == FIRST_OF_UID:
                found[Uid(answer[:1:-1])] = answer[1]
        self._call(lambda: self._chip.write_register(TX_CONFIG, self._tx_config))
        return found, collided

    def _exchange_frame(self, frame: bytes) -> bytes:
        self._send(frame)
        answer = self._receive(REQUEST_MS + WRITE_MS, ANSWER_MS)
        if answer is None:
            raise Silent
        return answer_body(answer)

    def _send(self, frame: bytes, *, first: bool = False) -> None:
        """Send a frame, or without one an EOF; `first`: the chip sends whole frames so far."""
        settings = [
            (SYSTEM_CONFIG, AND, NO_COMMAND),
            (SYSTEM_CONFIG, OR, TRANSCEIVE),
            (IRQ_CLEAR, SET, ALL_IRQS),
            (IRQ_ENABLE, SET, SOF_IRQ),
        ]
        if first:
            settings.insert(0, (TX_CONFIG, AND, EOF_ONLY))
        self._call(lambda: self._chip.write_register_multiple(settings))
        self._call(lambda: self._chip.send_data(0, frame))

    def _receive(self, begin_ms: int, rest_ms: int) -> bytes | None:
        """Return the answer, nothing if none began in time, None if it was spoilt or collided."""
        if not self._call(lambda: self._chip.wait_for_irq(begin_ms)):
            return b""
        self._call(lambda: self._chip.write_register(IRQ_ENABLE, RX_IRQ))
        is_complete = self._call(lambda: self._chip.wait_for_irq(rest_ms))
        status = self._call(lambda: self._chip.read_register(RX_STATUS))
        if not is_complete or status & SPOILT:
            return None
        return self._call(lambda: self._chip.read_data(status & LENGTH)) if status & LENGTH else b""

    def _call(self, call: Callable[[], T]) -> T:
        """Run a call of the library. Raises PartFault if the Pico is gone or the chip does not work."""
        from pn5180_tagomatic import PN5180Error

        try:
            return call()
        except PN5180Error as error:
            raise PartFault("driver_error", f"the PN5180 refuses {error.operation}: check its 5 V and 3.3 V") from error
        except AttributeError as error:
            raise PartFault(
                "driver_error", f"the Pico's firmware has no {error.name}: flash another release"
            ) from error
        except (*BROKEN_PORT, *SHORT_ANSWER) as error:
            raise port_fault(self._device, error) from error


@contextmanager
def open_pn5180(choice: Pn5180Pad) -> Iterator[PadOnAir]:
    """Open the reader and switch its field on; the field is off at the end."""
    require_port(choice.device)
    # The RPC library imports pkg_resources, whose end is announced at each start. requirements.lock has the last one.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    try:
        from pn5180_tagomatic import PN5180
    except ImportError as error:
        raise PartFault("driver_missing", f"{error}: install pn5180-tagomatic, and setuptools below 82") from error
    _require_firmware(choice.device)
    try:
        chip = PN5180(str(choice.device)).ll
    except (*BROKEN_PORT, ValueError, *SHORT_ANSWER) as error:
        raise port_fault(choice.device, error) from error
    try:
        # The library reads without a time limit: a Pico that hangs would hang the kiosk's thread.
        chip._interface._connection.timeout = CALL_SECONDS
        air = Pn5180Air(chip, choice.device)
        air.start()
        try:
            yield PadOnAir(air, choice)
        finally:
            with suppress(PartFault):
                air.stop()
    finally:
        with suppress(*BROKEN_PORT):
            chip.close()


def _require_firmware(device: Path) -> None:
    """Check that the firmware answers: the library would wait for ever. Raises PartFault."""
    import serial

    try:
        with serial.Serial(str(device), timeout=FIRMWARE_SECONDS, exclusive=True) as port:
            port.write(LIST_CALLS)
            answer = port.read(len(FIRMWARE))
            port.timeout = QUIET_SECONDS
            while port.read(LINE):
                pass
    except BROKEN_PORT as error:
        raise port_fault(device, error) from error
    if answer != FIRMWARE:
        raise PartFault(
            "no_answer",
            f"{device} does not answer as a Pico with the firmware of pn5180-tagomatic: flash it, or set device",
        )
