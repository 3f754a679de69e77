"""Run the card reader contract on the MFRC522 driver over the real mfrc522 and rpi-lgpio, as on a Pi 4 and a Pi 5."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kiosk.config.card_reader import Mfrc522Reader
from kiosk.hardware.card_reader.mfrc522 import open_mfrc522
from kiosk.hardware.parts import CardReader
from tests.emulated.pi_modules import PI_4, PI_5
from tests.emulated.reader_bench import ReaderBench
from tests.kiosk.hardware.card_reader_contract import CardReaderContract, CardReaderOperator
from tests.support.patience import PATIENCE

ENOUGH = 4
"""Polls until the driver accepts a change: three, and the start of the next."""
LONG = 50


class ChipReader(CardReaderOperator):
    def __init__(self, stuck: int) -> None:
        self._bench = ReaderBench()
        self._stuck = stuck
        self._open = False
        self.pi = self._bench.pi

    @contextmanager
    def open(self) -> Iterator[CardReader]:
        with open_mfrc522(Mfrc522Reader(driver="mfrc522"), self._bench.time.pause) as reader:
            self._open = True
            yield reader
        self._open = False

    def lay(self, *uids: str) -> None:
        self._bench.lay(*uids)
        self._looks(ENOUGH)

    def rest(self) -> None:
        self._looks(LONG)

    def _looks(self, times: int) -> None:
        if self._open:
            assert self._bench.chip.until_polled(times, PATIENCE)

    def unplug(self) -> None:
        self._bench.chip.pull(self._stuck)

    def plug(self) -> None:
        self._bench.chip.plug()

    def wake(self) -> None:
        """Do nothing: the driver never waits for long."""


class TestMfrc522CardReader(CardReaderContract):
    driver = "mfrc522"

    @pytest.fixture(params=[(PI_4, 0x00), (PI_5, 0xFF)], ids=["Pi 4", "Pi 5"])
    def operator(self, request: pytest.FixtureRequest) -> Iterator[CardReaderOperator]:
        revision, stuck = request.param
        operator = ChipReader(stuck)
        with operator.pi(revision):
            yield operator
