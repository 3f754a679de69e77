"""Test scanned codes and cards: accepted kinds, hints, two cards at once, and the number pad as a substitute."""

from __future__ import annotations

import re
from dataclasses import replace

from kiosk.events import CardPresented, CardTrouble, CardTroubled, JournalFailed, ScannerHint
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import (
    LABELS,
    NOTHING,
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Identify,
    IdleWarning,
    LineState,
    Pad,
    Refused,
    Returning,
    Technician,
    Welcome,
    actions,
)
from lending.model import Block, ItemId, Patron, Reason
from lending.number_patterns import Numbers, Shape
from tests.kiosk.desk.bench import (
    ADA_REF,
    ATLAS,
    DUNE,
    EMMA,
    LIN_REF,
    NUMBERS,
    RULES,
    UNKNOWN_UID,
    Bench,
    shown,
    story,
    under,
)
from tests.kiosk.desk.central import card_of

GONE = PartState(Condition.FAULTY, "unplugged")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LB_NUMBERS = Numbers(Shape(re.compile("LB[0-9]{4}")), Shape(re.compile("[A-Z][0-9]{3}")), letters="BL")
DUNES_LABEL = ItemId("LB0012")
ONE_CARD = "one_card_please"


async def type_item(bench: Bench, number: str) -> None:
    for digit in number:
        await bench.press("key", choice=digit)
    await bench.press("enter")


@story
async def test_scanner_mode_is_sent_only_on_change(bench: Bench) -> None:
    await bench.borrow(DUNE)
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
async def test_scanner_hint_stays_until_the_next_item(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.post(ScannerHint("not_this_code"))
    assert shown(bench.view, Borrowing).notice == "not_this_code"
    assert bench.line.item == DUNE
    await bench.scan(EMMA)
    assert shown(bench.view, Borrowing).notice == ""
    assert [line.state for line in bench.lines] == [LineState.DONE, LineState.DONE]


@story
async def test_scanner_hint_at_welcome_disappears_after_ten_seconds(bench: Bench) -> None:
    await bench.wait(3600)
    await bench.post(ScannerHint("turn_the_book"))
    assert shown(bench.view, Welcome).notice == "turn_the_book"
    await bench.wait(9)
    assert shown(bench.view, Welcome).notice == "turn_the_book"
    await bench.wait(2)
    assert shown(bench.view, Welcome).notice == ""


@story
async def test_scanner_hint_is_shown_during_identification(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.post(ScannerHint("one_book_please"))
    assert shown(bench.view, Identify).notice == "one_book_please"
    await bench.scan(DUNE)
    assert shown(bench.view, Identify).notice == ""


@story
async def test_item_number_can_be_typed_while_the_scanner_is_faulty(bench: Bench) -> None:
    await bench.borrow(DUNE)
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
async def test_mistyped_item_number_can_be_corrected(bench: Bench) -> None:
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


@story
async def test_item_number_is_always_typed_without_a_scanner(bench: Bench) -> None:
    await bench.part(PartName.BARCODE_SCANNER, ABSENT)
    await bench.tap()
    assert shown(bench.view, Borrowing).pad == Pad(fitted=False)
    await type_item(bench, EMMA)
    assert [(line.item, line.state) for line in bench.lines] == [(EMMA, LineState.DONE)]
    await bench.press("finish", "receipt_none", "return")
    await type_item(bench, EMMA)
    assert shown(bench.view, Returning).lines[0].state is LineState.SAVED


@under(replace(RULES, numbers=LB_NUMBERS))
async def test_few_letters_of_item_numbers_appear_next_to_the_digits(bench: Bench) -> None:
    bench.item(DUNES_LABEL, title="Dune")
    await bench.part(PartName.BARCODE_SCANNER, ABSENT)
    await bench.tap()
    assert "turn" not in bench.offers()
    await type_item(bench, DUNES_LABEL)
    assert bench.line.item == DUNES_LABEL


@under(replace(RULES, numbers=replace(LB_NUMBERS, letters=ALPHABET)))
async def test_full_alphabet_is_reached_by_turning_the_pad(bench: Bench) -> None:
    bench.item(DUNES_LABEL, title="Dune")
    await bench.part(PartName.BARCODE_SCANNER, GONE)
    await bench.tap()
    assert keys(bench) == "1234567890"
    pages = [keys(bench)]
    for choice in ("ABC", "NOP", "123", "ABC"):
        assert offered(bench, "turn") == choice
        await bench.press("turn", choice=choice)
        pages.append(keys(bench))
    assert pages == ["1234567890", ALPHABET[:13], ALPHABET[13:], "1234567890", ALPHABET[:13]]
    await bench.press("key", choice="L")
    await bench.press("key", choice="B")
    await bench.press("turn", choice="NOP")
    await bench.press("turn", choice="123")
    for digit in "0012":
        await bench.press("key", choice=digit)
    await bench.press("enter")
    assert bench.line.item == DUNES_LABEL


@under(replace(RULES, numbers=LB_NUMBERS, pin="always"))
async def test_card_number_accepts_letters_and_the_pin_does_not(bench: Bench) -> None:
    bench.patron("B001", Patron(ADA_REF, "adult"), pin="4711")
    await bench.press("borrow")
    for sign in "B001":
        await bench.press("key", choice=sign)
    await bench.press("continue")
    assert shown(bench.view, Identify).pin
    assert keys(bench) == "1234567890"


def keys(bench: Bench) -> str:
    """Labels of the keys on the pad."""
    return "".join(each.choice or "" for each in actions(bench.view, bench.desk.status) if each.name == "key")


def offered(bench: Bench, name: str) -> str | None:
    return next(each.choice for each in actions(bench.view, bench.desk.status) if each.name == name)


async def hold_both(bench: Bench) -> None:
    await bench.post(CardTroubled(CardTrouble.SEVERAL))


@story
async def test_two_cards_at_welcome_show_a_notice_for_ten_seconds(bench: Bench) -> None:
    await hold_both(bench)
    assert shown(bench.view, Welcome).notice == ONE_CARD
    await bench.wait(10)
    assert bench.view == Welcome()
    await hold_both(bench)
    await bench.tap()
    assert shown(bench.view, Borrowing).notice == ""


@story
async def test_two_cards_during_identification_replace_the_problem_text(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.tap("04A1B2")
    assert shown(bench.view, Identify).problem == Block(Reason.UNREADABLE)
    await hold_both(bench)
    assert (shown(bench.view, Identify).notice, shown(bench.view, Identify).problem) == (ONE_CARD, None)
    await bench.type("3")
    assert shown(bench.view, Identify).notice == ""
    await hold_both(bench)
    await bench.tap()
    assert shown(bench.view, Borrowing)


@story
async def test_books_scanned_before_two_cards_wait_for_one_card(bench: Bench) -> None:
    bench.item(DUNE)
    await bench.scan(DUNE)
    assert shown(bench.view, Asking)
    await hold_both(bench)
    view = shown(bench.view, Identify)
    assert view.notice == ONE_CARD
    assert [(line.item, line.state) for line in view.lines] == [(DUNE, LineState.WAITING)]
    await bench.tap()
    assert shown(bench.view, Borrowing).lines[0].state is LineState.DONE


@story
async def test_two_cards_during_a_visit_show_a_notice_until_the_next_book(bench: Bench) -> None:
    await bench.tap()
    await hold_both(bench)
    assert shown(bench.view, Borrowing).notice == ONE_CARD
    await bench.scan(DUNE)
    assert shown(bench.view, Borrowing).notice == ""
    await bench.press("finish")
    await hold_both(bench)
    assert shown(bench.view, Farewell), "no card is requested here"


@story
async def test_unreadable_cards_show_a_specific_notice(bench: Bench) -> None:
    await bench.post(CardTroubled(CardTrouble.UNCLEAR))
    assert shown(bench.view, Welcome).notice == "card_unclear"
    await bench.press("borrow")
    await bench.post(CardTroubled(CardTrouble.RANDOM))
    assert shown(bench.view, Identify).notice == "card_random"
    await bench.tap()
    await bench.post(CardTroubled(CardTrouble.UNCLEAR))
    assert shown(bench.view, Borrowing).notice == "card_unclear"


@story
async def test_two_cards_during_a_return_show_a_notice(bench: Bench) -> None:
    await bench.press("return")
    await hold_both(bench)
    assert shown(bench.view, Returning).notice == ONE_CARD


@story
async def test_two_cards_after_a_card_pause_ask_for_one_card(bench: Bench) -> None:
    for each in range(20):
        if isinstance(bench.view, Blocked):
            break
        await bench.tap(f"{UNKNOWN_UID[:-2]}{each:02X}")
    assert shown(bench.view, Blocked).block == Block(Reason.CARDS_PAUSED)
    await hold_both(bench)
    assert shown(bench.view, Identify).notice == ONE_CARD


@story
async def test_refusal_stays_visible_when_two_cards_arrive(bench: Bench) -> None:
    bench.item(ATLAS, reserved_for=LIN_REF)
    await bench.borrow(ATLAS)
    refused = shown(bench.view, Refused)
    await hold_both(bench)
    assert bench.view == refused


@story
async def test_two_cards_during_the_idle_warning_resume_the_visit(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.wait(61)
    assert shown(bench.view, IdleWarning)
    await hold_both(bench)
    assert shown(bench.view, Identify).notice == ONE_CARD


@under(replace(RULES, numbers=replace(NUMBERS, reader=Shape(re.compile("LB[0-9]{10}")))))
async def test_reader_can_deliver_the_librarys_own_numbers(bench: Bench) -> None:
    bench.library.patrons[card_of("LB0077705923")] = bench.library.patrons[card_of("04A1B2C3")]
    await bench.post(CardPresented("04A1B2C3"))
    assert shown(bench.view, Welcome).notice == "card_unreadable"
    await bench.post(CardPresented("LB0077705923"))
    assert shown(bench.view, Borrowing)
