"""Test the MFRC522 driver over the real libraries and an emulated chip: complete UIDs, cheap polls, faults."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.config.hardware import CardNumber, Mfrc522Reader
from kiosk.hardware.card_reader.mfrc522 import LIBRARY_LOG, open_mfrc522
from kiosk.hardware.parts import CardReader, PartFault
from tests.emulated.iso14443_card import CASCADE_TAG, Card
from tests.emulated.pi_modules import PI_4, PI_5
from tests.emulated.reader_bench import RESET_GPIO, ReaderBench
from tests.kiosk.hardware.card_reader.figures import (
    CARDS,
    cost,
    looks,
    own_cost_of_the_library,
    reading,
    seconds_to_fault,
)
from tests.kiosk.hardware.card_reader_contract import CardReaderContract, CardReaderOperator
from tests.support.patience import PATIENCE

ADA, LIN = CARDS["7 bytes"], CARDS["4 bytes"]
CHOICE = Mfrc522Reader(driver="mfrc522")


def reports_for(*cards: Card, times: int = 20) -> list[str]:
    bench = ReaderBench()
    bench.chip.put(*cards)
    with reading(bench) as reader:
        return looks(reader, times)


def test_empty_poll_needs_few_transfers() -> None:
    assert own_cost_of_the_library() == 2013
    assert cost().transfers < 80


@pytest.mark.parametrize(("uid", "most"), list(zip(CARDS.values(), (80, 120, 160), strict=True)))
def test_card_poll_needs_few_more_transfers(uid: str, most: int) -> None:
    assert cost(uid).transfers < most


@pytest.mark.parametrize("uid", CARDS.values())
def test_card_that_stays_is_reported_once_with_its_full_uid(uid: str) -> None:
    assert reports_for(Card(bytes.fromhex(uid)), times=200) == [uid]


def test_uids_with_common_first_bytes_are_distinguished() -> None:
    alike = ["04A1B2C3D4E5F6", "04A1B2FFFFFFFF"]
    assert [reports_for(Card(bytes.fromhex(uid))) for uid in alike] == [[uid] for uid in alike]
    assert reports_for(*(Card(bytes.fromhex(uid)) for uid in alike)) == ["several"]


def test_uid_is_converted_to_the_library_number() -> None:
    bench = ReaderBench()
    bench.lay(LIN)
    decimal = CardNumber(form="decimal", byte_order="reversed", digits=10)
    with bench.pi(PI_4), open_mfrc522(CHOICE.model_copy(update={"number": decimal}), bench.time.pause) as reader:
        assert looks(reader, 5) == ["3013800206"]


def card(uid: str, **defects: Any) -> Card:
    return Card(bytes.fromhex(uid), **defects)


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        pytest.param([card(ADA, wrong_bcc=True)], ["unclear"], id="wrong BCC"),
        pytest.param([card(ADA, wrong_crc=True)], ["unclear"], id="wrong CRC"),
        pytest.param([card("88A1B2C3")], ["unclear"], id="cascade tag in a short UID"),
        pytest.param([card("04A1B2C3D4E580")], ["04A1B2C3D4E580"], id="long UID"),
        pytest.param([card("08A1B2C3")], ["random"], id="random UID of a phone"),
        pytest.param([card("08A1B2C3D4E580")], ["08A1B2C3D4E580"], id="long UIDs are never random"),
        pytest.param([card(ADA, late=0.004)], [ADA], id="late within the limit"),
        pytest.param([card(ADA, late=0.006)], [], id="too late"),
        pytest.param([card(ADA, late=0.006), card(LIN)], [LIN], id="too late, with another card"),
        pytest.param([card(ADA, late=0.0001), card(LIN)], ["unclear"], id="colliding answers"),
        pytest.param([card(ADA, weak=True), card(LIN)], ["several"], id="weaker second card"),
        pytest.param([card(ADA, weak=True)], [ADA], id="weak card alone"),
        pytest.param([card(ADA, eager=True)], [ADA], id="repeated answer"),
    ],
)
def test_irregular_cards_are_read_or_reported(cards: list[Card], expected: list[str]) -> None:
    assert reports_for(*cards) == expected


def test_card_removed_during_interference_is_reported_as_removed() -> None:
    bench = ReaderBench()
    bench.lay(LIN)

    def noise(look: int) -> None:
        if look == 5:
            bench.lay()
            bench.chip.put(Card(bytes.fromhex(ADA), wrong_bcc=True))

    with reading(bench) as reader:
        assert looks(reader, 30, noise) == [LIN, "removed", "unclear"]


@pytest.mark.parametrize("version", [0x91, 0x92, 0x88, 0xB2, 0x12])
def test_clone_chip_is_supported(version: int) -> None:
    bench = ReaderBench(version=version)
    bench.lay(ADA)
    with reading(bench) as reader:
        assert looks(reader, 5) == [ADA]


@pytest.mark.parametrize("stuck", [0x00, 0xFF])
def test_missing_reader_fault_names_the_wires_and_recovers(stuck: int) -> None:
    bench = ReaderBench()
    bench.chip.pull(stuck)
    with pytest.raises(PartFault) as fault, reading(bench):
        pass
    assert fault.value.args[0] == "unplugged"
    assert f"0x{stuck:02X}" in fault.value.args[1]
    assert all(wire in fault.value.args[1] for wire in ("3.3 V", "SDA", "SCK", "MOSI", "MISO", "GND", "RST"))
    bench.chip.plug()
    bench.lay(ADA)
    with reading(bench) as reader:
        assert looks(reader, 5) == [ADA]


@pytest.mark.parametrize("stuck", [0x00, 0xFF])
def test_chip_failure_at_any_transfer_is_a_fault_without_a_wrong_uid(stuck: int) -> None:
    assert seconds_to_fault(stuck) < 0.5
    bench = ReaderBench()
    bench.lay(ADA)
    with bench.pi():
        for transfers in range(cost(ADA).transfers + 5):
            reports: list[str] = []
            with open_mfrc522(CHOICE, bench.time.pause) as reader:
                bench.chip.pull_after(transfers, stuck)
                with pytest.raises(PartFault, match="unplugged"):
                    reader.watch(reports.append, lambda: None, lambda why: bench.chip.plug(), lambda: False)
            bench.chip.plug()
            assert reports in ([], [ADA]), f"dead after {transfers} transfers"


def test_chip_reset_is_a_fault_and_the_next_open_sets_it_up() -> None:
    bench = ReaderBench()

    def blink(look: int) -> None:
        if look == 5:
            bench.chip.pull()
            bench.chip.plug()

    with reading(bench) as reader, pytest.raises(PartFault, match="forgot its settings"):
        looks(reader, 9, blink)
    bench.lay(ADA)
    with reading(bench) as reader:
        assert looks(reader, 5) == [ADA]


def test_spi_error_while_polling_is_a_fault() -> None:
    bench = ReaderBench()

    def fail(look: int) -> None:
        bench.bus.broken = errno.EIO if look == 3 else None

    with reading(bench) as reader, pytest.raises(PartFault, match="the SPI bus does not work"):
        looks(reader, 9, fail)
    assert bench.bus.open == 0


@pytest.mark.parametrize(
    ("refused", "code", "message"),
    [
        (errno.ENOENT, "spi_off", "dtparam=spi=on"),
        (errno.EACCES, "no_permission", "group spi"),
        (errno.EBUSY, "in_use", "other program"),
        (errno.EIO, "unplugged", "Input/output error"),
    ],
)
def test_spi_open_error_names_cause_and_remedy(refused: int, code: str, message: str) -> None:
    bench = ReaderBench()
    bench.bus.refused = refused
    with pytest.raises(PartFault) as fault, reading(bench):
        pass
    assert fault.value.args[0] == code
    assert "SPI bus 0, device 0 (/dev/spidev0.0)" in fault.value.args[1] and message in fault.value.args[1]
    assert bench.header.freed == [RESET_GPIO]


@pytest.mark.parametrize("revision", [PI_4, PI_5])
def test_only_the_reset_pin_is_used(revision: str) -> None:
    bench = ReaderBench()
    with bench.pi(revision):
        from RPi import GPIO

        GPIO.setmode(GPIO.BCM)
        GPIO.setup(17, GPIO.OUT)
        GPIO.output(17, GPIO.HIGH)
        with open_mfrc522(CHOICE, bench.time.pause):
            assert bench.header.levels == {17: 1, RESET_GPIO: 1}
        assert bench.header.freed == [RESET_GPIO]
        assert set(bench.header.modes) == {17} and bench.header.levels[17] == 1


def test_reset_pin_in_use_is_reported() -> None:
    bench = ReaderBench()
    bench.header.others.add(RESET_GPIO)
    with pytest.raises(PartFault, match="GPIO 25") as fault, reading(bench):
        pass
    assert fault.value.args[0] == "pin_in_use"


@pytest.mark.parametrize("library", ["RPi", "mfrc522"])
def test_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = ReaderBench()
    with bench.pi():
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(PartFault, match=library) as fault, open_mfrc522(CHOICE, bench.time.pause):
            pass
    assert fault.value.args[0] == "driver_missing"


def test_repeated_opening_leaks_no_handles() -> None:
    bench = ReaderBench()
    before = list(logging.getLogger(LIBRARY_LOG).handlers)
    for _ in range(5):
        with reading(bench):
            assert bench.bus.open == 1
    assert logging.getLogger(LIBRARY_LOG).handlers == before
    assert bench.bus.open == 0
    assert not bench.header.modes


def uids() -> st.SearchStrategy[str]:
    """Draw UIDs of few distinct bytes that often share a prefix; no 4-byte UID starts with the cascade tag."""
    few = st.sampled_from([0x04, 0x05, 0x80, CASCADE_TAG, 0xFF])
    sized = st.sampled_from([4, 7, 10]).flatmap(lambda size: st.lists(few, min_size=size, max_size=size))
    return sized.filter(lambda uid: len(uid) != 4 or uid[0] != CASCADE_TAG).map(lambda uid: bytes(uid).hex().upper())


Stay = tuple[frozenset[str], int]
"""Cards present together, and the number of polls."""


def expected(stays: list[Stay]) -> list[str]:
    reports: list[str] = []
    here, crowded = "", False
    for cards, _ in stays:
        if len(cards) > 1:
            if not crowded:
                reports.append("several")
            crowded = True
            continue
        crowded = False
        (card,) = cards or ("",)
        if here and here != card:
            reports.append("removed")
        if card and here != card:
            reports.append(card)
        here = card
    return reports


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_arrivals_and_removals_are_reported_once_each(data: st.DataObject) -> None:
    pool = data.draw(st.lists(uids(), min_size=1, max_size=4, unique=True))
    together = st.frozensets(st.sampled_from(pool), max_size=3)
    stays = data.draw(st.lists(st.tuples(together, st.integers(4, 9)), max_size=8))
    changes = [cards for cards, times in stays for cards in [cards] * times]
    bench = ReaderBench(weak=data.draw(st.frozensets(st.sampled_from(pool))))
    with reading(bench) as reader:
        assert looks(reader, len(changes), lambda look: bench.lay(*changes[look])) == expected(stays)


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
