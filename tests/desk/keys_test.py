"""The four hardware keys: everything that can be touched can be chosen with them, and nothing unseen."""

from __future__ import annotations

from kiosk.events import Key
from kiosk.views import (
    Account,
    Asking,
    Borrowing,
    Farewell,
    Focus,
    Help,
    Identify,
    IdleWarning,
    Refused,
    Welcome,
    actions,
)
from tests.desk.bench import ADA_UID, DUNE, EMMA, LIN_UID, Bench, shown, story

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
    await bench.press("account")
    await bench.tap()
    await bench.keys(NEXT, NEXT)
    while focus(bench) != "renew":
        await bench.keys(NEXT)
    first = bench.desk.status.focus
    await bench.keys(CHOOSE)
    assert isinstance(bench.view, Account | Refused)
    assert bench.desk.status.focus != first
    assert bench.desk.status.focus in [each.focus for each in actions(bench.view, bench.desk.status) if each.enabled]


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
