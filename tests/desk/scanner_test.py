"""What the desk makes of its scanner: what it wants to be shown, the hints, and the number pad when it is broken."""

from __future__ import annotations

from kiosk.events import JournalFailed, ScannerHint
from kiosk.health import READY, Condition, PartName, PartState
from kiosk.views import LABELS, NOTHING, Borrowing, Identify, LineState, Technician, Welcome
from tests.desk.bench import ATLAS, DUNE, EMMA, Bench, shown, story

GONE = PartState(Condition.FAULTY, "unplugged")


async def type_item(bench: Bench, number: str) -> None:
    for digit in number:
        await bench.press("key", choice=digit)
    await bench.press("enter")


@story
async def test_the_scanner_is_told_what_is_wanted_only_when_that_changes(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    assert bench.eye.wanted == [LABELS]
    await bench.press("help")
    assert bench.eye.wanted == [LABELS]
    await bench.sign_in()
    assert shown(bench.view, Technician)
    assert bench.eye.wanted == [LABELS, NOTHING, LABELS]
    await bench.press("back")
    await bench.post(JournalFailed("damaged"))
    await bench.press("receipt_none")
    assert bench.eye.wanted == [LABELS, NOTHING, LABELS, NOTHING]


@story
async def test_a_hint_is_said_until_a_book_is_read(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    await bench.post(ScannerHint("not_this_code"))
    assert shown(bench.view, Borrowing).notice == "not_this_code"
    assert bench.line.item == DUNE
    await bench.scan(EMMA)
    assert shown(bench.view, Borrowing).notice == ""
    assert [line.state for line in bench.lines] == [LineState.DONE, LineState.DONE]


@story
async def test_a_hint_at_the_first_screen_stands_for_a_while(bench: Bench) -> None:
    await bench.wait(3600)
    await bench.post(ScannerHint("turn_the_book"))
    assert shown(bench.view, Welcome).notice == "turn_the_book"
    await bench.wait(9)
    assert shown(bench.view, Welcome).notice == "turn_the_book"
    await bench.wait(2)
    assert shown(bench.view, Welcome).notice == ""


@story
async def test_a_hint_is_said_while_the_card_is_asked_for(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.post(ScannerHint("one_book_please"))
    assert shown(bench.view, Identify).notice == "one_book_please"
    await bench.scan(DUNE)
    assert shown(bench.view, Identify).notice == ""


@story
async def test_while_the_camera_is_away_the_number_is_typed(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    assert "enter" not in bench.offers()
    await bench.part(PartName.BARCODE_SCANNER, GONE)
    await type_item(bench, EMMA)
    assert [(line.item, line.state) for line in bench.lines] == [(EMMA, LineState.DONE), (DUNE, LineState.DONE)]
    assert shown(bench.view, Borrowing).typed == ""
    await bench.part(PartName.BARCODE_SCANNER, READY)
    assert shown(bench.view, Borrowing).typed is None
    await bench.scan(ATLAS)
    assert bench.line.item == ATLAS


@story
async def test_a_mistyped_number_stays_to_be_mended(bench: Bench) -> None:
    await bench.part(PartName.BARCODE_SCANNER, GONE)
    await bench.tap()
    await type_item(bench, DUNE[:-1])
    assert shown(bench.view, Borrowing).notice == "mistyped"
    await bench.press("erase")
    for digit in DUNE[-2:]:
        await bench.press("key", choice=digit)
    await bench.press("enter")
    view = shown(bench.view, Borrowing)
    assert (view.typed, view.notice) == ("", "")
    assert view.lines[0].item == DUNE
