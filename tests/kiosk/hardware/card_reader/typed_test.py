"""Test that typed lines become the library's numbers, and numbers become presences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kiosk.config.hardware import KeyboardReader, SerialReader
from kiosk.hardware import line_readers
from kiosk.hardware.card_reader.keyboard_wedge import GONE_AFTER, TypedCardReader, open_typed
from kiosk.hardware.parts import CardReader
from tests.emulated.line_devices import SerialDevice, TypingReader
from tests.kiosk.hardware.card_reader_contract import CardReaderContract, CardReaderOperator


class Typed:
    """Lines typed at given times; watching continues for two seconds after the last."""

    def __init__(self, *lines: tuple[float, str]) -> None:
        self._lines = list(lines)
        self._end = (lines[-1][0] if lines else 0.0) + 2
        self.now = 0.0

    def next(self, seconds: float) -> str | None:
        if self._lines and self._lines[0][0] <= self.now + seconds:
            self.now, line = self._lines.pop(0)
            return line
        self.now += seconds
        return None

    def over(self) -> bool:
        return self.now > self._end


def reports(*lines: tuple[float, str], **keys: Any) -> list[str]:
    typed = Typed(*lines)
    rules = KeyboardReader(driver="keyboard", device=Path("/dev/input/event7"), **keys)
    seen: list[str] = []
    reader = TypedCardReader(typed, rules, now=lambda: typed.now)
    reader.watch(seen.append, lambda: seen.append("removed"), seen.append, typed.over)
    return seen


def test_typed_number_is_a_presence_with_a_time_limit() -> None:
    assert reports((1.0, "0012345678")) == ["0012345678", "removed"]


def test_repeated_number_is_one_presence() -> None:
    repeated = [(0.6 * turn, "0012345678") for turn in range(9)]
    assert reports(*repeated) == ["0012345678", "removed"]
    assert reports((1.0, "1"), (1.1 + GONE_AFTER, "1")) == ["1", "removed", "1", "removed"]


@pytest.mark.parametrize(
    ("line", "keys", "number"),
    [
        ("S12345678", {"number": {"take_off": "S", "put_before": "2-"}}, "2-12345678"),
        ("04a1b2c3", {"sends": "uid"}, "04A1B2C3"),
        ("04a1b2c3", {"sends": "uid", "number": {"form": "decimal", "digits": 10}}, "0077705923"),
        ("04A1B2C3D4E580", {"sends": "uid", "number": {"byte_order": "reversed"}}, "80E5D4C3B2A104"),
        ("04a1b2", {"sends": "uid"}, "04A1B2"),
    ],
)
def test_typed_line_is_converted_to_the_library_number(line: str, keys: dict[str, Any], number: str) -> None:
    assert reports((1.0, line), **keys) == [number, "removed"]


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
        return open_typed(choice, SOON, partial(line_readers.grab_keyboard, opening=self._device.open))

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
