"""Test the rating of a returned book with a smiley."""

from __future__ import annotations

from dataclasses import replace

from kiosk.events import Key
from kiosk.system.health import ABSENT, PartName
from kiosk.views import Borrowing, Farewell, IdleWarning, LineState, Refused, Returning, Welcome
from lending.model import ItemId
from lending.questions import AfterVisit, PostVisitQuestion
from lending.responses import ItemRating
from lending.transactions import Checkin
from tests.kiosk.desk.bench import ADA, ADA_REF, DUNE, EMMA, LIN_REF, LIN_UID, RULES, Bench, shown, story, under
from tests.kiosk.desk.checkin_test import lend


async def return_items(bench: Bench, *items: ItemId) -> Returning:
    lend(bench, *items)
    await bench.press("return")
    await bench.scan(*items)
    return shown(bench.view, Returning)


@story
async def test_rating_is_sent_once_at_finish(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", DUNE, "3")
    assert bench.line.face == "3" and bench.responses == []
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]
    await bench.press("receipt_none")
    assert bench.view == Welcome() and len(bench.responses) == 1


@story
async def test_rating_can_be_changed_or_removed(bench: Bench) -> None:
    await return_items(bench, DUNE)
    for face, then in (("1", "1"), ("2", "2"), ("2", ""), ("1", "1"), ("3", "3")):
        await bench.press("how", DUNE, face)
        assert bench.line.face == then
    await bench.press("how", DUNE, "3")
    await bench.press("finish")
    assert bench.responses == []


@story
async def test_only_the_latest_book_can_be_rated_and_each_is_sent_once(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", DUNE, "1")
    lend(bench, EMMA)
    await bench.scan(EMMA)
    assert {each.item for each in bench.actions if each.name == "how"} == {EMMA}
    await bench.press("how", EMMA, "2")
    await bench.press("finish")
    assert bench.responses == [ItemRating("2", EMMA), ItemRating("1", DUNE)]


@story
async def test_unrated_returns_send_no_rating(bench: Bench) -> None:
    await return_items(bench, DUNE, EMMA)
    await bench.press("finish")
    assert bench.responses == [] and shown(bench.view, Farewell).ask == PostVisitQuestion("face")
    assert [type(act) for act, _outcome in bench.library.acts] == [Checkin, Checkin]


@story
async def test_item_rating_replaces_the_visit_rating_question(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", DUNE, "3")
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_item_rating_before_the_card_suppresses_the_visit_rating(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"))
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None
    await bench.press("receipt_none")
    assert bench.responses == [ItemRating("3", DUNE)]


@story
async def test_abandoned_visit_sends_the_item_rating(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.press("how", DUNE, "1")
    await bench.wait(61)
    assert isinstance(bench.view, IdleWarning) and bench.responses == []
    await bench.wait(21)
    assert isinstance(bench.view, Farewell | Welcome) and bench.responses == [ItemRating("1", DUNE)]


@story
async def test_abandoned_family_visit_sends_each_item_rating_once(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.wait(300)
    assert bench.view == Welcome() and bench.responses == [ItemRating("3", DUNE)]


@story
async def test_finished_family_visit_sends_each_item_rating_once(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.scan(EMMA)
    await bench.press("finish")
    while isinstance(bench.view, Farewell):
        await bench.press("receipt_none")
    assert bench.view == Welcome() and bench.responses == [ItemRating("3", DUNE)]


@story
async def test_offline_item_rating_is_saved(bench: Bench) -> None:
    lend(bench)
    await bench.network(up=False)
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("how", DUNE, "3")
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]


@story
async def test_rating_is_not_offered_for_refused_pending_or_repeated_items(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.scan(DUNE)
    assert shown(bench.view, Returning).notice == "already_listed" and "how" not in bench.offers()
    bench.library.hold_answers()
    lend(bench, EMMA)
    await bench.scan(EMMA)
    assert bench.line.state is LineState.CHECKING and "how" not in bench.offers()
    bench.library.release_answers()
    await bench.settle()
    assert "how" in bench.offers()
    await bench.scan("39999999999999")
    assert shown(bench.view, Refused) and "how" not in bench.offers()
    await bench.press("next")
    assert "how" not in bench.offers()


@under(replace(RULES, hears=False))
async def test_rating_is_not_offered_if_feedback_is_off(bench: Bench) -> None:
    await return_items(bench, DUNE)
    assert "how" not in bench.offers()


@story
async def test_rating_is_not_offered_next_to_the_number_pad(bench: Bench) -> None:
    await bench.part(PartName.BARCODE_SCANNER, ABSENT)
    await return_items(bench, DUNE)
    assert shown(bench.view, Returning).typed is not None and "how" not in bench.offers()


@story
async def test_rating_is_reachable_by_keys(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await bench.keys(Key.NEXT, Key.PREVIOUS, Key.CHOOSE)
    assert bench.line.face == "3"


async def rate_and_tap(bench: Bench) -> None:
    """Rate a returned book, then present a card."""
    await bench.press("how", DUNE, "3")
    await bench.tap()


@story
async def test_rating_with_an_unverified_card_is_anonymous(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    assert isinstance(bench.view, Borrowing)
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]


@under(replace(RULES, pin="always"))
async def test_rating_after_the_pin_names_the_card(bench: Bench) -> None:
    await return_items(bench, DUNE)
    await rate_and_tap(bench)
    await bench.type("4711")
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE, ADA)]


@under(replace(RULES, pin="always"))
async def test_rating_of_another_patrons_loan_is_anonymous(bench: Bench) -> None:
    assert ADA_REF != LIN_REF
    lend(bench)
    bench.item(DUNE, holder=LIN_REF)
    await bench.press("return")
    await bench.scan(DUNE)
    await rate_and_tap(bench)
    await bench.type("4711")
    await bench.press("finish")
    assert bench.responses == [ItemRating("3", DUNE)]
