"""Drive an MFRC522 on the Pi's SPI bus through the unmodified mfrc522 library."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.config.card_reader import CardNumber, Mfrc522Reader
from kiosk.events import CardTrouble
from kiosk.hardware.card_reader.card_number import number_of
from kiosk.hardware.card_reader.iso14443 import look
from kiosk.hardware.card_reader.mfrc522_registers import Chip
from kiosk.hardware.card_reader.presence import Presence
from kiosk.hardware.parts import PartFault

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
