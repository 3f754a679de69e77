"""Run the card reader contract on typing and sending readers, over evdev's decoding and a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from kiosk.config.card_reader import KeyboardReader, SerialReader
from kiosk.hardware import wedge_keyboard
from kiosk.hardware.card_reader.keyboard_wedge import open_typed
from kiosk.hardware.parts import CardReader
from tests.emulated.serial_device import SerialDevice
from tests.emulated.typing_device import TypingReader
from tests.kiosk.hardware.card_reader_contract import CardReaderContract, CardReaderOperator

HEX = "0123456789ABCDEF"
SOON = 0.1
"""Seconds after which a card counts as removed, short so that the tests run fast."""
TIMES = 5
"""Repetitions of the number while a card stays."""


class TypedOperator(CardReaderOperator):
    sees_the_card = False

    def __init__(self) -> None:
        self._lying: tuple[str, ...] = ()

    def lay(self, *uids: str) -> None:
        self._lying = uids
        self.rest(1)

    def rest(self, times: int = TIMES) -> None:
        for _ in range(times):
            for uid in self._lying:
                self._tell(uid)

    def _tell(self, uid: str) -> None:
        raise NotImplementedError

    def wake(self) -> None:
        """Do nothing: the driver never waits for long."""


class KeyboardOperator(TypedOperator):
    def __init__(self) -> None:
        super().__init__()
        self._device = TypingReader()

    def open(self) -> AbstractContextManager[CardReader]:
        choice = KeyboardReader(driver="keyboard", device=Path("/dev/input/event7"), alphabet=HEX)
        return open_typed(choice, SOON, partial(wedge_keyboard.grab_keyboard, opening=self._device.open))

    def _tell(self, uid: str) -> None:
        self._device.type(uid)

    def unplug(self) -> None:
        self._device.pull()

    def plug(self) -> None:
        self._device.plug()


class SerialOperator(TypedOperator):
    def __init__(self, path: Path, frame: str) -> None:
        super().__init__()
        self._path = path
        self._frame = frame
        self._device = SerialDevice(path)

    def open(self) -> AbstractContextManager[CardReader]:
        return open_typed(SerialReader(driver="serial", device=self._path, alphabet=HEX), SOON)

    def _tell(self, uid: str) -> None:
        self._device.send(self._frame.format(uid).encode())

    def unplug(self) -> None:
        self._device.pull()

    def plug(self) -> None:
        self._device.plug()


class TestKeyboardCardReader(CardReaderContract):
    driver = "keyboard"

    @pytest.fixture
    def operator(self) -> CardReaderOperator:
        return KeyboardOperator()


class TestSerialCardReader(CardReaderContract):
    driver = "serial"

    @pytest.fixture(params=["{}\r\n", "\x02{}\x03", "{}\r"], ids=["line", "STX, ETX", "carriage return"])
    def operator(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[CardReaderOperator]:
        operator = SerialOperator(tmp_path / "reader", request.param)
        yield operator
        operator.unplug()
