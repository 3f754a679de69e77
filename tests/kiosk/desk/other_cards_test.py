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
    NOBODY_UID,
    RULES,
    Bench,
    shown,
    story,
    under,
)


async def both(bench: Bench) -> None:
    """Ada has borrowed Dune, and Lin's card is chosen."""
    await bench.tap()
    await bench.scan(DUNE)
    await bench.tap(LIN_UID)
    await bench.press("join")


def lent(bench: Bench) -> list[tuple[object, object]]:
    return [(act.card, act.item) for act, _outcome in bench.library.acts if isinstance(act, Checkout)]


def items(view: Borrowing | Farewell) -> list[object]:
    return [line.item for line in view.lines]


@story
async def test_a_book_goes_to_the_card_that_is_chosen(bench: Bench) -> None:
    await both(bench)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, view.guest.mark, view.lines) == ("林*", 2, ())
    assert view.other_cards == (OtherCard(1, "Ada L."),)
    await bench.scan(EMMA)
    await bench.tap(ADA_UID)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, view.guest.mark, items(view)) == ("Ada L.", 1, [DUNE])
    await bench.scan(ATLAS)
    assert lent(bench) == [(ADA, DUNE), (LIN, EMMA), (ADA, ATLAS)]


@story
async def test_finish_ends_all_with_a_farewell_for_each(bench: Bench) -> None:
    await both(bench)
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
async def test_who_had_nothing_has_no_farewell(bench: Bench) -> None:
    await both(bench)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and view.guest.name == "Ada L."
    await bench.press("receipt_none")
    assert isinstance(bench.view, Welcome)


@under(replace(RULES, pin="account"))
async def test_what_their_pin_opened_is_shut_when_another_card_is_chosen(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account")
    await bench.press("unlock")
    await bench.type("4711")
    assert not shown(bench.view, Account).locked
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.press("account")
    assert shown(bench.view, Account).locked
    await bench.press("back")
    await bench.tap(ADA_UID)
    await bench.press("account")
    assert shown(bench.view, Account).locked
    assert "unlock" in bench.offers()


@under(replace(RULES, pin="always"))
async def test_where_every_card_wants_its_pin_none_joins(bench: Bench) -> None:
    await bench.tap()
    await bench.type("4711")
    await bench.tap(LIN_UID)
    assert shown(bench.view, Asking)
    assert "join" not in bench.offers()


@story
async def test_while_a_book_is_checked_no_other_card_is_chosen(bench: Bench) -> None:
    await both(bench)
    bench.library.hold_answers()
    await bench.scan(EMMA)
    await bench.tap(ADA_UID)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, view.notice) == ("林*", "wait_for_checking")
    bench.library.let_go()
    await bench.settle()
    await bench.tap(ADA_UID)
    assert shown(bench.view, Borrowing).guest.name == "Ada L."
    assert lent(bench) == [(ADA, DUNE), (LIN, EMMA)]


@story
async def test_a_card_that_nobody_knows_leads_back_to_the_one_before(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    await bench.tap(NOBODY_UID)
    await bench.press("join")
    view = shown(bench.view, Identify)
    assert view.problem is not None and view.problem.reason is Reason.UNKNOWN_CARD
    await bench.press("back")
    seen = shown(bench.view, Borrowing)
    assert (seen.guest.name, items(seen)) == ("Ada L.", [DUNE])


@story
async def test_whoever_may_not_borrow_leaves_the_others_their_books(bench: Bench) -> None:
    bench.library.patrons[LIN] = replace(bench.library.patrons[LIN], loans={"book": 99})
    await both(bench)
    assert shown(bench.view, Blocked)
    await bench.tap(ADA_UID)
    assert items(shown(bench.view, Borrowing)) == [DUNE]
    await bench.tap(LIN_UID)
    assert shown(bench.view, Blocked)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and view.guest.name == "Ada L."


@story
async def test_nobody_there_is_home_at_once_and_nothing_is_left(bench: Bench) -> None:
    await both(bench)
    await bench.scan(EMMA)
    await bench.wait(80)
    assert isinstance(bench.view, Welcome)
    session: Session = bench.desk.session
    assert (session.visit.aside, session.visit.patron, session.lines) == ((), None, ())


@story
async def test_there_are_as_many_cards_as_marks(bench: Bench) -> None:
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
async def test_what_was_returned_stays_with_who_was_chosen(bench: Bench) -> None:
    bench.library.patrons[LIN] = replace(bench.library.patrons[LIN], loans={"book": 99})
    bench.item(FILM, status=ItemStatus.ON_LOAN)
    await both(bench)
    await bench.press("return")
    await bench.scan(FILM)
    assert bench.line.state is LineState.SAVED, "handed in, being checked"
    await bench.tap(ADA_UID)
    assert items(shown(bench.view, Borrowing)) == [DUNE]
    await bench.press("finish")
    await bench.press("receipt_none")
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("林*", [FILM])


@story
async def test_a_card_of_the_visit_is_chosen_by_its_number_too_and_not_let_in_twice(bench: Bench) -> None:
    number = "20000000000017"
    bench.patron(number, replace(bench.library.patrons[LIN], name="Lin T."))
    await bench.scan(number, DUNE)
    await bench.tap(NOBODY_UID)
    await bench.press("join")
    await bench.type(number)
    view = shown(bench.view, Borrowing)
    assert (view.guest.name, items(view), view.other_cards) == ("Lin T.", [DUNE], ())


@story
async def test_a_card_held_at_a_farewell_brings_the_next_which_stands_when_it_is_lifted(bench: Bench) -> None:
    await both(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    await bench.tap()
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE])
    await bench.wait(1)
    await bench.tap()
    assert isinstance(bench.view, Welcome), "their own card is taken away as ever"


@story
async def test_a_book_at_a_farewell_waits_until_each_was_told(bench: Bench) -> None:
    await both(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    await bench.scan(ATLAS)
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE])
    assert ATLAS not in [item for _card, item in lent(bench)]
    await bench.scan(ATLAS)
    asked = shown(bench.view, Asking)
    assert asked.line is not None and asked.line.item == ATLAS, "nobody is left to be told anything"


@story
async def test_a_strangers_card_at_a_farewell_waits_until_each_was_told(bench: Bench) -> None:
    stranger = "0A0B0C0D"
    bench.patron(stranger, replace(bench.library.patrons[LIN], name="Mia S."))
    await both(bench)
    await bench.scan(EMMA)
    await bench.press("finish")
    await bench.tap(stranger)
    view = shown(bench.view, Farewell)
    assert view.guest is not None and (view.guest.name, items(view)) == ("Ada L.", [DUNE]), "and it stands"
    await bench.tap(stranger)
    assert shown(bench.view, Borrowing).guest.name == "Mia S."
