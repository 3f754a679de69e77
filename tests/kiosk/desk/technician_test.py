"""Test the technician screen: personal codes, state tests of parts, pause after wrong codes, staff calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.events import CardPresented, DropSensed, JournalFailed, Key, Pressed, TargetTouched
from kiosk.system.health import ABSENT, READY, Condition, Device, PartName, PartState
from kiosk.views import (
    SPOTS,
    TECHNICIAN_SECONDS,
    Borrowing,
    Help,
    Identify,
    IdleWarning,
    OutOfOrder,
    Refused,
    SignIn,
    Technician,
    TouchTest,
    Trial,
    Welcome,
    actions,
)
from lending.model import ItemId, ItemStatus, Reason
from tests.kiosk.desk.bench import (
    ATLAS,
    DUNE,
    EMMA,
    FILM,
    LIN_CODE,
    RULES,
    UNKNOWN_UID,
    Bench,
    running_bench,
    shown,
    story,
    under,
)
from tests.kiosk.sync.bench import run_async

PRINTER = PartName.RECEIPT_PRINTER
OFFERED = ("back", "report", "test_touch", "test_all")
PIN = replace(RULES, pin="always")


@story
async def test_technician_code_opens_the_screen_and_is_never_shown(bench: Bench) -> None:
    bench.backlog = (3, 2, 8000.0, 0.075, 1)
    await bench.part(PRINTER, READY)
    await bench.press("help")
    await bench.sign_in()
    view = shown(bench.view, Technician)
    assert (view.queue_age, view.delay) == (8000.0, 0.075)
    assert (view.by, view.queued, view.exceptions, view.reported_exceptions, view.kiosk) == ("lin", 3, 2, 1, "kiosk-1")
    assert LIN_CODE not in repr(bench.glass.drawn) and LIN_CODE not in repr(bench.desk.session)
    assert bench.desk.session.visit.code == ""


@story
async def test_wrong_code_is_reported_and_back_returns_to_the_visit(bench: Bench) -> None:
    await bench.tap()
    await bench.press("help")
    await bench.sign_in("135790")
    assert shown(bench.view, SignIn).problem == "wrong_code"
    await bench.press("key", choice="1")
    assert shown(bench.view, SignIn) == SignIn(shown(bench.view, SignIn).under, typed="•")
    await bench.press("erase")
    assert shown(bench.view, SignIn).typed == ""
    await bench.press("back")
    assert shown(bench.view, Borrowing)


@story
async def test_partly_typed_code_is_forgotten(bench: Bench) -> None:
    await bench.press("help", "technician", "key", choice="2")
    await bench.press("back", "help", "technician")
    await bench.type(LIN_CODE[1:])
    assert shown(bench.view, SignIn).problem == "wrong_code"


@story
async def test_card_during_sign_in_clears_the_code(bench: Bench) -> None:
    await bench.press("help", "technician", "key", choice="2")
    await bench.tap("04A1")
    assert shown(bench.view, Welcome).notice == "card_unreadable"
    assert bench.desk.session.visit.code == ""


@story
async def test_code_pause_counts_down_in_minutes(bench: Bench) -> None:
    await bench.press("help", "technician")
    for _ in range(5):
        await bench.type("135790")
    minutes = [shown(bench.view, SignIn).minutes]
    while shown(bench.view, SignIn).problem:
        await bench.wait(20)
        if isinstance(bench.view, IdleWarning):
            await bench.press("stay")
        minutes.append(shown(bench.view, SignIn).minutes)
    assert [minutes[0], *dict.fromkeys(minutes)] == [5, 5, 4, 3, 2, 1, 0]
    await bench.type(LIN_CODE)
    assert shown(bench.view, Technician)


@story
async def test_wrong_codes_during_the_pause_do_not_extend_the_pause(bench: Bench) -> None:
    """The technician waits at most five minutes from the first wrong code."""
    await bench.press("help", "technician")
    for _ in range(5):
        await bench.type("135790")
        await bench.wait(10)
    for _ in range(20):
        await bench.type("135790")
        await bench.wait(12)
    assert shown(bench.view, SignIn).minutes == 1
    await bench.wait(10)
    await bench.type(LIN_CODE)
    assert shown(bench.view, Technician)


@story
async def test_right_code_is_refused_during_the_pause(bench: Bench) -> None:
    await bench.press("help", "technician")
    for _ in range(5):
        await bench.type("135790")
    assert shown(bench.view, SignIn).problem == "codes_paused"
    await bench.type(LIN_CODE)
    assert shown(bench.view, SignIn).problem == "codes_paused"
    await bench.press("back", "help", "technician")
    assert shown(bench.view, SignIn).problem == "codes_paused", "leaving does not end the pause"
    await bench.wait(300)
    await bench.press("help")
    await bench.sign_in()
    assert shown(bench.view, Technician)


@story
async def test_kiosk_without_technicians_shows_no_technician(bench: Bench) -> None:
    bench.workshop.codes.clear()
    await bench.post(JournalFailed("missing"))
    await bench.sign_in()
    assert shown(bench.view, SignIn).problem == "no_technician"
    await bench.press("back")
    assert shown(bench.view, OutOfOrder)


@story
async def test_idle_technician_screen_closes(bench: Bench) -> None:
    await bench.press("help")
    await bench.sign_in()
    await bench.wait(TECHNICIAN_SECONDS - 1)
    assert shown(bench.view, Technician), "repairs need a longer timeout"
    await bench.wait(1)
    assert shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert shown(bench.view, Welcome)


@under(replace(RULES, speaker=True))
async def test_all_parts_are_tested_one_after_another(bench: Bench) -> None:
    await bench.part(PRINTER, READY)
    await bench.part(PartName.LIGHTS, READY)
    await bench.part(PartName.SECURITY_GATE, ABSENT)
    bench.workshop.broken.add(PRINTER)
    await bench.press("help")
    await bench.sign_in()
    await bench.press("test_all")
    assert bench.workshop.tried == [PRINTER, PartName.LIGHTS, Device.SPEAKER]
    view = shown(bench.view, Technician)
    assert view.trials == {PRINTER: Trial.FAILED, PartName.LIGHTS: Trial.DONE, Device.SPEAKER: Trial.DONE}
    running = [
        [each for each, trial in view.trials.items() if trial is Trial.RUNNING]
        for view, _ in bench.glass.drawn
        if isinstance(view, Technician)
    ]
    assert max(map(len, running)) == 1, "a technician looks at one part at a time"


@story
async def test_no_further_part_is_tried_once_the_technician_has_left(bench: Bench) -> None:
    await bench.part(PRINTER, READY)
    await bench.part(PartName.LIGHTS, READY)
    await bench.press("help")
    await bench.sign_in()
    bench.workshop.on_try = lambda: bench.inbox.post(Pressed("back"))
    await bench.press("test_all")
    assert bench.workshop.tried == [PRINTER]


@story
async def test_the_report_is_printed_and_says_whether_it_came_out(bench: Bench) -> None:
    await bench.part(PRINTER, READY)
    await bench.press("help")
    await bench.sign_in()
    await bench.press("report")
    (printed,) = bench.printer.reports
    assert (printed.by, printed.parts) == ("lin", {PRINTER: READY})
    assert shown(bench.view, Technician).trials == {PRINTER: Trial.DONE}
    bench.printer.broken = "out_of_paper"
    await bench.press("report")
    assert shown(bench.view, Technician).trials == {PRINTER: Trial.FAILED}


@story
async def test_without_a_printer_there_is_no_report_and_without_parts_that_act_no_test(bench: Bench) -> None:
    await bench.part(PRINTER, ABSENT)
    await bench.press("help")
    await bench.sign_in()
    assert [each.name for each in actions(bench.view, bench.desk.status) if each.name in OFFERED] == [
        "test_touch",
        "back",
    ]


@story
async def test_input_parts_are_marked_seen_and_start_no_visit(bench: Bench) -> None:
    await bench.press("help")
    await bench.sign_in()
    await bench.borrow(DUNE)
    await bench.keys(Key.NEXT)
    await bench.post(DropSensed())
    seen = (PartName.CARD_READER, PartName.BARCODE_SCANNER, PartName.KEYS, PartName.BIN)
    assert shown(bench.view, Technician).trials == dict.fromkeys(seen, Trial.SEEN)
    assert not bench.library.acts and not bench.library.asked, "no lookup and no transaction"
    await bench.part(PRINTER, PartState(Condition.FAULTY, "cover_open"))
    assert shown(bench.view, Technician).trials, "a state change keeps the test results"
    await bench.press("back")
    assert shown(bench.view, Welcome)


@story
async def test_help_opens_without_a_code(bench: Bench) -> None:
    await bench.press("help")
    assert shown(bench.view, Help)
    await bench.press("back")
    assert shown(bench.view, Welcome)


async def touch_spots(bench: Bench, *off: float) -> None:
    await bench.press("help")
    await bench.sign_in()
    await bench.press("test_touch")
    for each in off:
        await bench.post(TargetTouched(each))


@pytest.mark.parametrize(("farthest", "trial"), [(6.0, Trial.DONE), (6.1, Trial.FAILED)])
def test_touch_test_covers_every_spot_and_fails_by_the_farthest(farthest: float, trial: Trial) -> None:
    @story
    async def visit(bench: Bench) -> None:
        await touch_spots(bench, 0.5, farthest, 0.2, 1.0)
        assert shown(bench.view, TouchTest).trial is None
        await bench.post(TargetTouched(0.1))
        await bench.post(TargetTouched(99.0))
        assert shown(bench.view, TouchTest).landed == (0.5, farthest, 0.2, 1.0, 0.1)
        await bench.press("back")
        assert shown(bench.view, Technician).trials == {Device.TOUCH: trial}

    visit()


@story
async def test_abandoned_touch_test_has_no_result(bench: Bench) -> None:
    await touch_spots(bench, 0.5, 40.0)
    await bench.keys(Key.BACK)
    assert Device.TOUCH not in shown(bench.view, Technician).trials
    await bench.press("test_touch")
    assert shown(bench.view, TouchTest).landed == (), "the next test starts empty"


@story
async def test_events_during_the_touch_test_are_shown_afterwards(bench: Bench) -> None:
    await touch_spots(bench, *[0.0] * len(SPOTS))
    await bench.post(CardPresented("04A2"))
    await bench.part(PRINTER, READY)
    await bench.press("back")
    view = shown(bench.view, Technician)
    assert view.trials == {Device.TOUCH: Trial.DONE, PartName.CARD_READER: Trial.SEEN}
    assert view.parts[PRINTER] == READY
    assert not bench.library.asked


@story
async def test_idle_touch_test_closes(bench: Bench) -> None:
    await touch_spots(bench, 1.0)
    await bench.wait(TECHNICIAN_SECONDS)
    assert shown(bench.view, IdleWarning)
    await bench.press("stay")
    assert shown(bench.view, TouchTest).landed == (1.0,)
    await bench.wait(TECHNICIAN_SECONDS + 20)
    assert shown(bench.view, Welcome)


@story
async def test_touch_position_outside_the_test_is_ignored(bench: Bench) -> None:
    await bench.post(TargetTouched(3.0))
    assert shown(bench.view, Welcome)


async def scan_refused(bench: Bench, *items: ItemId) -> Refused:
    for item in items:
        bench.item(item, status=ItemStatus.LOST)
        await bench.scan(item)
        if item is not items[-1]:
            await bench.press("next")
    return shown(bench.view, Refused)


@story
async def test_staff_call_carries_the_refusal_reason(bench: Bench) -> None:
    await bench.press("help", "back")
    await bench.tap()
    await scan_refused(bench, DUNE)
    await bench.press("call_staff")
    assert bench.bell.calls == [("", False), ("item_lost", False)]


@story
async def test_third_refusal_calls_staff_once_and_shows_the_call(bench: Bench) -> None:
    await bench.tap()
    assert not (await scan_refused(bench, DUNE, EMMA)).called and bench.bell.calls == []
    await bench.press("next")
    assert (await scan_refused(bench, ATLAS)).called and bench.bell.calls == [("item_lost", True)]
    await bench.press("next")
    assert not (await scan_refused(bench, FILM)).called and bench.bell.rung == 1


@story
async def test_refusal_covered_by_help_counts_once(bench: Bench) -> None:
    await bench.tap()
    await scan_refused(bench, DUNE)
    for _time in range(3):
        await bench.press("help", "back")
    assert shown(bench.view, Refused) and all(not unasked for _why, unasked in bench.bell.calls)


@under(PIN)
async def test_three_wrong_pins_call_staff(bench: Bench) -> None:
    await bench.tap()
    for _time in range(3):
        await bench.type("0000")
    assert shown(bench.view, Identify).problem is not None
    assert bench.bell.calls == [("pin_wrong", True)]


@story
async def test_refusal_count_restarts_for_the_next_patron(bench: Bench) -> None:
    for _time in range(3):
        await bench.tap(UNKNOWN_UID)
        problem = shown(bench.view, Identify).problem
        assert problem is not None and problem.reason is Reason.UNKNOWN_CARD
        await bench.press("back")
        await bench.lift()
    assert bench.bell.calls == []


@pytest.mark.parametrize("hub", [True, False])
@run_async
async def test_undelivered_staff_call_is_not_shown_as_sent(hub: bool) -> None:
    async with running_bench(replace(RULES, hears=hub)) as bench:
        await bench.tap()
        if hub:
            await bench.network(up=False)
        assert not (await scan_refused(bench, DUNE, EMMA, ATLAS)).called
        assert bench.bell.calls == [("item_lost", True)], "the hub receives it after reconnecting"
