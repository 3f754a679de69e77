"""Test borrowing and returning with RFID tags: what lies on the item pad, what is lifted off, what is switched."""

from __future__ import annotations

from dataclasses import replace

from kiosk.desk.checkin import DROP_SECONDS
from kiosk.events import DropSensed, SwitchResult
from kiosk.views import (
    Asking,
    Borrowing,
    Farewell,
    Identify,
    LineState,
    Refused,
    Returning,
    Signal,
    TagProblem,
    TagState,
    Welcome,
)
from lending.model import ItemStatus, Reason
from lending.tags import TagTrouble, Usage
from lending.transactions import Checkin, Checkout, ReturnMode, TagFinding, TagReport, Undo
from tests.kiosk.desk.bench import ADA_REF, ATLAS, DUNE, EMMA, LIN_UID, RULES, ZHUANGZI, Bench, shown, story, under

OFF = replace(RULES, returns="off")
LENIENT = replace(RULES, lends_incomplete_sets=True)


def acts(bench: Bench) -> list[object]:
    return [act for act, *_ in bench.library.acts]


@story
async def test_pile_laid_after_the_card_is_borrowed_and_switched_off(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE, EMMA, ZHUANGZI)
    view = shown(bench.view, Borrowing)
    assert [(line.item, line.state, line.tag) for line in view.lines] == [
        (each, LineState.DONE, TagState.SWITCHED) for each in (ZHUANGZI, EMMA, DUNE)
    ]
    assert view.on_pad is not None and view.on_pad.items == 3
    assert sorted(bench.pad.switched) == [(1, False), (2, False), (3, False)]
    assert bench.gate.pulses == 0, "items with tags need no relay"
    assert view.signal is Signal.DONE


@story
async def test_no_tag_is_switched_off_before_the_loan_is_on_disk(bench: Bench) -> None:
    rows: list[int] = []
    bench.pad.on_switch = lambda tags, secured: rows.append(len(bench.library.acts))
    await bench.tap()
    await bench.lay_items(DUNE, EMMA)
    assert rows and all(rows), "each switch came after a transaction"
    first = bench.library.acts[0][0]
    assert isinstance(first, Checkout)


@story
async def test_pile_laid_first_is_asked_about_once_and_borrowed(bench: Bench) -> None:
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.lay_items(DUNE, EMMA)
    asking = shown(bench.view, Asking)
    assert asking.line is not None and asking.line.title == "Dune"
    assert acts(bench) == [], "nothing in range is returned unasked"
    await bench.press("borrow")
    assert {line.item for line in shown(bench.view, Identify).lines} == {DUNE, EMMA}
    await bench.tap()
    assert {line.item: line.state for line in bench.lines}[DUNE] is LineState.DONE


@story
async def test_pile_laid_first_is_returned_after_the_question(bench: Bench) -> None:
    for item in (DUNE, EMMA):
        bench.item(item, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    order: list[int] = []
    bench.pad.on_switch = lambda tags, secured: order.append(len(bench.library.acts))
    await bench.lay_items(DUNE, EMMA)
    await bench.press("return")
    assert {(line.item, line.tag) for line in shown(bench.view, Returning).lines} == {
        (DUNE, TagState.SWITCHED),
        (EMMA, TagState.SWITCHED),
    }
    assert all(isinstance(act, Checkin) for act in acts(bench)) and len(acts(bench)) == 2
    assert order[0] == 0, "security is on before the return is submitted"
    assert {secured for _, secured in bench.pad.switched} == {True}


@story
async def test_pile_asked_about_and_lifted_off_is_forgotten(bench: Bench) -> None:
    await bench.lay_items(DUNE, EMMA)
    await bench.lift_items(DUNE)
    asking = shown(bench.view, Asking)
    assert asking.line is not None and asking.line.title == "Emma"
    await bench.lift_items()
    shown(bench.view, Welcome)


@under(OFF)
async def test_kiosk_without_returns_asks_for_the_card(bench: Bench) -> None:
    await bench.lay_items(DUNE)
    assert [line.item for line in shown(bench.view, Identify).lines] == [DUNE]


@story
async def test_books_left_from_the_visit_before_start_nothing(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE)
    await bench.press("finish", "receipt_none")
    shown(bench.view, Welcome)
    await bench.tap(LIN_UID)
    assert shown(bench.view, Borrowing).lines == ()
    await bench.lay_items(EMMA)
    assert [line.item for line in bench.lines] == [EMMA]
    assert len(acts(bench)) == 2


@story
async def test_item_lifted_off_before_it_is_looked_up_is_not_borrowed(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.lay_items(DUNE)
    await bench.lift_items()
    await bench.release_answers()
    assert [(line.state, line.tag) for line in bench.lines] == [(LineState.WAITING, TagState.LIFTED)]
    assert bench.line.title == "Dune"
    assert acts(bench) == [] and bench.pad.switched == []
    await bench.lay_items(DUNE)
    assert bench.line.state is LineState.DONE


@story
async def test_item_lifted_off_before_its_loan_is_settled_is_undone(bench: Bench) -> None:
    await bench.tap()
    bench.library.send_slowly()
    await bench.lay_items(DUNE)
    await bench.lift_items()
    await bench.send()
    assert [type(act) for act in acts(bench)] == [Checkout, Undo]
    assert (bench.line.state, bench.line.tag) == (LineState.WAITING, TagState.LIFTED)
    assert bench.pad.switched == []
    await bench.lay_items(DUNE)
    assert (bench.line.state, bench.line.tag) == (LineState.DONE, TagState.SWITCHED)


@story
async def test_item_lifted_off_before_it_is_switched_off_is_owed(bench: Bench) -> None:
    bench.pad.results.append(SwitchResult.GONE)
    await bench.tap()
    await bench.lay_items(DUNE)
    assert (bench.line.state, bench.line.tag) == (LineState.DONE, TagState.OWED)
    assert shown(bench.view, Borrowing).signal is Signal.ATTENTION
    await bench.lift_items()
    await bench.lay_items(DUNE)
    assert bench.line.tag is TagState.SWITCHED
    assert len(acts(bench)) == 1, "switched only, never borrowed twice"


@story
async def test_tag_that_cannot_be_switched_is_left_to_staff(bench: Bench) -> None:
    bench.pad.results.append(SwitchResult.FAILED)
    await bench.tap()
    await bench.lay_items(DUNE)
    assert (bench.line.state, bench.line.tag) == (LineState.DONE, TagState.FAILED)


@story
async def test_return_is_submitted_even_if_its_tag_cannot_be_switched(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    bench.pad.results.append(SwitchResult.FAILED)
    await bench.press("return")
    await bench.lay_items(DUNE)
    assert bench.line.tag is TagState.FAILED
    assert len(acts(bench)) == 1


@story
async def test_returned_item_lifted_off_before_it_is_secured_is_not_returned(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    bench.pad.results.append(SwitchResult.GONE)
    await bench.press("return")
    await bench.lay_items(DUNE)
    assert (bench.line.state, bench.line.tag) == (LineState.WAITING, TagState.LIFTED)
    assert acts(bench) == []
    await bench.lift_items()
    await bench.lay_items(DUNE)
    assert bench.line.tag is TagState.SWITCHED and len(acts(bench)) == 1


@story
async def test_refused_item_stays_on_the_list_without_covering_it(bench: Bench) -> None:
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.tap(LIN_UID)
    await bench.lay_items(DUNE, EMMA)
    shown(bench.view, Borrowing)
    assert {line.item: line.state for line in bench.lines} == {DUNE: LineState.DONE, EMMA: LineState.REFUSED}
    assert bench.pad.switched == [(1, False)], "only what was borrowed is switched"
    await bench.press("why", item=EMMA)
    assert shown(bench.view, Refused).line.item == EMMA


@story
async def test_loan_refused_by_the_central_leaves_its_tag_alone(bench: Bench) -> None:
    bench.library.refuses_next = Reason.CENTRAL_FORBIDS
    await bench.tap()
    await bench.lay_items(DUNE)
    assert bench.line.state is LineState.REFUSED and bench.pad.switched == []


@story
async def test_tags_that_name_no_item_are_counted_and_never_switched(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(
        DUNE,
        bench.tag(trouble=TagTrouble.BLANK),
        bench.tag(trouble=TagTrouble.DAMAGED),
        bench.tag("99", owner="DE-1"),
        bench.tag(trouble=TagTrouble.FOREIGN),
        bench.tag("20000000000012", usage=Usage.PATRON_CARD),
    )
    on_pad = shown(bench.view, Borrowing).on_pad
    assert on_pad is not None and (on_pad.items, on_pad.problems) == (5, tuple(TagProblem))
    assert [line.item for line in bench.lines] == [DUNE]
    assert len(bench.pad.switched) == 1
    await bench.scan(EMMA)
    on_pad = shown(bench.view, Borrowing).on_pad
    assert on_pad is not None and on_pad.nameless == 3, "one of them was borrowed by its label"
    assert bench.gate.pulses == 1


@under(replace(RULES, tag_owners=frozenset({"CN-511500"})))
async def test_tag_of_another_owner_is_not_borrowed(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(
        bench.tag(DUNE, owner="CN-511500"), bench.tag(EMMA, owner="DK-775100"), bench.tag(ZHUANGZI, owner="")
    )
    assert [line.item for line in bench.lines] == [ZHUANGZI, DUNE]
    on_pad = shown(bench.view, Borrowing).on_pad
    assert on_pad is not None and on_pad.problems == (TagProblem.OTHER_LIBRARY,)


@story
async def test_item_that_the_library_system_keeps_secured_may_ring(bench: Bench) -> None:
    bench.library.keeps_security = True
    await bench.tap()
    await bench.lay_items(DUNE)
    assert (bench.line.state, bench.line.tag) == (LineState.DONE, TagState.KEPT)
    await bench.lift_items()
    await bench.lay_items(DUNE)
    assert bench.pad.switched == []
    await bench.press("finish", "receipt_none")
    assert not any(isinstance(act, TagReport) for act in acts(bench)), "it is as the library wants it"


@story
async def test_gate_keeps_shut_for_a_label_that_the_library_system_keeps_secured(bench: Bench) -> None:
    bench.library.keeps_security = True
    await bench.borrow(DUNE)
    assert bench.line.state is LineState.DONE
    assert bench.gate.pulses == 0


@story
async def test_finish_with_an_unread_tag_asks_once(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE, bench.tag(trouble=TagTrouble.SILENT))
    await bench.press("finish")
    assert shown(bench.view, Borrowing).notice == "finish_unread"
    await bench.press("finish")
    shown(bench.view, Farewell)


@story
async def test_finish_with_a_card_on_the_pad_asks_nothing(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE, bench.tag("20000000000012", usage=Usage.PATRON_CARD))
    await bench.press("finish")
    shown(bench.view, Farewell)


@story
async def test_label_and_tag_of_an_item_are_one_line(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    assert bench.gate.pulses == 1
    await bench.lay_items(DUNE)
    assert len(bench.lines) == 1 and bench.line.tag is TagState.SWITCHED
    await bench.scan(DUNE)
    assert len(acts(bench)) == 1


@story
async def test_number_on_two_tags_is_one_loan_and_lets_neither_pass(bench: Bench) -> None:
    await bench.tap()
    second = bench.tag(DUNE)
    await bench.lay_items(DUNE, second)
    assert [(line.item, line.state, line.tag) for line in bench.lines] == [(DUNE, LineState.DONE, TagState.FAILED)]
    on_pad = shown(bench.view, Borrowing).on_pad
    assert on_pad is not None and on_pad.doubled == 1
    assert bench.pad.switched == [], "one of the tags may be on a book that is not on loan"
    await bench.lift_tag(second)
    await bench.press("read_again")
    assert len(bench.pad.switched) == 1 and bench.line.tag is TagState.SWITCHED


@story
async def test_number_on_two_tags_is_reported_to_staff(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE, DUNE)
    await bench.press("finish", "receipt_none")
    assert TagReport(DUNE, TagFinding.RINGS) in acts(bench)


@story
async def test_number_on_two_tags_is_returned_with_both_secured(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.press("return")
    await bench.lay_items(DUNE, DUNE)
    assert sorted(bench.pad.switched) == [(1, True), (2, True)]
    on_pad = shown(bench.view, Returning).on_pad
    assert on_pad is not None and on_pad.doubled == 1


@story
async def test_incomplete_set_waits_for_its_parts(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(bench.tag(DUNE, parts=3, part=1), bench.tag(DUNE, parts=3, part=3))
    assert (bench.line.state, bench.line.missing) == (LineState.WAITING, (2,))
    assert bench.line.title == "Dune" and acts(bench) == []
    await bench.lay_items(bench.tag(DUNE, parts=3, part=2))
    assert (bench.line.state, bench.line.missing, bench.line.tag) == (LineState.DONE, (), TagState.SWITCHED)
    assert len(bench.pad.switched) == 3


@under(LENIENT)
async def test_library_may_lend_incomplete_sets(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(bench.tag(DUNE, parts=3, part=1))
    assert bench.line.state is LineState.DONE


@story
async def test_unsteady_pile_waits(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE, steady=False)
    assert bench.lines == ()
    await bench.lay_items()
    assert bench.line.state is LineState.DONE


@story
async def test_read_again_takes_a_refused_item_once_more(bench: Bench) -> None:
    bench.library.refuses_next = Reason.CENTRAL_FORBIDS
    await bench.tap()
    await bench.lay_items(DUNE, EMMA)
    assert {line.item: line.state for line in bench.lines} == {DUNE: LineState.REFUSED, EMMA: LineState.DONE}
    await bench.press("read_again")
    assert {line.state for line in bench.lines} == {LineState.DONE}
    assert len([act for act in acts(bench) if isinstance(act, Checkout) and act.item == EMMA]) == 1


@story
async def test_undo_makes_the_gate_ring_again(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE)
    await bench.press("undo")
    assert bench.pad.switched == [(1, False), (1, True)]


@story
async def test_offline_pile_is_saved_and_switched_off(bench: Bench) -> None:
    await bench.network(up=False)
    await bench.tap()
    await bench.lay_items(DUNE, ATLAS)
    assert {(line.state, line.tag) for line in bench.lines} == {(LineState.SAVED, TagState.SWITCHED)}


@story
async def test_finish_waits_until_the_tags_are_switched(bench: Bench) -> None:
    await bench.tap()
    bench.pad.hold_back()
    await bench.lay_items(DUNE)
    await bench.press("finish")
    assert shown(bench.view, Borrowing).notice == "wait_for_checking"
    bench.pad.go_on()
    await bench.settle()
    assert shown(bench.view, Farewell).lines[0].tag is TagState.SWITCHED


@story
async def test_loan_of_an_item_off_the_pad_is_not_undone(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE)
    await bench.lift_items()
    await bench.press("undo")
    assert shown(bench.view, Borrowing).notice == "put_back_to_undo"
    assert bench.line.state is LineState.DONE and len(acts(bench)) == 1


@story
async def test_undo_secures_a_tag_that_may_have_been_switched_off_unverified(bench: Bench) -> None:
    bench.pad.results.append(SwitchResult.FAILED)
    await bench.tap()
    await bench.lay_items(DUNE)
    assert bench.line.tag is TagState.FAILED
    await bench.press("undo")
    assert bench.pad.switched == [(1, True)]
    assert [type(act) for act in acts(bench)] == [Checkout, Undo]


@story
async def test_loan_stays_if_its_tag_cannot_be_secured_again(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE)
    bench.pad.results.append(SwitchResult.FAILED)
    await bench.press("undo")
    assert (bench.line.state, bench.line.tag) == (LineState.DONE, TagState.FAILED)
    assert [type(act) for act in acts(bench)] == [Checkout]


@story
async def test_item_lifted_off_before_the_card_is_not_borrowed_by_a_late_answer(bench: Bench) -> None:
    await bench.press("borrow")
    bench.library.hold_answers()
    await bench.lay_items(DUNE)
    await bench.lift_items()
    await bench.release_answers()
    await bench.tap()
    assert shown(bench.view, Borrowing).lines == () and acts(bench) == []


@story
async def test_incomplete_set_lifted_off_is_not_borrowed_by_a_late_answer(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.lay_items(bench.tag(DUNE, parts=2, part=1))
    await bench.lift_items()
    await bench.release_answers()
    assert bench.lines == () and acts(bench) == []


@story
async def test_set_that_loses_a_part_before_the_loan_waits(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    first, second = bench.tag(DUNE, parts=2, part=1), bench.tag(DUNE, parts=2, part=2)
    await bench.lay_items(first, second)
    await bench.lift_tag(second)
    await bench.release_answers()
    assert (bench.line.state, bench.line.tag) == (LineState.WAITING, TagState.LIFTED)
    assert acts(bench) == []


@story
async def test_item_returned_by_its_label_is_secured_when_it_lies_on_the_pad(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.bring_back(DUNE)
    await bench.lay_items(DUNE)
    assert bench.line.tag is TagState.SWITCHED and bench.pad.switched == [(1, True)]
    assert len(acts(bench)) == 1


@story
async def test_label_scanned_during_the_question_stays_in_the_pile(bench: Bench) -> None:
    await bench.lay_items(DUNE)
    await bench.scan(EMMA)
    await bench.press("borrow")
    assert {line.item for line in shown(bench.view, Identify).lines} == {DUNE, EMMA}


@story
async def test_books_of_the_patron_before_are_not_read_again(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE)
    await bench.press("finish", "receipt_none")
    bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.tap(LIN_UID)
    await bench.lay_items(EMMA)
    await bench.press("read_again")
    assert {line.item for line in bench.lines} == {EMMA}


@story
async def test_label_rescues_an_item_that_was_lifted_off(bench: Bench) -> None:
    await bench.tap()
    bench.library.hold_answers()
    await bench.lay_items(DUNE)
    await bench.lift_items()
    await bench.release_answers()
    await bench.scan(DUNE)
    assert bench.line.state is LineState.DONE and bench.gate.pulses == 1


@story
async def test_item_owed_at_the_farewell_is_switched_off_when_it_is_put_back(bench: Bench) -> None:
    bench.pad.results.append(SwitchResult.GONE)
    await bench.tap()
    await bench.lay_items(DUNE)
    await bench.lift_items()
    await bench.press("finish")
    await bench.lay_items(DUNE)
    assert shown(bench.view, Farewell).lines[0].tag is TagState.SWITCHED


@story
async def test_loan_that_may_ring_is_reported_when_the_patron_has_gone(bench: Bench) -> None:
    await bench.tap()
    bench.pad.results.append(SwitchResult.FAILED)
    await bench.lay_items(DUNE)
    assert not [act for act in acts(bench) if isinstance(act, TagReport)], "it may be laid down again"
    await bench.press("finish")
    await bench.lift_items()
    await bench.wait(180)
    assert [act for act in acts(bench) if isinstance(act, TagReport)] == [TagReport(DUNE, TagFinding.RINGS)]


@story
async def test_undo_that_is_refused_leaves_the_loan_switched_off(bench: Bench) -> None:
    await bench.tap()
    await bench.lay_items(DUNE)
    bench.library.refuses_next = Reason.NOTHING_TO_UNDO
    await bench.press("undo")
    assert bench.pad.switched == [(1, False), (1, True), (1, False)]


@story
async def test_incomplete_return_is_accepted_and_reported_to_staff(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.press("return")
    await bench.lay_items(bench.tag(DUNE, parts=2, part=1))
    assert (bench.line.tag, bench.line.missing) == (TagState.SWITCHED, (2,))
    assert [type(act) for act in acts(bench)] == [Checkin, TagReport]
    assert acts(bench)[-1] == TagReport(DUNE, TagFinding.INCOMPLETE)
    await bench.lay_items(bench.tag(DUNE, parts=2, part=2))
    assert (bench.line.tag, bench.line.missing) == (TagState.SWITCHED, ())


IN_BIN = replace(RULES, returns="bin", pad_in_bin=True)


def put_on_loan(bench: Bench) -> None:
    for item in (DUNE, EMMA):
        bench.item(item, status=ItemStatus.ON_LOAN, holder=ADA_REF)


@under(IN_BIN)
async def test_book_that_falls_into_a_bin_with_a_pad_is_returned(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.post(DropSensed())
    await bench.lay_items(DUNE)
    assert [(line.item, line.state, line.tag) for line in shown(bench.view, Returning).lines] == [
        (DUNE, LineState.DONE, TagState.SWITCHED)
    ]
    assert acts(bench) == [Checkin(DUNE, ReturnMode.BIN)]
    assert bench.pad.switched == [(1, True)]


@under(IN_BIN)
async def test_sensor_may_detect_the_book_after_its_tag_was_read(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.lay_items(DUNE)
    assert acts(bench) == []
    await bench.post(DropSensed())
    assert acts(bench) == [Checkin(DUNE, ReturnMode.BIN)]


@under(IN_BIN)
async def test_tag_near_the_bin_without_a_fall_is_returned_provisionally(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.lay_items(DUNE)
    await bench.wait(DROP_SECONDS)
    assert acts(bench) == [Checkin(DUNE, ReturnMode.PROVISIONAL)]


@under(IN_BIN)
async def test_two_books_in_one_fall_are_returned_provisionally(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.post(DropSensed())
    await bench.lay_items(DUNE, EMMA)
    await bench.wait(DROP_SECONDS)
    assert {act.mode for act in acts(bench) if isinstance(act, Checkin)} == {ReturnMode.PROVISIONAL}


@under(IN_BIN)
async def test_two_falls_and_two_tags_are_two_returns(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.post(DropSensed())
    await bench.post(DropSensed())
    await bench.lay_items(DUNE, EMMA)
    assert [act.mode for act in acts(bench) if isinstance(act, Checkin)] == [ReturnMode.BIN] * 2


@under(IN_BIN)
async def test_fall_before_a_label_is_scanned_says_nothing_about_it(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.press("return")
    await bench.post(DropSensed())
    await bench.scan(DUNE)
    await bench.wait(DROP_SECONDS)
    assert acts(bench) == [Checkin(DUNE, ReturnMode.PROVISIONAL)]


@under(IN_BIN)
async def test_old_fall_counts_for_no_book(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.post(DropSensed())
    await bench.wait(DROP_SECONDS + 1)
    await bench.lay_items(DUNE)
    await bench.wait(DROP_SECONDS)
    assert acts(bench) == [Checkin(DUNE, ReturnMode.PROVISIONAL)]


@under(IN_BIN)
async def test_nothing_in_the_bin_is_borrowed(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.tap()
    await bench.post(DropSensed())
    await bench.lay_items(DUNE)
    assert shown(bench.view, Borrowing).lines == () and acts(bench) == []
    await bench.press("finish")
    assert [line.item for line in shown(bench.view, Returning).lines] == [DUNE], "it waited for the visit to end"
    assert acts(bench) == [Checkin(DUNE, ReturnMode.BIN)]


@under(IN_BIN)
async def test_unread_book_in_the_bin_is_shown_to_one_patron_only(bench: Bench) -> None:
    put_on_loan(bench)
    await bench.lay_items(bench.tag(trouble=TagTrouble.BLANK))
    on_pad = shown(bench.view, Returning).on_pad
    assert on_pad is not None and on_pad.problems == (TagProblem.BLANK,)
    await bench.press("finish")
    shown(bench.view, Welcome)
    await bench.post(DropSensed())
    await bench.lay_items(DUNE)
    assert shown(bench.view, Returning).on_pad is None


@story
async def test_book_returned_by_its_label_is_secured_once_its_return_is_settled(bench: Bench) -> None:
    bench.item(DUNE, status=ItemStatus.ON_LOAN, holder=ADA_REF)
    await bench.press("return")
    bench.library.send_slowly()
    await bench.scan(DUNE)
    await bench.lay_items(DUNE)
    assert bench.pad.switched == []
    await bench.send()
    assert bench.pad.switched == [(1, True)]


@story
async def test_farewell_says_that_a_loan_may_ring(bench: Bench) -> None:
    bench.pad.results.extend([SwitchResult.FAILED])
    await bench.tap()
    await bench.lay_items(DUNE)
    await bench.press("finish")
    assert [line.may_surprise_gate for line in shown(bench.view, Farewell).lines] == [True]
