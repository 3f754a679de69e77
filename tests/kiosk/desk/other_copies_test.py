"""Test what a refusal offers instead: another copy with its bay, or a hold; and the catalogue while blocked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.views import Blocked, Borrowing, Find, LineState, Refused, TitlePage, VisitTask, actions
from lending.model import Item, ItemId, ItemStatus, Reason
from lending.responses import HoldRequest
from lending.shelves import Bay, Floor
from lending.title_result import TitleResult
from tests.kiosk.desk.bench import EMMA, LIN_REF, Bench, shown, story
from tests.kiosk.desk.central import BRANCH

FLOOR = Floor({"en": "Floor 2"}, 2, 24, 12, (1, 1), bays=(Bay("14", 3, 3, 1, 4, "364", "370"),))
OTHER = Item(ItemId("39000000000001"), "Emma", call_number="364.162 AUS", branch=BRANCH)


async def scan_refused(bench: Bench, *copies: Item, item: ItemId = EMMA, **changes: object) -> Refused:
    """Scan an item that is refused, of a title with these other copies."""
    bench.item(item, **changes)
    whole = (*copies, replace(bench.library.items[item], branch=BRANCH))
    bench.library.works[:] = [TitleResult(7, bench.library.items[item].title, call_number="364.162 AUS", copies=whole)]
    bench.floors = (FLOOR,)
    await bench.wait(60)
    await bench.tap()
    await bench.scan(item)
    return shown(bench.view, Refused)


def offered(bench: Bench) -> set[str]:
    return {each.name for each in actions(bench.view, bench.desk.status)}


@story
async def test_refused_reading_room_copy_names_the_bay_of_a_loanable_copy(bench: Bench) -> None:
    view = await scan_refused(bench, OTHER, type="reference")
    assert view.line.block is not None and view.line.block.reason is Reason.READING_ROOM
    assert view.other is not None and view.other.stand is not None
    assert [each.code for each in view.other.stand.bays] == ["14"]
    assert [each.id for each in view.other.work.copies] == [OTHER.id]
    assert "hold" not in offered(bench)


@story
async def test_copy_that_cannot_be_borrowed_is_not_offered(bench: Bench) -> None:
    view = await scan_refused(bench, replace(OTHER, type="reference"), type="reference")
    assert view.other is None


@story
async def test_book_held_for_another_patron_can_be_held_directly(bench: Bench) -> None:
    view = await scan_refused(bench, reserved_for=LIN_REF, status=ItemStatus.ON_HOLD_SHELF)
    assert view.other is not None and "hold" in offered(bench)
    await bench.press("hold")
    assert shown(bench.view, TitlePage).hold is LineState.DONE
    assert [act.about for act, _ in bench.library.acts if isinstance(act, HoldRequest)] == ["7"]
    await bench.press("back")
    await bench.press("back")
    assert isinstance(bench.view, Borrowing)


@story
async def test_search_result_without_the_refused_item_changes_nothing(bench: Bench) -> None:
    bench.item(EMMA, reserved_for=LIN_REF)
    bench.library.works[:] = [TitleResult(7, "Emma", copies=(OTHER,))]
    await bench.wait(60)
    await bench.tap()
    await bench.scan(EMMA)
    assert shown(bench.view, Refused).other is None


@story
async def test_search_is_available_to_a_blocked_patron(bench: Bench) -> None:
    bench.library.works[:] = [TitleResult(7, "Emma", copies=(OTHER,))]
    bench.ada(expires=date(2026, 11, 1))
    await bench.wait(60)
    await bench.tap()
    view = shown(bench.view, Blocked)
    assert VisitTask.FIND in view.still
    await bench.press("find")
    assert isinstance(bench.view, Find)
    await bench.press("back")
    assert isinstance(bench.view, Blocked)
