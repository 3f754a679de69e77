"""Test that the result of a hold goes to the patron who placed it if two patrons want the same title."""

from __future__ import annotations

from kiosk.central import Accepted, Deferred, Refused
from kiosk.desk.hold_requests import not_written, on_settled
from kiosk.events import Settled
from kiosk.views import LineState, Signal, TitlePage, actions
from lending.model import Block, CardRef, ItemId, Reason
from lending.responses import HoldRequest
from lending.transactions import TransactionId
from tests.kiosk.desk.bench import ADA, ADA_UID, LIN, LIN_UID, Bench, shown, story
from tests.kiosk.desk.find_test import open_title


def hold_request(card: CardRef) -> HoldRequest:
    return HoldRequest("wanted", "8", card)


@story
async def test_pending_alert_disables_other_requests_of_the_title(bench: Bench) -> None:
    await open_title(bench, 8)
    bench.library.send_slowly()
    await bench.press("tell_back", "tell_back")
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.alert is LineState.CHECKING and page.signal is Signal.BUSY
    assert {each.name for each in actions(page, bench.desk.status)}.isdisjoint({"hold", "tell_back"})
    await bench.send()
    page = shown(bench.view, TitlePage)
    assert page.alert is LineState.DONE and page.signal is Signal.DONE
    await bench.press("hold")
    await bench.settle()
    assert shown(bench.view, TitlePage).alert is None


@story
async def test_result_of_one_patrons_hold_leaves_anothers_unchanged(bench: Bench) -> None:
    await open_title(bench, 8)
    bench.library.send_slowly()
    await bench.press("hold")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).hold is LineState.CHECKING
    await bench.press("finish")
    await open_title(bench, 8)
    await bench.press("hold")
    await bench.tap(LIN_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.CHECKING and page.guest is not None and page.guest.card == LIN
    session, first, second = bench.desk.session, hold_request(ADA), hold_request(LIN)
    assert bench.library.under_way == [first, second]
    for outcome in (Accepted(), Deferred(), Refused(Block(Reason.LIMIT))):
        assert on_settled(session, Settled(ItemId(""), first, TransactionId("t1"), outcome), first) == session
        own = on_settled(session, Settled(ItemId(""), second, TransactionId("t2"), outcome), second)
        assert own != session, "the patron's own result changes the session"
    assert not_written(session, first) == session != not_written(session, second)
    await bench.send()
    assert shown(bench.view, TitlePage).hold is LineState.DONE
