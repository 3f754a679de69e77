"""Test two cards on the reader at once: neither is accepted, a prompt is shown, nothing ends."""

from __future__ import annotations

import re
from dataclasses import replace

from kiosk.events import CardPresented, CardTrouble, CardTroubled
from kiosk.views import (
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Identify,
    IdleWarning,
    LineState,
    Refused,
    Returning,
    Welcome,
)
from lending.model import Block, Reason
from lending.number_patterns import Shape
from tests.kiosk.desk.bench import ATLAS, DUNE, LIN_REF, NUMBERS, RULES, UNKNOWN_UID, Bench, shown, story, under
from tests.kiosk.desk.central import card_of

ONE_CARD = "one_card_please"


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
    await bench.tap()
    await bench.scan(ATLAS)
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
