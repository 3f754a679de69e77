"""Test the supervised reader in real time: a pulled wire is reported within two seconds, and it recovers."""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.config import load, write_example
from kiosk.events import CardPresented, CardRemoved, CardTrouble, CardTroubled, Event, PartChanged
from kiosk.hardware.driver_factory import open_parts
from kiosk.system.health import READY, Condition, Health, PartName, PartState
from tests.emulated.mfrc522_chip import RealTime
from tests.emulated.pi_modules import PI_5
from tests.emulated.reader_bench import ReaderBench
from tests.support.patience import PATIENCE

ADA, LIN = "04A1B2C3D4E580", "0EF1A2B3"
AT_MOST = 30.0
"""Seconds from the pulled wire to the fault, and to the end: far less than a thread would sleep without a wake-up."""
NONE: dict[str, object] = {"driver": "none"}
OTHERS = ("barcode_scanner", "receipt_printer", "lights")


class Desk:
    """Inbox for the events of the card reader configured in kiosk.toml."""

    def __init__(self, home: Path, bench: ReaderBench) -> None:
        self.bench = bench
        self.inbox: queue.Queue[Event] = queue.Queue()
        reader: dict[str, object] = {
            "driver": "mfrc522",
            "number": {"form": "decimal", "byte_order": "reversed", "digits": 10},
        }
        changes: dict[str, dict[str, object]] = {"card_reader": reader, **dict.fromkeys(OTHERS, NONE)}
        path = write_example(home / "kiosk.toml", home / "state", home / "run", "http://127.0.0.1", changes=changes)
        self.health = Health(self._changed)
        self.parts = open_parts(load(path), self.inbox.put, self.health)

    def _changed(self, part: PartName, state: PartState) -> None:
        if part is PartName.CARD_READER:
            self.inbox.put(PartChanged(part, state))

    def next(self) -> Event:
        return self.inbox.get(timeout=PATIENCE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    bench = ReaderBench(RealTime())
    with bench.pi(PI_5):
        desk = Desk(tmp_path, bench)
        yield desk
        desk.parts.close()


def faulty(reason: str) -> PartChanged:
    return PartChanged(PartName.CARD_READER, PartState(Condition.FAULTY, reason))


READY_AGAIN = PartChanged(PartName.CARD_READER, READY)


def test_cards_are_posted_with_their_library_numbers(desk: Desk) -> None:
    assert desk.next() == READY_AGAIN
    desk.bench.lay(LIN)
    assert desk.next() == CardPresented("3013800206")
    desk.bench.lay(ADA, LIN)
    assert desk.next() == CardTroubled(CardTrouble.SEVERAL)
    desk.bench.lay()
    assert desk.next() == CardRemoved()


@pytest.mark.parametrize("stuck", [0x00, 0xFF])
def test_unplugged_reader_is_reported_once_within_its_time_limit_and_recovers(
    desk: Desk, stuck: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert desk.next() == READY_AGAIN
    desk.bench.lay(LIN)
    assert isinstance(desk.next(), CardPresented)
    pulled = time.monotonic()
    with caplog.at_level(logging.INFO, "kiosk"):
        desk.bench.chip.pull(stuck)
        assert desk.next() == faulty("unplugged")
        assert time.monotonic() - pulled < AT_MOST
        assert desk.next() == CardRemoved()
        desk.parts.retry(PartName.CARD_READER)
        desk.bench.chip.plug()
        assert desk.next() == READY_AGAIN
        assert isinstance(desk.next(), CardPresented)
    said = [record.message for record in caplog.records]
    assert said[0].startswith("card_reader: no MFRC522 answers") and "3.3 V" in said[0]
    assert said[1:] == ["card_reader is faulty: unplugged", "card_reader is ready"]
    assert not [text for text in said if LIN in text or "3013800206" in text]


def test_closing_stops_a_polling_reader_in_time(desk: Desk) -> None:
    assert desk.next() == READY_AGAIN
    began = time.monotonic()
    desk.parts.close()
    assert time.monotonic() - began < AT_MOST
    assert desk.bench.bus.open == 0
