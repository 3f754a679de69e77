"""Test the technician screen: personal codes, state and test of every part, pause after wrong codes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.events import CardPresented, DropSensed, JournalFailed, Key, Landed
from kiosk.system.health import ABSENT, READY, Condition, Device, PartName, PartState
from kiosk.views import (
    SPOTS,
    TECHNICIAN_SECONDS,
    Borrowing,
    Help,
    IdleWarning,
    OutOfOrder,
    SignIn,
    Technician,
    TouchTest,
    Trial,
    Welcome,
)
from tests.kiosk.desk.bench import DUNE, LIN_CODE, RULES, Bench, shown, story, under

PRINTER = PartName.RECEIPT_PRINTER


@story
async def test_a_code_opens_the_technicians_screen_and_is_on_no_glass(bench: Bench) -> None:
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
async def test_a_wrong_code_is_said_and_the_visit_waits_under_it(bench: Bench) -> None:
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
async def test_a_code_half_typed_is_forgotten(bench: Bench) -> None:
    await bench.press("help")
    await bench.press("technician")
    await bench.press("key", choice="2")
    await bench.press("back")
    await bench.press("help")
    await bench.press("technician")
    await bench.type(LIN_CODE[1:])
    assert shown(bench.view, SignIn).problem == "wrong_code"


@story
async def test_a_card_that_ends_the_sign_in_leaves_nothing_of_the_code(bench: Bench) -> None:
    await bench.press("help")
    await bench.press("technician")
    await bench.press("key", choice="2")
    await bench.tap("04A1")
    assert shown(bench.view, Welcome).notice == "card_unreadable"
    assert bench.desk.session.visit.code == ""


@story
async def test_whoever_waits_reads_for_how_long_and_is_asked_again(bench: Bench) -> None:
    await bench.press("help")
    await bench.press("technician")
    for _ in range(5):
        await bench.type("135790")
    told = [shown(bench.view, SignIn).minutes]
    while shown(bench.view, SignIn).problem:
        await bench.wait(20)
        if isinstance(bench.view, IdleWarning):
            await bench.press("stay")
        told.append(shown(bench.view, SignIn).minutes)
    assert [told[0], *dict.fromkeys(told)] == [5, 5, 4, 3, 2, 1, 0]
    await bench.type(LIN_CODE)
    assert shown(bench.view, Technician)


@story
async def test_wrong_codes_typed_while_none_is_asked_about_make_the_wait_no_longer(bench: Bench) -> None:
    """A passer-by who spoils it and goes keeps the technician out for five minutes from the first wrong code."""
    await bench.press("help")
    await bench.press("technician")
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
async def test_after_five_wrong_codes_even_the_right_one_waits(bench: Bench) -> None:
    await bench.press("help")
    await bench.press("technician")
    for _ in range(5):
        await bench.type("135790")
    assert shown(bench.view, SignIn).problem == "codes_paused"
    await bench.type(LIN_CODE)
    assert shown(bench.view, SignIn).problem == "codes_paused"
    await bench.press("back")
    await bench.press("help")
    await bench.press("technician")
    assert shown(bench.view, SignIn).problem == "codes_paused", "walking away helps nobody"
    await bench.wait(300)
    await bench.press("help")
    await bench.sign_in()
    assert shown(bench.view, Technician)


@story
async def test_a_kiosk_without_technicians_says_how_to_name_one(bench: Bench) -> None:
    bench.workshop.codes.clear()
    await bench.post(JournalFailed("missing"))
    await bench.sign_in()
    assert shown(bench.view, SignIn).problem == "no_technician"
    await bench.press("back")
    assert shown(bench.view, OutOfOrder)


@story
async def test_nobody_there_any_more_the_technicians_screen_closes(bench: Bench) -> None:
    await bench.press("help")
    await bench.sign_in()
    await bench.wait(TECHNICIAN_SECONDS - 1)
    assert shown(bench.view, Technician), "hands are at the parts, not at the glass"
    await bench.wait(1)
    assert shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert shown(bench.view, Welcome)


@story
async def test_a_part_that_does_something_is_tried_and_its_failure_is_told(bench: Bench) -> None:
    await bench.part(PRINTER, READY)
    await bench.part(PartName.LIGHTS, READY)
    await bench.part(PartName.SECURITY_GATE, ABSENT)
    bench.workshop.broken.add(PRINTER)
    await bench.press("help")
    await bench.sign_in()
    await bench.press("test", choice="receipt_printer")
    await bench.press("test", choice="lights")
    assert bench.workshop.tried == [PRINTER, PartName.LIGHTS]
    assert shown(bench.view, Technician).trials == {PRINTER: Trial.FAILED, PartName.LIGHTS: Trial.DONE}
    with pytest.raises(AssertionError):
        await bench.press("test", choice="security_gate")


@story
async def test_parts_that_see_something_tell_it_and_start_no_visit(bench: Bench) -> None:
    await bench.press("help")
    await bench.sign_in()
    await bench.tap()
    await bench.scan(DUNE)
    await bench.keys(Key.NEXT)
    await bench.post(DropSensed())
    seen = (PartName.CARD_READER, PartName.BARCODE_SCANNER, PartName.KEYS, PartName.BIN)
    assert shown(bench.view, Technician).trials == dict.fromkeys(seen, Trial.SEEN)
    assert not bench.library.acts and not bench.library.asked, "nothing is lent to the technician"
    await bench.part(PRINTER, PartState(Condition.FAULTY, "cover_open"))
    assert shown(bench.view, Technician).trials, "a change of health forgets no test"
    await bench.press("back")
    assert shown(bench.view, Welcome)


@story
async def test_help_asks_nobody_for_a_code(bench: Bench) -> None:
    await bench.press("help")
    assert shown(bench.view, Help)
    await bench.press("back")
    assert shown(bench.view, Welcome)


async def touch_spots(bench: Bench, *off: float) -> None:
    await bench.press("help")
    await bench.sign_in()
    await bench.press("test", choice="touch")
    for each in off:
        await bench.post(Landed(each))


@pytest.mark.parametrize(("farthest", "trial"), [(6.0, Trial.DONE), (6.1, Trial.FAILED)])
def test_touch_is_tried_at_every_spot_and_the_farthest_one_counts(farthest: float, trial: Trial) -> None:
    @story
    async def told(bench: Bench) -> None:
        await touch_spots(bench, 0.5, farthest, 0.2, 1.0)
        assert shown(bench.view, TouchTest).trial is None
        await bench.post(Landed(0.1))
        await bench.post(Landed(99.0))
        assert shown(bench.view, TouchTest).landed == (0.5, farthest, 0.2, 1.0, 0.1)
        await bench.press("back")
        assert shown(bench.view, Technician).trials == {Device.TOUCH: trial}

    told()


@story
async def test_a_test_of_touch_that_is_left_tells_nothing(bench: Bench) -> None:
    await touch_spots(bench, 0.5, 40.0)
    await bench.keys(Key.BACK)
    assert Device.TOUCH not in shown(bench.view, Technician).trials
    await bench.press("test", choice="touch")
    assert shown(bench.view, TouchTest).landed == (), "the next one begins anew"


@story
async def test_what_happens_meanwhile_is_told_after_the_test_of_touch(bench: Bench) -> None:
    await touch_spots(bench, *[0.0] * len(SPOTS))
    await bench.post(CardPresented("04A2"))
    await bench.part(PRINTER, READY)
    await bench.press("back")
    view = shown(bench.view, Technician)
    assert view.trials == {Device.TOUCH: Trial.DONE, PartName.CARD_READER: Trial.SEEN}
    assert view.parts[PRINTER] == READY
    assert not bench.library.asked


@story
async def test_nobody_there_any_more_the_test_of_touch_closes_too(bench: Bench) -> None:
    await touch_spots(bench, 1.0)
    await bench.wait(TECHNICIAN_SECONDS)
    assert shown(bench.view, IdleWarning)
    await bench.press("stay")
    assert shown(bench.view, TouchTest).landed == (1.0,)
    await bench.wait(TECHNICIAN_SECONDS + 20)
    assert shown(bench.view, Welcome)


@story
async def test_touches_elsewhere_mean_nothing(bench: Bench) -> None:
    await bench.post(Landed(3.0))
    assert shown(bench.view, Welcome)


@story
async def test_a_kiosk_without_a_speaker_offers_no_test_of_it(bench: Bench) -> None:
    await bench.press("help")
    await bench.sign_in()
    with pytest.raises(AssertionError):
        await bench.press("test", choice="speaker")


@under(replace(RULES, speaker=True))
async def test_the_speaker_is_tried(bench: Bench) -> None:
    bench.workshop.broken.add(Device.SPEAKER)
    await bench.press("help")
    await bench.sign_in()
    await bench.press("test", choice="speaker")
    assert bench.workshop.tried == [Device.SPEAKER]
    assert shown(bench.view, Technician).trials == {Device.SPEAKER: Trial.FAILED}
