"""Test the end of a visit: finishing, receipts, title ratings, cards left behind, and idle patrons."""

from __future__ import annotations

from dataclasses import replace

from kiosk.events import Key, PartChanged, Pressed
from kiosk.hardware.lights import PATTERNS
from kiosk.system.health import ABSENT, READY, Condition, PartName, PartState
from kiosk.views import (
    FAREWELL_SECONDS,
    Asking,
    Borrowing,
    Farewell,
    Help,
    Identify,
    IdleWarning,
    LineState,
    ReceiptState,
    Refused,
    Returning,
    Signal,
    Technician,
    Welcome,
)
from lending.model import ItemId, ItemStatus, Reason
from lending.questions import AfterVisit, PostVisitQuestion, ReceiptChannel
from lending.responses import ItemRating, ReceiptRequest
from lending.transactions import Checkin
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
    Bench,
    shown,
    story,
    under,
)
from tests.kiosk.desk.checkin_test import lend

PRINTER = PartName.RECEIPT_PRINTER
SMS = ReceiptChannel("sms", "•••5678")
OTHER_RECEIPTS = {"receipt_none", "receipt_phone", "receipt_paper"}


async def borrow(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.press("finish")


@story
async def test_finish_without_transactions_opens_welcome(bench: Bench) -> None:
    await bench.tap()
    await bench.press("finish")
    assert bench.view == Welcome()


@story
async def test_finish_waits_for_pending_checkouts(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Borrowing).notice == "wait_for_checking"
    await bench.scan(DUNE)
    await bench.release_answers()
    assert [line.state for line in shown(bench.view, Farewell).lines] == [LineState.DONE]


@story
async def test_refusal_during_finish_is_shown_first(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.scan(DUNE)
    await bench.press("finish")
    await bench.release_answers()
    assert shown(bench.view, Refused)
    await bench.press("finish")
    assert bench.view == Welcome()


@story
async def test_help_pressed_while_finish_waits_cancels_the_finish(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE)
    await bench.press("finish", "help")
    await bench.release_answers()
    await bench.press("back")
    assert bench.line.state is LineState.DONE


@story
async def test_receipt_with_an_unconfirmed_loan_has_a_code(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.network(up=False)
    await bench.scan(EMMA)
    await bench.press("finish")
    view = shown(bench.view, Farewell)
    assert [line.confirmed for line in view.lines] == [False, True]
    assert len(view.code) == 6
    assert bench.receipts_kept == [(view.code, ("t2", "t1"))]
    assert view.link == ""
    assert set(view.code) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


@story
async def test_receipt_code_links_to_the_hub(bench: Bench) -> None:
    bench.receipts = "https://library.example/p/receipt/"
    await bench.network(up=False)
    await borrow(bench)
    view = shown(bench.view, Farewell)
    assert view.link == f"https://library.example/p/receipt/{view.code}/"


@story
async def test_paper_receipt_is_printed(bench: Bench) -> None:
    await borrow(bench)
    await bench.wait(4)
    assert shown(bench.view, Farewell).seconds == 6
    await bench.press("receipt_paper")
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.seconds) == (ReceiptState.PRINTED, 10)
    assert [line.item for line in bench.printer.printed[0][0].lines] == [DUNE]
    assert ReceiptState.PRINTING in [each.receipt for each, _ in bench.glass.drawn if isinstance(each, Farewell)]
    await bench.press("home")
    assert bench.view == Welcome()


@story
async def test_phone_receipt_is_offered_with_a_working_printer(bench: Bench) -> None:
    await borrow(bench)
    assert {"receipt_none", "receipt_phone", "receipt_paper"} <= bench.offers()
    await bench.press("receipt_phone")
    assert shown(bench.view, Farewell).receipt is ReceiptState.ON_PHONE
    await bench.press("home")
    assert (bench.view, bench.printer.printed) == (Welcome(), [])


@story
async def test_declining_the_receipt_opens_welcome(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_none")
    assert bench.view == Welcome()
    assert bench.printer.printed == []


@story
async def test_failed_receipt_can_be_printed_again(bench: Bench) -> None:
    await borrow(bench)
    bench.printer.broken = "out_of_paper"
    await bench.press("receipt_paper")
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_problem) == (ReceiptState.FAILED, "out_of_paper")
    bench.printer.broken = None
    await bench.press("receipt_paper")
    assert shown(bench.view, Farewell).receipt is ReceiptState.PRINTED


@story
async def test_partly_printed_receipt_can_be_taken_on_the_phone(bench: Bench) -> None:
    await borrow(bench)
    bench.printer.broken, bench.printer.breaks_off = "out_of_paper", True
    await bench.press("receipt_paper")
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_problem, view.receipt_half) == (ReceiptState.FAILED, "out_of_paper", True)
    await bench.part(PRINTER, PartState(Condition.FAULTY, "out_of_paper"))
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_half) == (ReceiptState.NO_PRINTER, True)
    assert {"receipt_phone", "home"} <= bench.offers()
    assert "receipt_paper" not in bench.offers()
    await bench.press("receipt_phone")
    assert (shown(bench.view, Farewell).receipt, shown(bench.view, Farewell).seconds) == (ReceiptState.ON_PHONE, 30)
    await bench.wait(29)
    await bench.press("large_text")
    assert shown(bench.view, Farewell).seconds == 10
    await bench.wait(10)
    assert bench.view == Welcome()


@story
async def test_printer_fault_before_the_print_result_reports_a_partial_receipt(bench: Bench) -> None:
    await borrow(bench)
    bench.printer.broken, bench.printer.breaks_off = "out_of_paper", True
    await bench.part(PRINTER, PartState(Condition.READY, "near_end"))
    bench.inbox.post(Pressed("receipt_paper"))
    bench.inbox.post(PartChanged(PRINTER, PartState(Condition.FAULTY, "out_of_paper")))
    await bench.settle()
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_problem, view.receipt_half) == (ReceiptState.NO_PRINTER, "out_of_paper", True)


@story
async def test_new_paper_roll_offers_the_receipt_again(bench: Bench) -> None:
    await borrow(bench)
    bench.printer.broken, bench.printer.breaks_off = "out_of_paper", True
    await bench.press("receipt_paper")
    await bench.part(PRINTER, PartState(Condition.FAULTY, "out_of_paper"))
    bench.printer.broken = None
    await bench.part(PRINTER, READY)
    assert shown(bench.view, Farewell).receipt is ReceiptState.OFFERED
    await bench.press("receipt_paper")
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_problem, view.receipt_half) == (ReceiptState.PRINTED, "", False)


@story
async def test_receipt_of_a_printer_without_status_is_marked_not_asked(bench: Bench) -> None:
    await bench.part(PRINTER, PartState(Condition.READY, "not_asked"))
    await borrow(bench)
    await bench.press("receipt_paper")
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_problem) == (ReceiptState.PRINTED, "not_asked")


@story
async def test_unavailable_printer_offers_no_paper_receipt(bench: Bench) -> None:
    await bench.part(PRINTER, PartState(Condition.FAULTY, "unplugged"))
    await borrow(bench)
    view = shown(bench.view, Farewell)
    assert (view.receipt, view.receipt_problem) == (ReceiptState.NO_PRINTER, "unplugged")
    assert "home" in bench.offers()
    await bench.part(PRINTER, READY)
    assert shown(bench.view, Farewell).receipt is ReceiptState.OFFERED
    await bench.part(PRINTER, ABSENT)
    absent = shown(bench.view, Farewell)
    assert (absent.receipt, absent.receipt_problem) == (ReceiptState.NO_PRINTER, "")
    await bench.part(PRINTER, PartState(Condition.FAULTY))
    assert shown(bench.view, Farewell).receipt_problem, "a faulty printer always has a problem text"
    await bench.part(PartName.LIGHTS, ABSENT)


@story
async def test_printed_receipt_stays_printed_if_paper_runs_out(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_paper")
    await bench.part(PRINTER, PartState(Condition.FAULTY, "out_of_paper"))
    assert shown(bench.view, Farewell).receipt is ReceiptState.PRINTED


@story
async def test_late_print_result_does_not_affect_the_next_patron(bench: Bench) -> None:
    await borrow(bench)
    await bench.press("receipt_paper", "home")
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing)


@story
async def test_removing_the_card_ends_the_visit_only_after_finish(bench: Bench) -> None:
    await bench.lay()
    await bench.scan(DUNE)
    await bench.lift()
    assert shown(bench.view, Borrowing)
    await bench.lay()
    await bench.press("finish")
    assert shown(bench.view, Farewell).card_on_reader
    await bench.wait(1)
    await bench.lift()
    assert bench.view == Welcome()


@story
async def test_removing_the_card_while_pressing_finish_keeps_the_farewell(bench: Bench) -> None:
    """The reader reports a removed card with a delay."""
    await bench.lay()
    await bench.scan(DUNE)
    await bench.press("finish")
    await bench.lift()
    view = shown(bench.view, Farewell)
    assert (view.card_on_reader, view.receipt) == (False, ReceiptState.OFFERED)
    await bench.wait(FAREWELL_SECONDS)
    assert bench.view == Welcome()


@story
async def test_card_presented_and_removed_at_farewell_ends_the_visit(bench: Bench) -> None:
    await bench.lay()
    await bench.scan(DUNE)
    await bench.press("finish")
    await bench.lift()
    await bench.lay()
    assert shown(bench.view, Farewell).card_on_reader
    await bench.lift()
    assert bench.view == Welcome()


@story
async def test_card_left_on_the_reader_shows_a_reminder_and_starts_no_visit(bench: Bench) -> None:
    await bench.lay()
    await bench.scan(DUNE)
    await bench.press("finish")
    await bench.wait(10)
    assert shown(bench.view, Welcome).notice == "take_your_card"
    assert bench.lamp.lit[-1:] == [Signal.ATTENTION] and PATTERNS[Signal.ATTENTION].beeps, "with light and sound"
    await bench.wait(100)
    assert shown(bench.view, Welcome).notice == "take_your_card"
    await bench.lift()
    assert bench.view == Welcome() and bench.lamp.lit[-1:] == [Signal.IDLE]
    await bench.lay()
    assert shown(bench.view, Borrowing)


@story
async def test_own_card_at_farewell_is_tracked_until_removed(bench: Bench) -> None:
    await borrow(bench)
    await bench.lay()
    assert shown(bench.view, Farewell).card_on_reader
    await bench.press("help")
    await bench.lift()
    await bench.press("back")
    assert not shown(bench.view, Farewell).card_on_reader


@story
async def test_next_card_at_farewell_starts_a_visit(bench: Bench) -> None:
    await borrow(bench)
    await bench.tap(LIN_UID)
    view = shown(bench.view, Borrowing)
    assert (view.guest.ref, view.lines) == (LIN_REF, ())


@story
async def test_book_scanned_at_farewell_starts_a_visit(bench: Bench) -> None:
    await borrow(bench)
    await bench.scan(EMMA)
    assert shown(bench.view, Asking)


@story
async def test_idle_visit_warns_counts_down_and_resets(bench: Bench) -> None:
    await bench.choose("language_en")
    await bench.press("large_text")
    await bench.choose("contrast")
    assert (bench.desk.status.language, bench.desk.status.library) == ("en", "City Library")
    await bench.borrow(DUNE)
    await bench.wait(60)
    assert shown(bench.view, IdleWarning).seconds == 20
    assert bench.lamp.lit[-1] is Signal.ATTENTION
    await bench.wait(19)
    assert shown(bench.view, IdleWarning).seconds == 1
    await bench.wait(1)
    assert bench.view == Welcome()
    status = bench.desk.status
    assert (status.language, status.library) == ("zh", "城市图书馆")
    assert not status.large_text
    assert not status.contrast
    assert bench.library.on_loan(ADA_REF) == [DUNE]
    assert "ada" not in repr(bench.desk.session).lower()


@story
async def test_clock_jump_past_the_timeout_ends_the_visit(bench: Bench) -> None:
    await bench.tap()
    bench.clock.move(80)
    await bench.settle()
    assert bench.view == Welcome()


@story
async def test_any_input_during_the_warning_resumes_the_visit(bench: Bench) -> None:
    await bench.tap()
    for sign in ("stay", "scan", "card", "language"):
        await bench.wait(65)
        assert shown(bench.view, IdleWarning)
        match sign:
            case "stay":
                await bench.press("stay")
            case "scan":
                await bench.scan(DUNE)
                assert bench.line.state is LineState.DONE
            case "card":
                await bench.tap()
            case _:
                await bench.press("languages")
        assert shown(bench.view, Borrowing)


@story
async def test_visit_can_be_finished_from_the_idle_warning(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.wait(60)
    await bench.press("finish")
    assert shown(bench.view, Farewell)
    await bench.press("help")
    await bench.wait(60)
    await bench.press("finish")
    assert bench.view == Welcome()


@story
async def test_language_chosen_at_welcome_resets_after_a_minute(bench: Bench) -> None:
    await bench.choose("language_en")
    assert bench.desk.status.language == "en"
    await bench.wait(60)
    assert bench.desk.status.language == "zh"


@story
async def test_help_and_technician_screens_return_to_the_visit(bench: Bench) -> None:
    bench.backlog = (3, 1)
    await bench.part(PRINTER, READY)
    await bench.tap()
    await bench.press("help")
    assert shown(bench.view, Help).signal is Signal.HELP
    await bench.sign_in()
    view = shown(bench.view, Technician)
    assert (view.queued, view.exceptions, view.kiosk, view.parts) == (3, 1, "kiosk-1", {PRINTER: READY})
    await bench.part(PRINTER, ABSENT)
    assert shown(bench.view, Technician).parts == {PRINTER: ABSENT}
    await bench.press("back")
    assert shown(bench.view, Borrowing)


@story
async def test_leaving_before_the_technician_screen_opens_returns_to_welcome(bench: Bench) -> None:
    await bench.press("help")
    bench.inbox.post(Pressed("technician"))
    bench.inbox.post(Pressed("back"))
    await bench.settle()
    assert bench.view == Welcome()


@story
async def test_book_scanned_under_help_returns_to_the_visit(bench: Bench) -> None:
    await bench.tap()
    await bench.press("help")
    await bench.scan(DUNE)
    assert shown(bench.view, Borrowing)


@story
async def test_refusal_under_help_is_shown_afterwards(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.LOST)
    await bench.tap()
    bench.library.hold_answers()
    await bench.scan(DUNE, EMMA)
    await bench.press("help")
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    await bench.release_answers()
    await bench.press("back")
    refused = shown(bench.view, Refused)
    assert refused.line.item == EMMA
    assert [line.state for line in refused.under.lines] == [LineState.REFUSED] * 2


@story
async def test_staff_can_be_called_from_a_refusal(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.LOST)
    await bench.borrow(DUNE, uid=ADA_UID)
    await bench.press("call_staff")
    assert shown(bench.view, Help)
    await bench.press("back")
    assert shown(bench.view, Refused)


@story
async def test_idle_warning_also_appears_before_a_card(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.wait(60)
    assert shown(shown(bench.view, IdleWarning).under, Identify)
    await bench.wait(20)
    assert bench.view == Welcome()


@story
async def test_language_stays_for_a_minute_after_returning_to_welcome(bench: Bench) -> None:
    await bench.choose("language_en")
    await bench.press("return", "back")
    assert bench.desk.status.language == "en"
    await bench.wait(60)
    assert bench.desk.status.language == "zh"
    assert bench.view == Welcome()


async def return_items(bench: Bench, *items: ItemId) -> Returning:
    lend(bench, *items)
    await bench.bring_back(*items)
    return shown(bench.view, Returning)


@story
async def test_rating_is_sent_once_at_finish(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", item=DUNE, choice="3")
    assert bench.line.face == "3" and bench.responses == []
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]
    await bench.press("receipt_none")
    assert bench.view == Welcome() and len(bench.responses) == 1


@story
async def test_rating_can_be_changed_or_removed(bench: Bench) -> None:
    await return_items(bench, DUNE)
    for face, then in (("1", "1"), ("2", "2"), ("2", ""), ("1", "1"), ("3", "3")):
        await bench.press("how", item=DUNE, choice=face)
        assert bench.line.face == then
    await bench.press("how", item=DUNE, choice="3")
    await bench.press("finish")
    assert bench.responses == []


@story
async def test_only_the_latest_book_can_be_rated_and_each_is_sent_once(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", item=DUNE, choice="1")
    lend(bench, EMMA)
    await bench.scan(EMMA)
    assert {each.item for each in bench.actions if each.name == "how"} == {EMMA}
    await bench.press("how", item=EMMA, choice="2")
    await bench.press("finish")
    assert bench.responses == [ItemRating("2", EMMA), ItemRating("1", DUNE)]


@story
async def test_unrated_returns_send_no_rating(bench: Bench) -> None:
    await return_items(bench, DUNE, EMMA)
    await bench.press("finish")
    assert bench.responses == [] and shown(bench.view, Farewell).ask == PostVisitQuestion("face")
    assert [type(act) for act, _outcome in bench.library.acts] == [Checkin, Checkin]


@story
async def test_item_rating_replaces_the_visit_rating_question(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", item=DUNE, choice="3")
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_item_rating_before_the_card_suppresses_the_visit_rating(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"))
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None
    await bench.press("receipt_none")
    assert bench.responses == [ItemRating("3", DUNE)]


@story
async def test_abandoned_visit_sends_the_item_rating(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", item=DUNE, choice="1")
    await bench.wait(61)
    assert isinstance(bench.view, IdleWarning) and bench.responses == []
    await bench.wait(21)
    assert isinstance(bench.view, Farewell | Welcome) and bench.responses == [ItemRating("1", DUNE)]


@story
async def test_abandoned_family_visit_sends_each_item_rating_once(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.wait(300)
    assert bench.view == Welcome() and bench.responses == [ItemRating("3", DUNE)]


@story
async def test_finished_family_visit_sends_each_item_rating_once(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.scan(EMMA)
    await bench.press("finish")
    while isinstance(bench.view, Farewell):
        await bench.press("receipt_none")
    assert bench.view == Welcome() and bench.responses == [ItemRating("3", DUNE)]


@story
async def test_offline_item_rating_is_saved(bench: Bench) -> None:
    lend(bench)
    await bench.network(up=False)
    await bench.bring_back(DUNE)
    await bench.press("how", item=DUNE, choice="3")
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]


@story
async def test_rating_is_not_offered_for_refused_pending_or_repeated_items(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.scan(DUNE)
    assert shown(bench.view, Returning).notice == "already_listed" and "how" not in bench.offers()
    bench.library.hold_answers()
    lend(bench, EMMA)
    await bench.scan(EMMA)
    assert bench.line.state is LineState.CHECKING and "how" not in bench.offers()
    await bench.release_answers()
    assert "how" in bench.offers()
    await bench.scan("39999999999999")
    assert shown(bench.view, Refused) and "how" not in bench.offers()
    await bench.press("next")
    assert "how" not in bench.offers()


@under(replace(RULES, hears=False))
async def test_rating_is_not_offered_if_feedback_is_off(bench: Bench) -> None:
    await return_items(bench, DUNE)
    assert "how" not in bench.offers()


@story
async def test_rating_is_not_offered_next_to_the_number_pad(bench: Bench) -> None:
    await bench.part(PartName.BARCODE_SCANNER, ABSENT)
    await return_items(bench, DUNE)
    assert shown(bench.view, Returning).typed is not None and "how" not in bench.offers()


@story
async def test_rating_is_reachable_by_keys(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.keys(Key.NEXT, Key.PREVIOUS, Key.CHOOSE)
    assert bench.line.face == "3"


async def rate_and_tap(bench: Bench) -> None:
    """Rate a returned book, then present a card."""
    await bench.press("how", item=DUNE, choice="3")
    await bench.tap()


@story
async def test_rating_with_an_unverified_card_is_anonymous(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    assert isinstance(bench.view, Borrowing)
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]


@under(replace(RULES, pin="always"))
async def test_rating_after_the_pin_names_the_card(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.type("4711")
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE, ADA)]


@under(replace(RULES, pin="always"))
async def test_rating_of_another_patrons_loan_is_anonymous(bench: Bench) -> None:
    assert ADA_REF != LIN_REF
    lend(bench)
    bench.item(DUNE, holder=LIN_REF)
    await bench.bring_back(DUNE)
    await rate_and_tap(bench)
    await bench.type("4711")
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]


async def borrow_with_address(
    bench: Bench, message: ReceiptChannel | None = SMS, items: tuple[str, ...] = (DUNE, EMMA)
) -> Farewell:
    bench.library.after_visit = AfterVisit(message=message)
    await bench.tap()
    for item in items:
        await bench.scan(item)
    await bench.press("finish")
    return shown(bench.view, Farewell)


def receipt(bench: Bench) -> ReceiptState:
    return shown(bench.view, Farewell).receipt


@story
async def test_message_receipt_is_offered_with_the_other_three(bench: Bench) -> None:
    view = await borrow_with_address(bench)
    assert {*OTHER_RECEIPTS, "receipt_message"} <= set(bench.offers())
    assert (view.seconds, view.receipt) == (FAREWELL_SECONDS, ReceiptState.OFFERED)


@story
async def test_message_receipt_is_sent_once_with_all_transactions(bench: Bench) -> None:
    await borrow_with_address(bench)
    await bench.press("receipt_message")
    assert bench.responses == [ReceiptRequest(f"borrow:{DUNE},borrow:{EMMA}", "", ADA)]
    assert receipt(bench) is ReceiptState.SENT
    assert "receipt_message" not in bench.offers()
    await bench.press("home")
    assert bench.view == Welcome() and len(bench.responses) == 1


@story
async def test_message_receipt_includes_returns(bench: Bench) -> None:
    await borrow_with_address(bench, None)
    await bench.press("receipt_none")
    await bench.lift()
    bench.library.after_visit = AfterVisit(message=SMS)
    await bench.bring_back(DUNE)
    await bench.tap()
    await bench.press("finish", "receipt_message")
    assert bench.responses[-1] == ReceiptRequest(f"return:{DUNE}", "", ADA)


@story
async def test_offline_message_receipt_is_kept_for_later(bench: Bench) -> None:
    await borrow_with_address(bench)
    await bench.network(up=False)
    await bench.press("receipt_message")
    assert receipt(bench) is ReceiptState.KEPT


@story
async def test_journal_failure_leaves_the_other_receipts_available(bench: Bench) -> None:
    await borrow_with_address(bench)
    bench.library.journal_full = True
    await bench.press("receipt_message")
    assert (receipt(bench), bench.responses) == (ReceiptState.OFFERED, [])
    assert "receipt_message" not in bench.offers() and set(bench.offers()) >= OTHER_RECEIPTS


@story
async def test_message_receipt_is_hidden_if_automatic_or_without_an_address(bench: Bench) -> None:
    view = await borrow_with_address(bench, ReceiptChannel("mail", "a•••@example.org", goes=True))
    assert view.message is not None and "receipt_message" not in bench.offers()
    await bench.press("receipt_none")
    await bench.lift()
    await borrow_with_address(bench, None, (ATLAS,))
    assert "receipt_message" not in bench.offers()


@story
async def test_message_receipt_is_hidden_with_hidden_titles(bench: Bench) -> None:
    await borrow_with_address(bench)
    await bench.choose("hide_titles")
    assert "receipt_message" not in bench.offers()


@story
async def test_message_receipt_is_hidden_without_a_card(bench: Bench) -> None:
    await borrow_with_address(bench)
    await bench.press("receipt_none")
    await bench.lift()
    await bench.bring_back(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Farewell).message is None and "receipt_message" not in bench.offers()


@story
async def test_message_receipt_state_is_hidden_from_the_next_patron(bench: Bench) -> None:
    await borrow_with_address(bench)
    await bench.press("receipt_message", "home")
    await bench.lift()
    view = await borrow_with_address(bench, None, (ATLAS,))
    assert (view.message, view.receipt) == (None, ReceiptState.OFFERED)
