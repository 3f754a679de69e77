"""Test the four hardware keys: every action can be reached, and none is activated unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from kiosk.events import Key
from kiosk.views import (
    Account,
    Asking,
    Borrowing,
    Details,
    Farewell,
    Focus,
    Help,
    Identify,
    IdleWarning,
    RecordPage,
    Refused,
    Welcome,
    actions,
)
from kiosk.views.learn import ANSWERS, LESSONS, PAGES
from tests.kiosk.desk.bench import ADA_UID, DUNE, EMMA, LIN_UID, Bench, shown, story
from tests.kiosk.desk.my_details_test import RECORD

PREVIOUS, NEXT, CHOOSE, BACK = Key


def focus(bench: Bench) -> str | None:
    at = bench.desk.status.focus
    return at.name if at else None


@story
async def test_first_key_press_shows_the_focus_and_activates_nothing(bench: Bench) -> None:
    assert focus(bench) is None
    await bench.keys(CHOOSE)
    shown(bench.view, Welcome)
    assert focus(bench) == "borrow"
    assert bench.glass.drawn[-1][1].focus == Focus("borrow")
    await bench.keys(CHOOSE)
    assert shown(bench.view, Identify).errand.value == "borrow"


@story
async def test_focus_cycles_through_all_enabled_actions(bench: Bench) -> None:
    await bench.keys(NEXT)
    names = [each.focus for each in actions(bench.view, bench.desk.status) if each.enabled]
    seen = []
    for _ in names:
        seen.append(bench.desk.status.focus)
        await bench.keys(NEXT)
    assert seen == names
    assert bench.desk.status.focus == names[0]
    await bench.keys(PREVIOUS)
    assert bench.desk.status.focus == names[-1]


@story
async def test_whole_visit_works_with_four_keys(bench: Bench) -> None:
    await bench.keys(NEXT, NEXT, NEXT)
    assert focus(bench) == "account"
    await bench.keys(CHOOSE)
    shown(bench.view, Identify)
    await bench.tap()
    assert isinstance(bench.view, Account)
    assert focus(bench) == "finish", "a new view starts at its primary action"
    await bench.keys(BACK)
    shown(bench.view, Borrowing)
    await bench.scan(DUNE)
    assert focus(bench) == "finish", "a new line keeps the focus"
    await bench.keys(CHOOSE)
    shown(bench.view, Farewell)
    assert focus(bench) == "receipt_paper"


@story
async def test_card_number_can_be_typed_with_keys(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.keys(NEXT, NEXT, CHOOSE)
    assert shown(bench.view, Identify).typed == "2"
    assert bench.desk.status.focus == Focus("key", choice="2")
    await bench.keys(CHOOSE)
    assert shown(bench.view, Identify).typed == "22"


@story
async def test_back_key_goes_back_or_opens_help(bench: Bench) -> None:
    await bench.keys(BACK)
    assert isinstance(bench.view, Help)
    await bench.keys(BACK)
    assert isinstance(bench.view, Welcome)
    await bench.wait(0)
    await bench.tap()
    await bench.wait(60)
    assert isinstance(bench.view, IdleWarning)
    await bench.keys(BACK)
    assert isinstance(bench.view, Borrowing)


@story
async def test_touch_hides_the_focus(bench: Bench) -> None:
    await bench.keys(NEXT)
    await bench.press("borrow")
    assert focus(bench) is None


@story
async def test_next_patron_starts_without_focus(bench: Bench) -> None:
    await bench.keys(NEXT)
    await bench.wait(200)
    assert isinstance(bench.view, Welcome)
    assert focus(bench) is None


@story
async def test_focus_moves_to_another_action_after_a_renewal(bench: Bench) -> None:
    await bench.borrow(DUNE, EMMA)
    await bench.press("finish", "receipt_none")
    for item in (DUNE, EMMA):
        bench.item(item, due=bench.clock.now() + timedelta(days=2))
    await bench.press("account")
    await bench.tap()
    await move_focus(bench, NEXT, "renew")
    first = bench.desk.status.focus
    await bench.keys(CHOOSE)
    assert isinstance(bench.view, Account | Refused)
    assert bench.desk.status.focus != first
    assert bench.desk.status.focus in [each.focus for each in actions(bench.view, bench.desk.status) if each.enabled]


async def move_focus(bench: Bench, key: Key, name: str, choice: str | None = None) -> None:
    """Press a key until the focus is on an action."""
    for _ in range(len(actions(bench.view, bench.desk.status)) + 1):
        at = bench.desk.status.focus
        if at is not None and at.name == name and choice in (None, at.choice):
            return
        await bench.keys(key)
    raise AssertionError(f"the keys do not reach {name}")


@story
async def test_choosing_twice_withdraws_consent_only_once(bench: Bench) -> None:
    """The page of one consent has the same view type as the list of consents."""
    bench.library.record = replace(RECORD, consents=(replace(RECORD.consents[0], given=True),))
    await bench.tap()
    for name in ("account", "details"):
        await bench.press(name)
    await bench.type("4711")
    await bench.press("open", choice=RecordPage.CONSENTS)
    await move_focus(bench, NEXT, "why")
    await bench.keys(CHOOSE)
    assert shown(bench.view, Details).room is RecordPage.WHY and focus(bench) == "finish"
    await move_focus(bench, PREVIOUS, "withdraw")
    await bench.keys(CHOOSE)
    assert len(bench.responses) == 1 and focus(bench) == "finish", "the second press does not give consent again"


@story
async def test_focus_moves_to_lessons_after_a_quiz_answer(bench: Bench) -> None:
    for mark in ANSWERS:
        await bench.press("learn", "learn", choice=LESSONS[0])
        for _ in range(PAGES):
            await bench.press("next_page")
        await move_focus(bench, NEXT, "mark", mark)
        await bench.keys(CHOOSE)
        assert focus(bench) == "lessons"
        await bench.keys(CHOOSE)
        await bench.press("back")


@story
async def test_focus_on_a_fee_question_starts_away_from_agree(bench: Bench) -> None:
    bench.library.costs = Decimal("2.50")
    await bench.tap()
    await bench.keys(NEXT)
    await bench.scan(DUNE)
    assert isinstance(bench.view, Refused) and focus(bench) == "next"
    await bench.keys(PREVIOUS)
    assert focus(bench) == "call_staff"
    await move_focus(bench, NEXT, "agree")


@story
async def test_focus_on_a_question_starts_at_the_safe_answer(bench: Bench) -> None:
    await bench.keys(NEXT)
    await bench.borrow(DUNE)
    await bench.tap(LIN_UID)
    assert isinstance(bench.view, Asking)
    assert focus(bench) == "back"


@story
async def test_key_presses_keep_a_visit_awake(bench: Bench) -> None:
    await bench.tap(ADA_UID)
    for _ in range(5):
        await bench.wait(50)
        await bench.keys(NEXT)
    assert isinstance(bench.view, Borrowing)
