"""Test closing a kiosk remotely: after the current visit, with a reason, reopening by instruction."""

from __future__ import annotations

from kiosk.central import OutOfService
from kiosk.events import Pressed, ServiceInstruction
from kiosk.system.health import READY, Condition, PartName, PartState
from kiosk.views import Asking, Borrowing, Farewell, Help, OutOfOrder, Technician, View, Welcome
from tests.kiosk.desk.bench import ADA_UID, DUNE, EMMA, LIN_UID, Bench, shown, story

MOVING = OutOfService({"zh": "正在搬迁", "en": "We are moving"})
CLOSED = OutOfOrder("out_of_service", message=MOVING)


def current_view(bench: Bench) -> View:
    """Current view, without the narrowed type of an earlier assertion."""
    return bench.view


@story
async def test_idle_kiosk_closes_and_reopens_by_instruction(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    assert current_view(bench) == CLOSED
    await bench.borrow(DUNE)
    assert current_view(bench) == CLOSED
    await bench.post(ServiceInstruction())
    assert current_view(bench) == Welcome()
    await bench.tap()
    assert isinstance(bench.view, Borrowing)


@story
async def test_closing_waits_for_the_current_visit(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.post(ServiceInstruction(MOVING))
    await bench.scan(EMMA)
    assert [line.item for line in bench.lines] == [EMMA, DUNE]
    await bench.press("finish")
    assert isinstance(bench.view, Farewell)
    await bench.press("receipt_none")
    assert current_view(bench) == CLOSED
    assert len(bench.library.acts) == 2


@story
async def test_closing_at_farewell_admits_no_new_visit(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await bench.press("finish")
    await bench.post(ServiceInstruction(MOVING))
    await bench.lay(LIN_UID)
    await bench.scan(EMMA)
    assert isinstance(bench.view, Farewell)
    await bench.wait(60)
    assert current_view(bench) == CLOSED


@story
async def test_question_at_welcome_delays_closing(bench: Bench) -> None:
    await bench.scan(DUNE)
    await bench.post(ServiceInstruction(MOVING))
    assert isinstance(bench.view, Asking)
    await bench.press("back")
    await bench.wait(60)
    assert current_view(bench) == CLOSED


@story
async def test_closing_during_the_second_card_question_admits_no_new_visit(bench: Bench) -> None:
    await bench.lay(ADA_UID)
    await bench.lift()
    await bench.lay(LIN_UID)
    shown(bench.view, Asking)
    await bench.post(ServiceInstruction(MOVING))
    await bench.press("finish")
    assert current_view(bench) == CLOSED


@story
async def test_closed_kiosk_still_offers_languages_and_technician_access(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    await bench.choose("language_en")
    assert (current_view(bench), bench.desk.status.language) == (CLOSED, "en")
    await bench.sign_in()
    assert isinstance(bench.view, Technician)
    await bench.post(ServiceInstruction())
    await bench.press("back")
    assert isinstance(current_view(bench), Welcome)


@story
async def test_journal_failure_takes_precedence_over_a_closing_instruction(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full"))
    await bench.post(ServiceInstruction())
    assert isinstance(bench.view, OutOfOrder)
    await bench.part(PartName.JOURNAL, READY)
    assert current_view(bench) == Welcome()


@story
async def test_new_closing_message_replaces_the_old_one(bench: Bench) -> None:
    await bench.post(ServiceInstruction(MOVING))
    later = OutOfService({"zh": "明天恢复", "en": "Back tomorrow"})
    await bench.post(ServiceInstruction(later))
    assert current_view(bench) == OutOfOrder("out_of_service", message=later)


@story
async def test_revoked_kiosk_shows_the_reason_and_accepts_nothing(bench: Bench) -> None:
    await bench.post(ServiceInstruction(OutOfService({}, why="revoked")))
    assert current_view(bench) == OutOfOrder("revoked")
    await bench.tap()
    assert current_view(bench) == OutOfOrder("revoked")


@story
async def test_identify_instruction_shows_a_notice_only_while_idle(bench: Bench) -> None:
    await bench.post(ServiceInstruction(identify=True))
    assert shown(bench.view, Welcome).notice == "identify"
    await bench.wait(61)
    assert current_view(bench) == Welcome()
    await bench.tap()
    await bench.post(ServiceInstruction(identify=True))
    assert isinstance(bench.view, Borrowing)


@story
async def test_each_press_of_help_calls_staff_once(bench: Bench) -> None:
    await bench.press("help")
    assert isinstance(bench.view, Help)
    assert bench.bell.rung == 1
    await bench.post(Pressed("help"))
    assert bench.bell.rung == 1, "Help is already open"
    await bench.press("back", "help")
    assert bench.bell.rung == 2


@story
async def test_staff_can_be_called_to_an_out_of_order_kiosk(bench: Bench) -> None:
    await bench.part(PartName.JOURNAL, PartState(Condition.FAULTY, "full"))
    await bench.press("call_staff")
    assert (current_view(bench), bench.bell.calls) == (Help(OutOfOrder("full")), [("out_of_order", False)])
    await bench.wait(81)
    assert current_view(bench) == OutOfOrder("full")
