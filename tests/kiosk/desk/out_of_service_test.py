"""Test closing a kiosk remotely: after the current visit, with a reason, reopening by instruction."""

from __future__ import annotations

from kiosk.central import OutOfService
from kiosk.events import Pressed, ServiceInstruction
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Asking, Borrowing, Farewell, Help, OutOfOrder, Technician, View, Welcome
from tests.kiosk.desk.bench import ADA_UID, DUNE, EMMA, LIN_UID, Bench, shown, story

MOVING = OutOfService("正在搬迁", "We are moving")
CLOSED = OutOfOrder("out_of_service", message=MOVING)


def seen(bench: Bench) -> View:
    """What is on the glass now."""
    return bench.view


@story
async def test_an_idle_kiosk_closes_at_once_and_opens_by_itself(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    assert seen(bench) == CLOSED
    await bench.tap()
    await bench.scan(DUNE)
    assert seen(bench) == CLOSED
    await bench.post(ServiceInstruction())
    assert seen(bench) == Welcome()
    await bench.tap()
    assert isinstance(bench.view, Borrowing)


@story
async def test_a_visit_that_goes_on_ends_first_with_all_that_was_agreed(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    await bench.post(ServiceInstruction(MOVING))
    await bench.scan(EMMA)
    assert [line.item for line in bench.lines] == [EMMA, DUNE]
    await bench.press("finish")
    assert isinstance(bench.view, Farewell)
    await bench.press("receipt_none")
    assert seen(bench) == CLOSED
    assert len(bench.library.acts) == 2


@story
async def test_at_the_farewell_no_other_visit_begins(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE)
    await bench.press("finish")
    await bench.post(ServiceInstruction(MOVING))
    await bench.lay(LIN_UID)
    await bench.scan(EMMA)
    assert isinstance(bench.view, Farewell)
    await bench.wait(60)
    assert seen(bench) == CLOSED


@story
async def test_a_question_at_the_first_screen_is_a_visit_too(bench: Bench) -> None:
    bench.item(DUNE)
    await bench.scan(DUNE)
    if isinstance(bench.view, Asking):
        await bench.post(ServiceInstruction(MOVING))
        assert isinstance(bench.view, Asking)
        await bench.press("back")
    else:
        await bench.post(ServiceInstruction(MOVING))
        await bench.press("finish")
    await bench.wait(60)
    assert seen(bench) == CLOSED


@story
async def test_another_card_in_mid_visit_begins_none_when_staff_close(bench: Bench) -> None:
    await bench.lay(ADA_UID)
    await bench.lift()
    await bench.lay(LIN_UID)
    shown(bench.view, Asking)
    await bench.post(ServiceInstruction(MOVING))
    await bench.press("finish")
    assert seen(bench) == CLOSED


@story
async def test_the_language_can_be_changed_and_the_technician_comes_in(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    await bench.choose("language_en")
    assert (seen(bench), bench.desk.status.language) == (CLOSED, "en")
    await bench.sign_in()
    assert isinstance(bench.view, Technician)
    await bench.post(ServiceInstruction())
    await bench.press("back")
    assert isinstance(seen(bench), Welcome)


@story
async def test_what_the_journal_says_goes_before(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full"))
    await bench.post(ServiceInstruction())
    assert isinstance(bench.view, OutOfOrder)
    await bench.part(PartName.JOURNAL, READY)
    assert seen(bench) == Welcome()


@story
async def test_a_new_message_replaces_the_old_one(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    later = OutOfService("明天恢复", "Back tomorrow")
    await bench.post(ServiceInstruction(later))
    assert seen(bench) == OutOfOrder("out_of_service", message=later)


@story
async def test_a_revoked_kiosk_promises_nothing_more_and_says_so(bench: Bench) -> None:
    await bench.post(ServiceInstruction(OutOfService("", "", why="revoked")))
    assert seen(bench) == OutOfOrder("revoked")
    await bench.tap()
    assert seen(bench) == OutOfOrder("revoked")


@story
async def test_it_shows_itself_when_staff_look_for_it_and_never_in_a_visit(bench: Bench) -> None:
    await bench.post(ServiceInstruction(identify=True))
    assert shown(bench.view, Welcome).notice == "identify"
    await bench.wait(61)
    assert seen(bench) == Welcome()
    await bench.tap()
    await bench.post(ServiceInstruction(identify=True))
    assert isinstance(bench.view, Borrowing)


@story
async def test_help_rings_once_per_press(bench: Bench) -> None:
    await bench.press("help")
    assert isinstance(bench.view, Help)
    assert bench.bell.rung == 1
    await bench.post(Pressed("help"))
    assert bench.bell.rung == 1, "help is there already"
    await bench.press("back")
    await bench.press("help")
    assert bench.bell.rung == 2


@story
async def test_staff_can_be_called_to_a_kiosk_that_is_out_of_order(bench: Bench) -> None:
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full"))
    await bench.press("call_staff")
    assert (seen(bench), bench.bell.calls) == (Help(OutOfOrder("full")), [("out_of_order", False)])
    await bench.wait(81)
    assert seen(bench) == OutOfOrder("full")
