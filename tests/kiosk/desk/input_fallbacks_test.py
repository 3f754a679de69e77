"""Test that a card is requested only in ways that work: number pad, camera, typed number."""

from __future__ import annotations

from kiosk.events import JournalFailed
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import ALL_CARD_INPUTS, CardInputs, Help, Identify, Welcome
from tests.kiosk.desk.bench import Bench, shown, story

GONE = PartState(Condition.FAULTY, "unplugged")
READER, SCANNER = PartName.CARD_READER, PartName.BARCODE_SCANNER


@story
async def test_a_reader_that_goes_while_the_card_is_asked_for_is_told_and_comes_back(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.press("key", choice="2")
    assert shown(bench.view, Identify).ways == ALL_CARD_INPUTS
    await bench.part(READER, GONE)
    assert shown(bench.view, Identify).ways == CardInputs(pad=Condition.FAULTY)
    assert shown(bench.view, Identify).typed == "2", "what the patron typed stays"
    await bench.part(READER, READY)
    assert shown(bench.view, Identify).ways == ALL_CARD_INPUTS


@story
async def test_the_first_screen_knows_what_went_before_anybody_came(bench: Bench) -> None:
    await bench.part(READER, GONE)
    await bench.part(SCANNER, GONE)
    nothing = CardInputs(Condition.FAULTY, Condition.FAULTY)
    assert shown(bench.view, Welcome).ways == nothing
    await bench.press("borrow")
    assert shown(bench.view, Identify).ways == nothing
    await bench.press("back")
    assert shown(bench.view, Welcome).ways == nothing


@story
async def test_under_the_help_it_is_kept_as_well(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.press("help")
    await bench.part(SCANNER, GONE)
    assert isinstance(bench.view, Help)
    await bench.press("back")
    assert shown(bench.view, Identify).ways == CardInputs(camera=Condition.FAULTY)


@story
async def test_a_part_that_was_never_fitted_is_no_way_either(bench: Bench) -> None:
    await bench.part(READER, ABSENT)
    assert shown(bench.view, Welcome).ways == CardInputs(pad=Condition.ABSENT)


@story
async def test_a_printer_or_the_journal_is_no_way_to_show_a_card(bench: Bench) -> None:
    await bench.part(PartName.RECEIPT_PRINTER, GONE)
    assert shown(bench.view, Welcome).ways == ALL_CARD_INPUTS
    await bench.post(JournalFailed("damaged"))
    assert not isinstance(bench.view, Welcome)
