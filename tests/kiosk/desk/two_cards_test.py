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
from tests.kiosk.desk.bench import ATLAS, DUNE, LIN_REF, NOBODY_UID, NUMBERS, RULES, Bench, shown, story, under
from tests.kiosk.desk.central import card_of

ONE_CARD = "one_card_please"


async def hold_both(bench: Bench) -> None:
    await bench.post(CardTroubled(CardTrouble.SEVERAL))


@story
async def test_at_welcome_it_is_said_for_a_moment(bench: Bench) -> None:
    await hold_both(bench)
    assert shown(bench.view, Welcome).notice == ONE_CARD
    await bench.wait(10)
    assert bench.view == Welcome()
    await hold_both(bench)
    await bench.tap()
    assert shown(bench.view, Borrowing).notice == ""


@story
async def test_where_the_card_is_asked_for_it_stands_instead_of_the_question(bench: Bench) -> None:
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
async def test_books_shown_before_wait_on_for_the_one_card(bench: Bench) -> None:
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
async def test_in_mid_visit_it_is_said_over_the_list_and_gone_with_the_next_book(bench: Bench) -> None:
    await bench.tap()
    await hold_both(bench)
    assert shown(bench.view, Borrowing).notice == ONE_CARD
    await bench.scan(DUNE)
    assert shown(bench.view, Borrowing).notice == ""
    await bench.press("finish")
    await hold_both(bench)
    assert shown(bench.view, Farewell), "nobody is asked for a card here"


@story
async def test_what_cannot_be_read_is_said_with_another_way(bench: Bench) -> None:
    await bench.post(CardTroubled(CardTrouble.UNCLEAR))
    assert shown(bench.view, Welcome).notice == "card_unclear"
    await bench.press("borrow")
    await bench.post(CardTroubled(CardTrouble.RANDOM))
    assert shown(bench.view, Identify).notice == "card_random"
    await bench.tap()
    await bench.post(CardTroubled(CardTrouble.UNCLEAR))
    assert shown(bench.view, Borrowing).notice == "card_unclear"


@story
async def test_a_return_goes_on(bench: Bench) -> None:
    await bench.press("return")
    await hold_both(bench)
    assert shown(bench.view, Returning).notice == ONE_CARD


@story
async def test_where_no_card_is_taken_for_a_while_one_is_asked_for_again(bench: Bench) -> None:
    for each in range(20):
        if isinstance(bench.view, Blocked):
            break
        await bench.tap(f"{NOBODY_UID[:-2]}{each:02X}")
    assert shown(bench.view, Blocked).block == Block(Reason.CARDS_PAUSED)
    await hold_both(bench)
    assert shown(bench.view, Identify).notice == ONE_CARD


@story
async def test_a_refusal_that_nobody_has_read_stays(bench: Bench) -> None:
    bench.item(ATLAS, reserved_for=LIN_REF)
    await bench.tap()
    await bench.scan(ATLAS)
    refused = shown(bench.view, Refused)
    await hold_both(bench)
    assert bench.view == refused


@story
async def test_somebody_is_there(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.wait(61)
    assert shown(bench.view, IdleWarning)
    await hold_both(bench)
    assert shown(bench.view, Identify).notice == ONE_CARD


@under(replace(RULES, numbers=replace(NUMBERS, reader=Shape(re.compile("LB[0-9]{10}")))))
async def test_a_reader_may_tell_the_librarys_own_numbers(bench: Bench) -> None:
    bench.library.patrons[card_of("LB0077705923")] = bench.library.patrons[card_of("04A1B2C3")]
    await bench.post(CardPresented("04A1B2C3"))
    assert shown(bench.view, Welcome).notice == "card_unreadable"
    await bench.post(CardPresented("LB0077705923"))
    assert shown(bench.view, Borrowing)
