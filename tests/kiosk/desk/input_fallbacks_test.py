"""Test that a card is requested only in ways that work: number pad, camera, typed number."""

from __future__ import annotations

from kiosk.events import JournalFailed
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import ALL_CARD_INPUTS, CardInputs, Help, Identify, Welcome
from tests.kiosk.desk.bench import Bench, shown, story

GONE = PartState(Condition.FAULTY, "unplugged")
READER, SCANNER = PartName.CARD_READER, PartName.BARCODE_SCANNER


@story
async def test_card_reader_failure_is_shown_and_recovers_during_identification(bench: Bench) -> None:
    await bench.press("borrow", "key", choice="2")
    assert shown(bench.view, Identify).ways == ALL_CARD_INPUTS
    await bench.part(READER, GONE)
    assert shown(bench.view, Identify).ways == CardInputs(pad=Condition.FAULTY)
    assert shown(bench.view, Identify).typed == "2", "typed digits stay"
    await bench.part(READER, READY)
    assert shown(bench.view, Identify).ways == ALL_CARD_INPUTS


@story
async def test_part_failures_before_a_visit_are_shown_at_welcome(bench: Bench) -> None:
    await bench.part(READER, GONE)
    await bench.part(SCANNER, GONE)
    nothing = CardInputs(Condition.FAULTY, Condition.FAULTY)
    assert shown(bench.view, Welcome).ways == nothing
    await bench.press("borrow")
    assert shown(bench.view, Identify).ways == nothing
    await bench.press("back")
    assert shown(bench.view, Welcome).ways == nothing


@story
async def test_scanner_failure_under_help_is_shown_afterwards(bench: Bench) -> None:
    await bench.press("borrow", "help")
    await bench.part(SCANNER, GONE)
    assert isinstance(bench.view, Help)
    await bench.press("back")
    assert shown(bench.view, Identify).ways == CardInputs(camera=Condition.FAULTY)


@story
async def test_absent_card_reader_is_not_offered_as_input(bench: Bench) -> None:
    await bench.part(READER, ABSENT)
    assert shown(bench.view, Welcome).ways == CardInputs(pad=Condition.ABSENT)


@story
async def test_printer_failure_keeps_card_inputs_and_journal_failure_leaves_welcome(bench: Bench) -> None:
    await bench.part(PartName.RECEIPT_PRINTER, GONE)
    assert shown(bench.view, Welcome).ways == ALL_CARD_INPUTS
    await bench.post(JournalFailed("damaged"))
    assert not isinstance(bench.view, Welcome)
