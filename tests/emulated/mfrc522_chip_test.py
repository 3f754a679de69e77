"""Test that the emulated chip and cards follow standard and data sheet, with the real library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.hardware.card_reader import iso14443
from tests.emulated import iso14443_card
from tests.emulated.iso14443_card import Card, State, bits_of
from tests.emulated.mfrc522_chip import COLL, COMM_IRQ, CONTROL, ERROR, TIMER_IRQ
from tests.emulated.reader_bench import ReaderBench

FOUR, SEVEN = bytes.fromhex("DEADBEEF"), bytes.fromhex("04A1B2C3D4E5F6")


@pytest.fixture
def bench() -> Iterator[ReaderBench]:
    bench = ReaderBench()
    with bench.pi():
        yield bench


def library(bench: ReaderBench) -> Any:
    from mfrc522 import MFRC522

    return MFRC522(pin_rst=22)


def read(bench: ReaderBench) -> int | None:
    from mfrc522 import SimpleMFRC522

    return SimpleMFRC522().read_id_no_block()  # type: ignore[no-any-return]


def test_library_reads_a_four_byte_uid_with_its_check_byte(bench: ReaderBench) -> None:
    bench.chip.put(Card(FOUR))
    assert read(bench) == 0xDEADBEEF22


def test_library_confuses_two_long_uids(bench: ReaderBench) -> None:
    ids = []
    for uid in (SEVEN, bytes.fromhex("04A1B2FFFFFFFF")):
        card = Card(uid)
        bench.chip.put(card)
        ids.append(read(bench))
        bench.chip.take(card)
    assert ids == [0x8804A1B29F, 0x8804A1B29F]


def test_library_reads_nothing_without_a_card_or_with_two_cards(bench: ReaderBench) -> None:
    assert read(bench) is None
    bench.chip.put(Card(FOUR), Card(SEVEN))
    assert read(bench) is None


def test_card_ignores_every_second_request_of_the_library(bench: ReaderBench) -> None:
    bench.chip.put(Card(FOUR))
    reader = library(bench)
    answered = [reader.MFRC522_Request(reader.PICC_REQIDL)[0] == reader.MI_OK for _ in range(4)]
    assert answered == [True, False, True, False]


def test_card_is_selected_and_halted_by_library_calls(bench: ReaderBench) -> None:
    card = Card(FOUR, sak=0x08)
    bench.chip.put(card)
    reader = library(bench)
    reader.MFRC522_Request(reader.PICC_REQIDL)
    status, uid = reader.MFRC522_Anticoll()
    assert (status, bytes(uid[:4])) == (reader.MI_OK, FOUR)
    assert reader.MFRC522_SelectTag(uid) == 0x08
    states = [card.state]
    reader.MFRC522_ToCard(reader.PCD_TRANSCEIVE, [0x50, 0x00, *reader.CalulateCRC([0x50, 0x00])])
    assert [*states, card.state] == [State.ACTIVE, State.HALT]
    assert reader.MFRC522_Request(reader.PICC_REQIDL)[0] == reader.MI_ERR, "REQA does not wake a halted card"
    assert reader.MFRC522_Request(reader.PICC_REQALL)[0] == reader.MI_OK


@pytest.mark.parametrize(("data", "crc"), [(b"\x00\x00", b"\xa0\x1e"), (b"\x12\x34", b"\x26\xcf")])
def test_crc_matches_the_examples_of_the_standard(bench: ReaderBench, data: bytes, crc: bytes) -> None:
    assert iso14443.crc_a(data) == iso14443_card.crc_a(data) == crc
    assert bytes(library(bench).CalulateCRC(list(data))) == crc


def test_collision_is_reported_with_its_bit_position(bench: ReaderBench) -> None:
    """04 and 0C differ in the fourth bit; the data sheet counts from 1."""
    bench.chip.put(Card(b"\x04\x01\x02\x03"), Card(b"\x0c\x01\x02\x03"))
    reader = library(bench)
    reader.MFRC522_Request(reader.PICC_REQIDL)
    reader.Write_MFRC522(COLL, 0x00)
    reader.MFRC522_Anticoll()
    assert reader.Read_MFRC522(ERROR) & 0x08
    assert reader.Read_MFRC522(COLL) & 0x3F == 4


def test_anticollision_selects_a_card_by_a_partial_uid(bench: ReaderBench) -> None:
    """NVB 0x24 sends SEL, NVB and the first four bits of the UID; the card returns the remaining bits."""
    first, other = Card(b"\x04\x01\x02\x03"), Card(b"\x0c\x01\x02\x03")
    bench.chip.put(first, other)
    reader = library(bench)
    reader.MFRC522_Request(reader.PICC_REQIDL)
    reader.Write_MFRC522(0x0D, 0x44)
    status, data, bits = reader.MFRC522_ToCard(reader.PCD_TRANSCEIVE, [0x93, 0x24, 0x04])
    assert status == reader.MI_OK
    assert bytes(data) == b"\x00\x01\x02\x03\x04" and bits == 40
    assert (first.state, other.state) == (State.READY, State.IDLE)


def test_missing_response_is_signalled_by_the_timer(bench: ReaderBench) -> None:
    reader = library(bench)
    reader.Write_MFRC522(0x0D, 0x07)
    reader.MFRC522_ToCard(reader.PCD_TRANSCEIVE, [0x26])
    assert reader.Read_MFRC522(COMM_IRQ) & TIMER_IRQ


def test_partial_byte_response_reports_its_number_of_bits(bench: ReaderBench) -> None:
    bench.chip.put(Card(b"\x04\x01\x02\x03"))
    reader = library(bench)
    reader.MFRC522_Request(reader.PICC_REQIDL)
    reader.Write_MFRC522(0x0D, 0x04)
    reader.MFRC522_ToCard(reader.PCD_TRANSCEIVE, [0x93, 0x24, 0x04])
    assert reader.Read_MFRC522(CONTROL) & 0x07 == (40 - 4) % 8


def test_bits_are_sent_lowest_first() -> None:
    assert bits_of(b"\x26")[:7] == (0, 1, 1, 0, 0, 1, 0)
