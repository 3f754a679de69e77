"""Test several cards in one visit: each has its own items, PIN and farewell, hidden from the others."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.session import Session
from kiosk.views import (
    Account,
    Asking,
    Blocked,
    Borrowing,
    Farewell,
    Identify,
    LineState,
    OtherCard,
    ReceiptState,
    Welcome,
)
from lending.model import ItemStatus, Reason
from lending.transactions import Checkout
from tests.kiosk.desk.bench import (
    ADA,
    ADA_UID,
    ATLAS,
    DUNE,
    EMMA,
    FILM,
    LIN,
    LIN_UID,
    RULES,
    UNKNOWN_UID,
    Bench,
    shown,
    story,
    under,
)


async def join_cards(bench: Bench) -> None:
    """Borrow Dune with Ada's card, then add and select Lin's card."""
    await bench.borrow(DUNE)
    await bench.tap(LIN_UID)
    await bench.press("join")


def checkouts(bench: Bench) -> list[tuple[object, object]]:
    return [(act.card, act.item) for act, _outcome in bench.library.acts if isinstance(act, Checkout)]


def items(view: Borrowing | Farewell) -> list[object]:
    return [line.item for line in view.lines]


@story
async def test_book_goes_to_the_selected_card(bench: Bench) -> None:
    await join_cards(bench)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, view.guest.mark, view.lines) == ("林*", 2, ())
    assert view.other_cards == (OtherCard(1, "Ada L."),)
    await bench.scan(EMMA)
    await bench.tap(ADA_UID)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, view.guest.mark, items(view)) == ("Ada L.", 1, [DUNE])
    await bench.scan(ATLAS)
    assert checkouts(bench) == [(ADA, DUNE), (LIN, EMMA), (ADA, ATLAS)]


@story
async def test_finish_shows_a_farewell_for_each_card(bench: Bench) -> None:
    await join_cards(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("林*", [EMMA])
    await bench.press("receipt_paper")
    assert shown(bench.view, Farewell).receipt is ReceiptState.PRINTED
    await bench.press("home")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE])
    assert view.receipt is ReceiptState.OFFERED
    await bench.press("receipt_none")
    assert isinstance(bench.view, Welcome)


@story
async def test_card_without_transactions_gets_no_farewell(bench: Bench) -> None:
    await join_cards(bench)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and view.guest.name == "Ada L."
    await bench.press("receipt_none")
    assert isinstance(bench.view, Welcome)


@under(replace(RULES, pin="account"))
async def test_switching_cards_locks_the_account_again(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account", "unlock")
    await bench.type("4711")
    assert not shown(bench.view, Account).locked
    await bench.tap(LIN_UID)
    await bench.press("join", "account")
    assert shown(bench.view, Account).locked
    await bench.press("back")
    await bench.tap(ADA_UID)
    await bench.press("account")
    assert shown(bench.view, Account).locked
    assert "unlock" in bench.offers()


@under(replace(RULES, pin="always"))
async def test_card_cannot_join_if_every_card_needs_a_pin(bench: Bench) -> None:
    await bench.tap()
    await bench.type("4711")
    await bench.tap(LIN_UID)
    assert shown(bench.view, Asking)
    assert "join" not in bench.offers()


@story
async def test_cards_cannot_be_switched_during_a_pending_checkout(bench: Bench) -> None:
    await join_cards(bench)
    bench.library.hold_answers()
    await bench.scan(EMMA)
    await bench.tap(ADA_UID)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, view.notice) == ("林*", "wait_for_checking")
    await bench.release_answers()
    await bench.tap(ADA_UID)
    assert shown(bench.view, Borrowing).guest.name == "Ada L."
    assert checkouts(bench) == [(ADA, DUNE), (LIN, EMMA)]


@story
async def test_unknown_card_returns_to_the_previous_card(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.tap(UNKNOWN_UID)
    await bench.press("join")
    view = shown(bench.view, Identify)
    assert view.problem is not None and view.problem.reason is Reason.UNKNOWN_CARD
    await bench.press("back")
    seen = shown(bench.view, Borrowing)
    assert (seen.guest.name, items(seen)) == ("Ada L.", [DUNE])


@story
async def test_blocked_card_leaves_the_other_cards_items(bench: Bench) -> None:
    bench.library.patrons[LIN] = replace(bench.library.patrons[LIN], loans={"book": 99})
    await join_cards(bench)
    assert shown(bench.view, Blocked)
    await bench.tap(ADA_UID)
    assert items(shown(bench.view, Borrowing)) == [DUNE]
    await bench.tap(LIN_UID)
    assert shown(bench.view, Blocked)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and view.guest.name == "Ada L."


@story
async def test_timeout_clears_all_cards_of_the_visit(bench: Bench) -> None:
    await join_cards(bench)
    await bench.scan(EMMA)
    await bench.wait(80)
    assert isinstance(bench.view, Welcome)
    session: Session = bench.desk.session
    assert (session.visit.aside, session.visit.patron, session.lines) == ((), None, ())


@story
async def test_visit_accepts_at_most_four_cards(bench: Bench) -> None:
    await bench.tap()
    for number in range(3):
        uid = f"0A0B0C0{number}"
        bench.patron(uid, replace(bench.library.patrons[LIN], name=f"{number}*"))
        await bench.tap(uid)
        await bench.press("join")
    assert [each.mark for each in shown(bench.view, Borrowing).other_cards] == [1, 2, 3]
    await bench.tap(LIN_UID)
    assert shown(bench.view, Asking)
    assert "join" not in bench.offers()


@story
async def test_returns_stay_with_the_selected_card(bench: Bench) -> None:
    bench.library.patrons[LIN] = replace(bench.library.patrons[LIN], loans={"book": 99})
    bench.item(FILM, status=ItemStatus.ON_LOAN)
    await join_cards(bench)
    await bench.bring_back(FILM)
    assert bench.line.state is LineState.SAVED, "returned, not yet checked"
    await bench.tap(ADA_UID)
    assert items(shown(bench.view, Borrowing)) == [DUNE]
    await bench.press("finish", "receipt_none")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("林*", [FILM])


@story
async def test_joined_card_is_selected_by_its_typed_number(bench: Bench) -> None:
    number = "20000000000017"
    bench.patron(number, replace(bench.library.patrons[LIN], name="Lin T."))
    await bench.scan(number, DUNE)
    await bench.tap(UNKNOWN_UID)
    await bench.press("join")
    await bench.type(number)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, items(view), view.other_cards) == ("Lin T.", [DUNE], ())


@story
async def test_card_at_a_farewell_opens_the_next_farewell(bench: Bench) -> None:
    await join_cards(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    await bench.tap()
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE])
    await bench.wait(1)
    await bench.tap()
    assert isinstance(bench.view, Welcome), "removing the own card ends the visit"


@story
async def test_book_scanned_at_a_farewell_waits_for_the_remaining_farewells(bench: Bench) -> None:
    await join_cards(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    await bench.scan(ATLAS)
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE])
    assert ATLAS not in [item for _card, item in checkouts(bench)]
    await bench.scan(ATLAS)
    asked = shown(bench.view, Asking)
    assert asked.line is not None and asked.line.item == ATLAS, "all farewells were shown"


@story
async def test_new_card_at_a_farewell_waits_for_the_remaining_farewells(bench: Bench) -> None:
    stranger = "0A0B0C0D"
    bench.patron(stranger, replace(bench.library.patrons[LIN], name="Mia S."))
    await join_cards(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    await bench.tap(stranger)
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE]), "it stays"
    await bench.tap(stranger)
    assert shown(bench.view, Borrowing).guest.name == "Mia S."
