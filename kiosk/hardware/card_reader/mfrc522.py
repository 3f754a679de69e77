"""Drive an MFRC522 on the Pi's SPI bus through the unmodified mfrc522 library."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from kiosk.config.hardware import CardNumber, Mfrc522Reader
from kiosk.events import CardTrouble
from kiosk.hardware.card_reader.card_number import number_of
from kiosk.hardware.card_reader.iso14443 import Noise, Presence, Reply, look
from kiosk.hardware.parts import PartFault

COMMAND, COMM_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL, CONTROL, BIT_FRAMING = 0x01, 0x04, 0x06, 0x09, 0x0A, 0x0C, 0x0D
MODE, TX_CONTROL, TX_ASK, VERSION = 0x11, 0x14, 0x15, 0x37
T_MODE, T_PRESCALER, T_RELOAD_H, T_RELOAD_L = 0x2A, 0x2B, 0x2C, 0x2D
IDLE, TRANSCEIVE = 0x00, 0x0C
ALL_IRQS, FLUSH, START = 0x7F, 0x80, 0x80
RX_IRQ, TIMER_IRQ = 0x20, 0x01
COLLISION = 0x08
UNUSABLE = 0x1B
"""Bits of ErrorReg that spoil a reply: BufferOvfl, CollErr, ParityErr, ProtocolErr."""

SETTINGS = (
    (T_MODE, 0x80),
    (T_PRESCALER, 0xA9),
    (T_RELOAD_H, 0x00),
    (T_RELOAD_L, 0xC8),
    (TX_ASK, 0x40),
    (MODE, 0x3D),
    (TX_CONTROL, 0x83),
)
"""A timer of 201 ticks of 25 us, 100 % ASK, CRC preset 0x6363, and last the antenna on."""
ANTENNA = 0x03
NO_CHIP = (0x00, 0xFF)
"""Values of VersionReg if no chip drives the bus."""

FIRST_LOOK = 0.0005
NEXT_LOOK = 0.001
"""Seconds between two reads of CommIrqReg."""
LOOKS = 12
REST = 0.001
"""Seconds within which a card would answer an HLTA that it rejects."""


class Registers(Protocol):
    """The register calls of the mfrc522 library."""

    def Read_MFRC522(self, addr: int) -> int: ...
    def Write_MFRC522(self, addr: int, val: int) -> None: ...


class Chip:
    """Exchange frames with cards through the chip's registers.

    The library's own MFRC522_ToCard polls 2,000 times before it gives up. Here the chip's timer decides: it starts at
    the end of each frame (TAuto) and sets TimerIRq 5 ms later; a card answers after 0.1 ms.
    Source: NXP MFRC522 data sheet, rev. 3.9, chapter 9.
    """

    def __init__(self, registers: Registers, pause: Callable[[float], None]) -> None:
        self._registers = registers
        self._pause = pause

    def start(self) -> None:
        for register, value in SETTINGS:
            self._write(register, value)
        self.check()

    def check(self) -> None:
        """Check the chip. Raises PartFault if it is gone, or lost its settings in a power loss."""
        version = self._read(VERSION)
        if version in NO_CHIP:
            raise PartFault(
                "unplugged",
                f"no MFRC522 answers (VersionReg reads 0x{version:02X}): check its supply (3.3 V, never 5 V) and the "
                "wires SDA, SCK, MOSI, MISO, GND and RST",
            )
        if self._read(TX_CONTROL) & ANTENNA != ANTENNA:
            raise PartFault("unplugged", "the MFRC522 was without supply and forgot its settings: check 3.3 V and GND")

    def exchange(self, frame: bytes, bits: int = 8) -> Reply:
        self._transmit(frame, bits)
        if not self._answered():
            return Noise.SILENCE
        error = self._read(ERROR) & UNUSABLE
        if error:
            return Noise.COLLISION if error & COLLISION else Noise.GARBLED
        return self._received_bytes() or Noise.GARBLED

    def send(self, frame: bytes) -> None:
        self._transmit(frame, 8)
        self._pause(REST)
        self._write(COMMAND, IDLE)

    def _transmit(self, frame: bytes, bits: int) -> None:
        self._write(COMMAND, IDLE)
        self._write(COMM_IRQ, ALL_IRQS)
        self._write(FIFO_LEVEL, FLUSH)
        for byte in frame:
            self._write(FIFO_DATA, byte)
        self._write(COMMAND, TRANSCEIVE)
        self._write(BIT_FRAMING, START | bits & 0x07)

    def _answered(self) -> bool:
        self._pause(FIRST_LOOK)
        for _ in range(LOOKS):
            seen = self._read(COMM_IRQ)
            if seen & RX_IRQ:
                return True
            if seen & TIMER_IRQ:
                return False
            self._pause(NEXT_LOOK)
        return False

    def _received_bytes(self) -> bytes:
        """Return the received bytes; empty if the last byte is incomplete."""
        count = self._read(FIFO_LEVEL)
        if self._read(CONTROL) & 0x07:
            return b""
        return bytes(self._read(FIFO_DATA) for _ in range(count))

    def _read(self, register: int) -> int:
        try:
            return self._registers.Read_MFRC522(register)
        except OSError as error:
            raise PartFault("unplugged", f"the SPI bus does not work: {error}") from error

    def _write(self, register: int, value: int) -> None:
        try:
            self._registers.Write_MFRC522(register, value)
        except OSError as error:
            raise PartFault("unplugged", f"the SPI bus does not work: {error}") from error


LOOK_EVERY = 0.1
"""Seconds between two polls of the field."""
RESET_SECONDS = 0.05
"""Seconds of NRSTPD low, and of the oscillator's start after it. Source: MFRC522 data sheet, 8.8."""
LIBRARY_LOG = "mfrc522Logger"

Pause = Callable[[float], None]


class Mfrc522CardReader:
    """CardReader that polls the field of an MFRC522."""

    def __init__(self, chip: Chip, number: CardNumber, pause: Pause) -> None:
        self._chip = chip
        self._number = number
        self._pause = pause

    def watch(
        self,
        present: Callable[[str], None],
        removed: Callable[[], None],
        trouble: Callable[[CardTrouble], None],
        stop: Callable[[], bool],
    ) -> None:
        presence = Presence(lambda uid: present(number_of(uid, self._number)), removed, trouble)
        while not stop():
            self._chip.check()
            presence.saw(look(self._chip))
            self._pause(LOOK_EVERY)


@contextmanager
def open_mfrc522(choice: Mfrc522Reader, pause: Pause = time.sleep) -> Iterator[Mfrc522CardReader]:
    """Open the reader.

    Only its own pin is released at the end: the library's Close_MFRC522 would release every pin of the process.
    """
    with _out_of_reset(choice.reset_gpio, pause):
        library = _library(choice)
        try:
            pause(RESET_SECONDS)
            chip = Chip(library, pause)
            chip.start()
            yield Mfrc522CardReader(chip, choice.number, pause)
        finally:
            library.spi.close()


@contextmanager
def _out_of_reset(gpio: int, pause: Pause) -> Iterator[None]:
    """Reset the chip through its reset pin, which also recovers a hung chip."""
    try:
        import lgpio
        from RPi import GPIO
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install rpi-lgpio, and never RPi.GPIO") from error
    try:
        GPIO.setmode(GPIO.BCM)
    except lgpio.error as error:
        raise PartFault("no_permission", f"the GPIO chip: {error}. Put the kiosk's user into the group gpio") from error
    try:
        GPIO.setup(gpio, GPIO.OUT, initial=GPIO.LOW)
        pause(RESET_SECONDS)
        GPIO.output(gpio, GPIO.HIGH)
        pause(RESET_SECONDS)
    except (RuntimeError, lgpio.error) as error:
        raise PartFault("pin_in_use", f"GPIO {gpio}, the reader's reset pin, cannot be claimed: {error}") from error
    try:
        yield
    finally:
        GPIO.cleanup([gpio])


def _library(choice: Mfrc522Reader) -> Any:
    """Return the library's object. The reset pin is passed because in BCM mode the default is GPIO 15, the UART's."""
    try:
        from mfrc522 import MFRC522
        from RPi import GPIO
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install mfrc522 and spidev") from error
    log = logging.getLogger(LIBRARY_LOG)
    handlers = list(log.handlers)
    try:
        return MFRC522(bus=choice.bus, device=choice.device, pin_mode=GPIO.BCM, pin_rst=choice.reset_gpio)
    except OSError as error:
        raise _spi_fault(choice, error) from error
    finally:
        for added in [each for each in log.handlers if each not in handlers]:
            log.removeHandler(added)


def _spi_fault(choice: Mfrc522Reader, error: OSError) -> PartFault:
    path = f"/dev/spidev{choice.bus}.{choice.device}"
    where = f"SPI bus {choice.bus}, device {choice.device} ({path}) cannot be opened: {error.strerror or error}"
    match error.errno:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return PartFault("spi_off", f"{where}. Write dtparam=spi=on into /boot/firmware/config.txt and restart")
        case errno.EACCES | errno.EPERM:
            return PartFault("no_permission", f"{where}. Put the kiosk's user into the group spi")
        case errno.EBUSY:
            return PartFault("in_use", f"{where}. Stop the other program")
        case _:
            return PartFault("unplugged", where)
