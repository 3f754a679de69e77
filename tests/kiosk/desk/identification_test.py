"""Test identification: cards, typed numbers, PINs, and what remains possible offline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from kiosk.central import PinVerdict
from kiosk.views import (
    Account,
    Asking,
    Blocked,
    Borrowing,
    CurrentPatron,
    Farewell,
    Identify,
    LineState,
    Question,
    Refused,
    Returning,
    Signal,
    VisitTask,
    Welcome,
)
from lending.model import Block, CardStatus, Fee, FeeKind, Hold, ItemId, ItemStatus, PatronRef, Reason
from lending.policy import Allowance
from lending.transactions import PinStatus
from tests.kiosk.desk.bench import (
    ADA,
    ADA_REF,
    ADA_UID,
    ATLAS,
    DUNE,
    EMMA,
    LIN_REF,
    LIN_UID,
    RULES,
    UNKNOWN_UID,
    ZHUANGZI,
    Bench,
    shown,
    story,
    under,
)
from tests.kiosk.desk.central import card_of, verified

PIN_ALWAYS = replace(RULES, pin="always")
PIN_CAPPED = replace(RULES, pin="always", offline_pin="lend_capped")
PIN_ACCOUNT = replace(RULES, pin="account")
CARD_NUMBER = "20000000000001"


@story
async def test_card_lookup_shows_busy(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.tap()
    assert shown(bench.view, Identify).checking
    assert bench.lamp.lit[-1] is Signal.BUSY
    await bench.release_answers()
    assert shown(bench.view, Borrowing)


@story
async def test_unknown_card_can_be_followed_by_a_valid_one(bench: Bench) -> None:
    await bench.tap(UNKNOWN_UID)
    assert shown(bench.view, Identify).problem == Block(Reason.UNKNOWN_CARD)
    assert bench.lamp.lit[-1] is Signal.REFUSED
    await bench.tap()
    assert shown(bench.view, Borrowing)


@story
async def test_five_unknown_cards_in_a_minute_pause_the_reader(bench: Bench) -> None:
    for _ in range(5):
        await bench.tap(UNKNOWN_UID)
        await bench.wait(10)
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.CARDS_PAUSED)
    assert "return" in bench.offers()
    await bench.wait(10)
    await bench.tap()
    assert shown(bench.view, Borrowing)


@story
async def test_partly_read_card_is_reported_unreadable(bench: Bench) -> None:
    await bench.tap("04A1B2")
    assert shown(bench.view, Welcome).notice == "card_unreadable"
    await bench.wait(10)
    assert bench.view == Welcome()
    await bench.press("borrow")
    await bench.tap("04a1b2c3")
    assert shown(bench.view, Identify).problem == Block(Reason.UNREADABLE)


@story
async def test_card_can_be_scanned_or_typed(bench: Bench) -> None:
    bench.library.patrons[card_of(CARD_NUMBER)] = bench.library.patrons[ADA]
    await bench.scan(CARD_NUMBER)
    assert shown(bench.view, Borrowing)
    await bench.press("finish", "borrow")
    await bench.type(CARD_NUMBER)
    assert shown(bench.view, Borrowing)


@story
async def test_invalid_card_number_is_reported_and_typing_is_limited(bench: Bench) -> None:
    await bench.press("borrow")
    assert "continue" not in bench.offers()
    await bench.type("123")
    view = shown(bench.view, Identify)
    assert (view.problem, view.typed) == (Block(Reason.UNREADABLE), "")
    await bench.press("key", choice="1")
    await bench.press("key", choice="2")
    await bench.press("erase")
    assert (shown(bench.view, Identify).typed, shown(bench.view, Identify).problem) == ("1", None)
    for _ in range(31):
        await bench.press("key", choice="7")
    assert (len(shown(bench.view, Identify).typed), "key" in bench.offers()) == (32, False)


@story
async def test_item_number_can_be_typed(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.type(DUNE)
    assert [line.title for line in shown(bench.view, Identify).lines] == ["Dune"]


@story
async def test_blocked_patron_sees_the_reason_and_what_still_works(bench: Bench) -> None:
    bench.ada(fees=Decimal("12.50"))
    await bench.tap()
    view = shown(bench.view, Blocked)
    assert view.block == Block(Reason.FEES, amount=Decimal("12.50"))
    assert view.still == (VisitTask.RETURN, VisitTask.ACCOUNT)
    await bench.press("account")
    assert shown(bench.view, Account).guest.fees == Decimal("12.50")
    await bench.press("back")
    assert shown(bench.view, Blocked)


@story
async def test_expired_card_is_blocked(bench: Bench) -> None:
    bench.ada(expires=date(2026, 11, 21))
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.CARD_EXPIRED, on=date(2026, 11, 21))


@under(PIN_ALWAYS)
async def test_lost_blocked_or_provisional_card_allows_only_returns(bench: Bench) -> None:
    for status, reason in (
        (CardStatus.LOST, Reason.CARD_LOST),
        (CardStatus.BLOCKED, Reason.CARD_BLOCKED),
        (CardStatus.PROVISIONAL, Reason.CARD_PROVISIONAL),
    ):
        bench.ada(card=status)
        await bench.tap()
        view = shown(bench.view, Blocked)
        assert (view.block, view.still) == (Block(reason), (VisitTask.RETURN,))
        await bench.press("finish")


@story
async def test_books_scanned_before_a_blocked_card_stay_unborrowed(bench: Bench) -> None:
    bench.ada(fees=Decimal(50))
    await bench.scan(DUNE)
    await bench.press("borrow")
    await bench.tap()
    assert [line.state for line in shown(bench.view, Blocked).lines] == [LineState.WAITING]
    await bench.press("finish")
    assert bench.view == Welcome()


@story
async def test_outdated_snapshot_blocks_cards_and_accepts_returns(bench: Bench) -> None:
    bench.library.outdated = True
    await bench.network(up=False)
    await bench.tap()
    view = shown(bench.view, Blocked)
    assert (view.block, view.guest, view.still) == (Block(Reason.OUTDATED), None, (VisitTask.RETURN,))
    await bench.bring_back(DUNE)
    assert bench.line.state is LineState.SAVED


@story
async def test_offline_card_missing_from_the_snapshot_is_blocked(bench: Bench) -> None:
    bench.library.forgets.add(ADA)
    await bench.network(up=False)
    await bench.tap()
    view = shown(bench.view, Blocked)
    assert (view.block, view.guest, view.still) == (Block(Reason.NEEDS_CENTRAL), None, (VisitTask.RETURN,))
    await bench.network(up=True)
    await bench.tap()
    assert shown(bench.view, Borrowing)


@story
async def test_second_card_during_a_visit_opens_a_question(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.tap(LIN_UID)
    assert shown(bench.view, Asking).question is Question.OTHER_CARD
    await bench.borrow(EMMA, uid=LIN_UID)
    assert shown(bench.view, Asking)
    await bench.press("back")
    assert shown(bench.view, Borrowing).guest.name == "Ada L."
    await bench.tap(LIN_UID)
    await bench.tap(ADA_UID)
    assert shown(bench.view, Borrowing)
    await bench.tap(LIN_UID)
    await bench.press("finish")
    assert [line.item for line in shown(bench.view, Farewell).lines] == [DUNE]


@story
async def test_finishing_an_empty_visit_admits_the_second_card(bench: Bench) -> None:
    await bench.tap()
    await bench.lay(LIN_UID)
    await bench.press("finish")
    assert shown(bench.view, Borrowing).guest.ref == LIN_REF


@story
async def test_same_card_again_changes_nothing(bench: Bench) -> None:
    await bench.borrow(DUNE)
    before = bench.view
    await bench.tap()
    assert bench.view == before


@under(PIN_ALWAYS)
async def test_unknown_card_and_wrong_pin_look_the_same(bench: Bench) -> None:
    seen: list[list[Identify]] = []
    for uid in (ADA_UID, UNKNOWN_UID):
        await bench.tap(uid)
        asked = shown(bench.view, Identify)
        await bench.type("0000")
        seen.append([replace(each, guest=None) for each in (asked, shown(bench.view, Identify))])
        assert asked.guest == CurrentPatron(card_of(uid), PatronRef(""), Allowance(0, 0))
        await bench.press("back")
    assert seen[0] == seen[1]
    assert seen[1][1].problem == Block(Reason.PIN_WRONG)


@under(PIN_ALWAYS)
async def test_pin_is_required_before_the_first_book(bench: Bench) -> None:
    await bench.tap()
    view = shown(bench.view, Identify)
    assert view.pin
    assert view.guest is not None
    assert not view.guest.verified
    assert view.guest.name == ""
    await bench.press("key", choice="4")
    assert shown(bench.view, Identify).typed == "•"
    await bench.press("erase")
    await bench.type("4711")
    assert bench.library.pin_asked == ["4711"]
    assert shown(bench.view, Borrowing).guest.verified
    await bench.scan(DUNE)
    assert verified(bench.library.acts[0][0]) is PinStatus.PIN


@under(PIN_ALWAYS)
async def test_pin_is_never_drawn_or_kept(bench: Bench) -> None:
    await bench.tap()
    await bench.type("4711")
    assert "4711" not in repr(bench.glass.drawn)
    assert "4711" not in repr(bench.desk.session)


@under(PIN_ALWAYS)
async def test_books_scanned_during_pin_entry_wait_for_the_pin(bench: Bench) -> None:
    await bench.press("account")
    await bench.borrow(DUNE)
    view = shown(bench.view, Identify)
    assert (view.errand, view.pin) == (VisitTask.BORROW, True)
    await bench.type("4711")
    assert [line.state for line in shown(bench.view, Borrowing).lines] == [LineState.DONE]


@under(PIN_ALWAYS)
async def test_five_wrong_pins_lock_the_card_for_fifteen_minutes(bench: Bench) -> None:
    await bench.tap()
    for left in (4, 3, 2, 1):
        await bench.type("0000")
        view = shown(bench.view, Identify)
        assert (view.problem, view.tries_left) == (Block(Reason.PIN_WRONG), left)
    await bench.type("0000")
    assert shown(bench.view, Blocked).block == Block(Reason.PIN_LOCKED)
    assert shown(bench.view, Blocked).still == (VisitTask.RETURN,)
    await bench.press("finish")
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.PIN_LOCKED)
    await bench.press("finish")
    await bench.tap(LIN_UID)
    assert shown(bench.view, Identify).pin
    await bench.press("back")
    await bench.wait(15 * 60)
    await bench.tap()
    await bench.type("4711")
    assert shown(bench.view, Borrowing)


@under(PIN_ALWAYS)
async def test_ten_wrong_pins_pause_the_kiosk(bench: Bench) -> None:
    for uid in (ADA_UID, LIN_UID):
        await bench.tap(uid)
        for _ in range(5):
            await bench.type("0000")
        await bench.press("finish")
    bench.patron(UNKNOWN_UID, bench.library.patrons[ADA], pin="1234")
    await bench.tap(UNKNOWN_UID)
    assert shown(bench.view, Blocked).block == Block(Reason.PIN_LOCKED)
    await bench.press("finish")
    await bench.wait(300)
    await bench.tap(UNKNOWN_UID)
    await bench.type("1234")
    assert shown(bench.view, Borrowing)


@under(PIN_ALWAYS)
async def test_abandoned_pin_attempt_still_counts(bench: Bench) -> None:
    for _ in range(5):
        await bench.tap()
        bench.library.hold_answers()
        await bench.type("0000")
        await bench.press("back")
        assert bench.view == Welcome()
        await bench.release_answers()
    await bench.tap()
    assert shown(bench.view, Blocked).block == Block(Reason.PIN_LOCKED)


@under(PIN_ALWAYS)
async def test_pin_locked_by_the_hub_blocks_the_patron(bench: Bench) -> None:
    async def locked(*_: object) -> PinVerdict:
        return PinVerdict.LOCKED

    bench.library.check_pin = locked  # type: ignore[method-assign, assignment]
    await bench.tap()
    await bench.type("4711")
    assert shown(bench.view, Blocked).block == Block(Reason.PIN_LOCKED)


@under(PIN_ALWAYS)
async def test_pin_is_not_requested_offline(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    view = shown(bench.view, Blocked)
    assert (view.block, view.still) == (Block(Reason.NEEDS_CENTRAL), (VisitTask.RETURN,))
    assert not any(isinstance(each, Identify) and each.pin for each, _ in bench.glass.drawn)


@under(PIN_ALWAYS)
async def test_going_offline_during_pin_entry_blocks_the_patron(bench: Bench) -> None:
    await bench.tap()
    await bench.press("key", choice="4")
    await bench.network(up=False)
    assert shown(bench.view, Blocked).block == Block(Reason.NEEDS_CENTRAL)


@under(PIN_ALWAYS)
async def test_going_offline_during_the_pin_check_blocks_the_patron(bench: Bench) -> None:
    await bench.tap()
    bench.library.online = False
    await bench.type("4711")
    assert shown(bench.view, Blocked).block == Block(Reason.NEEDS_CENTRAL)


@under(PIN_CAPPED)
async def test_offline_checkout_without_a_pin_is_unverified_and_capped(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    assert not shown(bench.view, Borrowing).guest.verified
    await bench.scan(DUNE, EMMA, ZHUANGZI, ATLAS)
    assert {verified(act) for act, _ in bench.library.acts} == {PinStatus.UNVERIFIED}
    assert len(bench.library.acts) == 3
    await bench.press("next", "account")
    view = shown(bench.view, Blocked)
    assert (view.block, view.still) == (Block(Reason.NEEDS_CENTRAL), (VisitTask.BORROW, VisitTask.RETURN))
    await bench.press("finish")
    assert len(shown(bench.view, Farewell).lines) == 3


@under(PIN_CAPPED)
async def test_unverified_patron_stays_capped_after_reconnecting(bench: Bench) -> None:
    await bench.tap()
    bench.library.slow = True
    await bench.type("4711")
    bench.library.slow = False
    await bench.scan(DUNE, EMMA, ZHUANGZI, ATLAS)
    assert shown(bench.view, Refused).line.block == Block(Reason.OFFLINE_CAP, count=3)
    assert {verified(act) for act, _ in bench.library.acts} == {PinStatus.UNVERIFIED}


@under(PIN_CAPPED)
async def test_blocked_account_can_continue_with_borrowing(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.press("account")
    await bench.tap()
    await bench.press("borrow")
    assert shown(bench.view, Borrowing)


async def to_locked(bench: Bench) -> Account:
    """Account opened by card alone."""
    bench.library.holds[ADA] = (Hold("Solaris", ready=True),)
    bench.library.fees[ADA] = (Fee(FeeKind.LOST, Decimal("7.50"), "Emma"),)
    bench.ada(fees=Decimal("7.50"))
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF, due=bench.clock.now() + timedelta(days=1))
    await bench.press("account")
    await bench.tap()
    return shown(bench.view, Account)


@under(PIN_ACCOUNT)
async def test_card_alone_opens_loans_and_renewals_only(bench: Bench) -> None:
    view = await to_locked(bench)
    assert view.locked
    assert [(loan.item, loan.due is not None) for loan in view.loans or ()] == [(EMMA, True)]
    assert (view.holds, view.guest.fees, view.guest.verified) == ((), None, False)
    assert "unlock" in bench.offers()
    await bench.press("renew", item=EMMA)
    assert verified(bench.library.acts[0][0]) is PinStatus.CARD
    assert "Solaris" not in repr(bench.glass.drawn)
    assert "7.5" not in repr(bench.glass.drawn)


@under(PIN_ACCOUNT)
async def test_pin_unlocks_holds_and_fees(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("renew", item=EMMA)
    await bench.press("unlock")
    assert shown(bench.view, Identify).pin
    await bench.type("4711")
    view = shown(bench.view, Account)
    assert not view.locked
    assert "unlock" not in bench.offers()
    assert [hold.title for hold in view.holds] == ["Solaris"]
    assert (view.guest.fees, view.guest.verified) == (Decimal("7.50"), True)
    assert [loan.state for loan in view.loans or ()] == [LineState.DONE]
    await bench.press("back")
    await bench.scan(DUNE)
    assert verified(bench.library.acts[-1][0]) is PinStatus.PIN
    await bench.press("account")
    assert not shown(bench.view, Account).locked


@under(PIN_ACCOUNT)
async def test_account_is_locked_again_at_the_next_visit(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("unlock")
    await bench.type("4711")
    await bench.press("finish")
    assert (await to_locked(bench)).locked


@story
async def test_library_without_pins_shows_the_full_account(bench: Bench) -> None:
    view = await to_locked(bench)
    assert not view.locked
    assert (len(view.holds), view.guest.fees) == (1, Decimal("7.50"))
    assert "unlock" not in bench.offers()


@under(PIN_ALWAYS)
async def test_pin_at_sign_in_opens_the_full_account(bench: Bench) -> None:
    bench.library.holds[ADA] = (Hold("Solaris", ready=True),)
    await bench.press("account")
    await bench.tap()
    await bench.type("4711")
    view = shown(bench.view, Account)
    assert (view.locked, len(view.holds)) == (False, 1)


@under(PIN_ACCOUNT)
async def test_offline_account_lists_loans_and_stays_locked(bench: Bench) -> None:
    await bench.network(up=False)
    view = await to_locked(bench)
    assert (view.locked, view.offline) == (True, True)
    assert [loan.item for loan in view.loans or ()] == [EMMA]
    assert "unlock" not in bench.offers()
    assert "renew" in bench.offers()


@under(PIN_ACCOUNT)
async def test_going_offline_during_pin_entry_keeps_the_account_locked(bench: Bench) -> None:
    await to_locked(bench)
    await bench.network(up=False)
    assert "unlock" not in bench.offers()
    await bench.network(up=True)
    await bench.press("unlock", "key", choice="4")
    await bench.network(up=False)
    assert shown(bench.view, Account).locked
    assert bench.desk.session.visit.pin == ""


@under(PIN_ACCOUNT)
async def test_going_offline_during_the_pin_check_keeps_the_account_locked(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("unlock")
    bench.library.online = False
    await bench.type("4711")
    view = shown(bench.view, Account)
    assert (view.locked, view.holds, view.guest.fees) == (True, (), None)


@under(PIN_ACCOUNT)
async def test_fee_block_on_a_renewal_hides_the_amount_until_the_pin(bench: Bench) -> None:
    await to_locked(bench)
    bench.ada(fees=Decimal("62.50"))
    await bench.press("back", "account")
    assert [loan.block for loan in shown(bench.view, Account).loans or ()] == [Block(Reason.FEES)]
    await bench.press("unlock")
    await bench.type("4711")
    view = shown(bench.view, Account)
    assert [loan.block for loan in view.loans or ()] == [Block(Reason.FEES, amount=Decimal("62.50"))]


@under(PIN_ACCOUNT)
async def test_fee_block_at_the_card_hides_the_amount_until_the_pin(bench: Bench) -> None:
    bench.ada(fees=Decimal("62.50"))
    await bench.tap()
    view = shown(bench.view, Blocked)
    assert view.block == Block(Reason.FEES)
    assert "62.50" not in str(view)
    await bench.press("account", "unlock")
    await bench.type("4711")
    await bench.press("back")
    assert shown(bench.view, Blocked).block == Block(Reason.FEES, amount=Decimal("62.50"))


@under(PIN_ACCOUNT)
async def test_fee_block_during_a_visit_hides_the_amount(bench: Bench) -> None:
    await bench.tap()
    bench.ada(fees=Decimal("62.50"))
    await bench.scan(DUNE)
    assert shown(bench.view, Refused).line.block == Block(Reason.FEES)


@under(PIN_ACCOUNT)
async def test_renewal_refused_for_fees_hides_the_amount(bench: Bench) -> None:
    await to_locked(bench)
    bench.ada(fees=Decimal("62.50"))
    await bench.press("renew", item=EMMA)
    assert shown(bench.view, Refused).line.block == Block(Reason.FEES)


@under(PIN_ACCOUNT)
async def test_book_scanned_during_account_pin_entry_is_borrowed(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("unlock")
    await bench.scan(DUNE)
    assert [line.state for line in shown(bench.view, Borrowing).lines] == [LineState.DONE]


@under(PIN_ACCOUNT)
async def test_locked_pin_still_allows_loans_and_checkout(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("unlock")
    for _ in range(5):
        await bench.type("0000")
    assert shown(bench.view, Blocked).still == (VisitTask.RETURN, VisitTask.ACCOUNT)
    await bench.press("account")
    assert shown(bench.view, Account).locked
    await bench.press("unlock")
    assert shown(bench.view, Blocked).block == Block(Reason.PIN_LOCKED)
    await bench.press("account")
    await bench.scan(DUNE)
    assert [line.state for line in shown(bench.view, Borrowing).lines] == [LineState.DONE]


@under(PIN_ACCOUNT)
async def test_abandoned_pin_check_unlocks_nothing(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("unlock")
    bench.library.hold_answers()
    await bench.type("4711")
    await bench.press("back")
    assert shown(bench.view, Account).locked
    await bench.release_answers()
    assert shown(bench.view, Account).locked
    await bench.press("unlock")
    await bench.type("0000")
    assert shown(bench.view, Identify).problem == Block(Reason.PIN_WRONG)
    assert all(each.locked for each, _ in bench.glass.drawn if isinstance(each, Account))


@under(PIN_ACCOUNT)
async def test_late_result_of_an_abandoned_right_pin_unlocks_nothing(bench: Bench) -> None:
    """Right PIN, Back, wrong PIN: the first result arrives while the second is pending."""
    await to_locked(bench)
    await bench.press("unlock")
    bench.library.hold_answers()
    await bench.type("4711")
    await bench.press("back", "unlock")
    await bench.type("0000")
    await bench.release_answers()
    assert shown(bench.view, Identify).problem == Block(Reason.PIN_WRONG)
    assert all(each.locked for each, _ in bench.glass.drawn if isinstance(each, Account))


@under(PIN_ACCOUNT)
async def test_partly_typed_pin_is_discarded_by_back(bench: Bench) -> None:
    await to_locked(bench)
    await bench.press("unlock", "key", choice="4")
    assert bench.desk.session.visit.pin == "4"
    await bench.press("back")
    assert bench.desk.session.visit.pin == ""
    assert shown(bench.view, Account).locked


@story
async def test_later_of_two_quick_cards_wins(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.tap(LIN_UID)
    await bench.tap(ADA_UID)
    await bench.release_answers()
    assert shown(bench.view, Borrowing).guest.name == "Ada L."
    assert {each.guest.name for each, _ in bench.glass.drawn if isinstance(each, Borrowing)} == {"Ada L."}


@under(PIN_ALWAYS)
async def test_second_card_during_pin_entry_opens_a_question(bench: Bench) -> None:
    await bench.tap()
    await bench.tap(LIN_UID)
    assert shown(bench.view, Asking).question is Question.OTHER_CARD
    await bench.press("back")
    assert shown(bench.view, Identify).pin


@under(PIN_ALWAYS)
async def test_back_from_the_pin_keeps_the_returns(bench: Bench) -> None:
    await bench.press("return")
    await bench.network(up=False)
    await bench.scan(DUNE)
    await bench.network(up=True)
    await bench.tap()
    assert shown(bench.view, Identify).pin
    await bench.press("back")
    view = shown(bench.view, Returning)
    assert view.guest is None
    assert [line.item for line in view.lines] == [DUNE]


@story
async def test_back_from_identification_opens_welcome(bench: Bench) -> None:
    await bench.press("borrow", "back")
    assert bench.view == Welcome()


@story
async def test_late_card_lookup_after_leaving_changes_nothing(bench: Bench) -> None:
    bench.library.hold_answers()
    await bench.tap()
    await bench.press("back")
    await bench.release_answers()
    assert bench.view == Welcome()


@story
async def test_isbn_scan_is_ignored(bench: Bench) -> None:
    await bench.tap()
    before = bench.view
    await bench.scan("978-0-441-17271-9", "9780441172719")
    assert bench.view == before


@story
async def test_invalid_barcode_shows_unreadable(bench: Bench) -> None:
    await bench.scan("3000|0000")
    assert shown(bench.view, Welcome).notice == "unreadable"
    await bench.tap()
    for code in ("x" * 10_000, "", "\x1b[A", "30000000\n000001"):
        await bench.scan(ItemId(code))
        assert shown(bench.view, Borrowing).notice == "unreadable"
    await bench.scan(DUNE)
    assert shown(bench.view, Borrowing).notice == ""
