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
from tests.kiosk.desk.my_details_test import RECORD, said

PREVIOUS, NEXT, CHOOSE, BACK = Key


def focus(bench: Bench) -> str | None:
    at = bench.desk.status.focus
    return at.name if at else None


@story
async def test_the_first_press_shows_where_the_focus_is_and_presses_nothing(bench: Bench) -> None:
    assert focus(bench) is None
    await bench.keys(CHOOSE)
    shown(bench.view, Welcome)
    assert focus(bench) == "borrow"
    assert bench.glass.drawn[-1][1].focus == Focus("borrow")
    await bench.keys(CHOOSE)
    assert shown(bench.view, Identify).errand.value == "borrow"


@story
async def test_the_focus_goes_round_over_everything_that_can_be_pressed(bench: Bench) -> None:
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
async def test_a_whole_visit_with_four_keys(bench: Bench) -> None:
    await bench.keys(NEXT, NEXT, NEXT)
    assert focus(bench) == "account"
    await bench.keys(CHOOSE)
    shown(bench.view, Identify)
    await bench.tap()
    assert isinstance(bench.view, Account)
    assert focus(bench) == "finish", "a new view begins at what it is for"
    await bench.keys(BACK)
    shown(bench.view, Borrowing)
    await bench.scan(DUNE)
    assert focus(bench) == "finish", "a book on the list takes the focus nowhere"
    await bench.keys(CHOOSE)
    shown(bench.view, Farewell)
    assert focus(bench) == "receipt_paper"


@story
async def test_a_number_is_typed_with_keys(bench: Bench) -> None:
    await bench.press("borrow")
    await bench.keys(NEXT, NEXT, CHOOSE)
    assert shown(bench.view, Identify).typed == "2"
    assert bench.desk.status.focus == Focus("key", choice="2")
    await bench.keys(CHOOSE)
    assert shown(bench.view, Identify).typed == "22"


@story
async def test_back_is_back_where_there_is_one_and_help_where_there_is_none(bench: Bench) -> None:
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
async def test_a_touch_takes_the_ring_away(bench: Bench) -> None:
    await bench.keys(NEXT)
    await bench.press("borrow")
    assert focus(bench) is None


@story
async def test_the_next_patron_finds_no_focus(bench: Bench) -> None:
    await bench.keys(NEXT)
    await bench.wait(200)
    assert isinstance(bench.view, Welcome)
    assert focus(bench) is None


@story
async def test_what_is_renewed_gives_the_focus_to_what_stands_there_then(bench: Bench) -> None:
    await bench.tap()
    await bench.scan(DUNE, EMMA)
    await bench.press("finish")
    await bench.press("receipt_none")
    for item in (DUNE, EMMA):
        bench.item(item, due=bench.clock.now() + timedelta(days=2))
    await bench.press("account")
    await bench.tap()
    await brought(bench, NEXT, "renew")
    first = bench.desk.status.focus
    await bench.keys(CHOOSE)
    assert isinstance(bench.view, Account | Refused)
    assert bench.desk.status.focus != first
    assert bench.desk.status.focus in [each.focus for each in actions(bench.view, bench.desk.status) if each.enabled]


async def brought(bench: Bench, key: Key, name: str, choice: str | None = None) -> None:
    """Presses a key until the focus is there."""
    for _ in range(len(actions(bench.view, bench.desk.status)) + 1):
        at = bench.desk.status.focus
        if at is not None and at.name == name and choice in (None, at.choice):
            return
        await bench.keys(key)
    raise AssertionError(f"the keys do not come to {name}")


@story
async def test_whoever_presses_twice_withdraws_and_gives_nothing(bench: Bench) -> None:
    """The room of one consent is the same kind of view as the list of all."""
    bench.library.record = replace(RECORD, consents=(replace(RECORD.consents[0], given=True),))
    await bench.tap()
    for name in ("account", "details"):
        await bench.press(name)
    await bench.type("4711")
    await bench.press("open", choice=RecordPage.CONSENTS)
    await brought(bench, NEXT, "why")
    await bench.keys(CHOOSE)
    assert shown(bench.view, Details).room is RecordPage.WHY and focus(bench) == "finish"
    await brought(bench, PREVIOUS, "withdraw")
    await bench.keys(CHOOSE)
    assert len(said(bench)) == 1 and focus(bench) == "finish", "and it does not give it again"


@story
async def test_an_answer_to_a_quiz_leads_to_the_other_lessons(bench: Bench) -> None:
    for mark in ANSWERS:
        await bench.press("learn")
        await bench.press("learn", choice=LESSONS[0])
        for _ in range(PAGES):
            await bench.press("next_page")
        await brought(bench, NEXT, "mark", mark)
        await bench.keys(CHOOSE)
        assert focus(bench) == "lessons"
        await bench.keys(CHOOSE)
        await bench.press("back")


@story
async def test_no_price_is_agreed_to_beside_where_the_focus_begins(bench: Bench) -> None:
    bench.library.costs = Decimal("2.50")
    await bench.tap()
    await bench.keys(NEXT)
    await bench.scan(DUNE)
    assert isinstance(bench.view, Refused) and focus(bench) == "next"
    await bench.keys(PREVIOUS)
    assert focus(bench) == "call_staff"
    await brought(bench, NEXT, "agree")


@story
async def test_a_question_begins_at_its_safe_answer(bench: Bench) -> None:
    await bench.keys(NEXT)
    await bench.tap()
    await bench.scan(DUNE)
    await bench.tap(LIN_UID)
    assert isinstance(bench.view, Asking)
    assert focus(bench) == "back"


@story
async def test_keys_keep_a_visit_awake(bench: Bench) -> None:
    await bench.tap(ADA_UID)
    for _ in range(5):
        await bench.wait(50)
        await bench.keys(NEXT)
    assert isinstance(bench.view, Borrowing)
