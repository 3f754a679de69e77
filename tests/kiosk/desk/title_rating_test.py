"""Test the rating of a returned book with a smiley."""

from __future__ import annotations

from dataclasses import replace

from kiosk.events import Key
from kiosk.system.health import ABSENT, PartName
from kiosk.views import Borrowing, Farewell, IdleWarning, LineState, Refused, Returning, Welcome
from lending.model import ItemId
from lending.post_visit import AfterVisit, PostVisitQuestion
from lending.responses import ItemRating
from lending.transactions import Checkin
from tests.kiosk.desk.bench import ADA, ADA_REF, DUNE, EMMA, LIN_REF, LIN_UID, RULES, Bench, shown, story, under
from tests.kiosk.desk.checkin_test import lend
from tests.kiosk.desk.feedback_test import said


async def brings(bench: Bench, *items: ItemId) -> Returning:
    lend(bench, *items)
    await bench.press("return")
    await bench.scan(*items)
    return shown(bench.view, Returning)


@story
async def test_one_touch_beside_a_returned_book_says_how_it_was_when_the_patron_goes(bench: Bench) -> None:
    await brings(bench, DUNE)
    await bench.press("how", DUNE, "3")
    assert bench.line.face == "3" and said(bench) == []
    await bench.press("finish")
    assert said(bench) == [ItemRating("3", DUNE)]
    await bench.press("receipt_none")
    assert bench.view == Welcome() and len(said(bench)) == 1


@story
async def test_another_face_changes_it_and_the_same_one_takes_it_back(bench: Bench) -> None:
    await brings(bench, DUNE)
    for face, then in (("1", "1"), ("2", "2"), ("2", ""), ("1", "1"), ("3", "3")):
        await bench.press("how", DUNE, face)
        assert bench.line.face == then
    await bench.press("how", DUNE, "3")
    await bench.press("finish")
    assert said(bench) == []


@story
async def test_each_book_is_asked_about_while_it_is_the_newest_and_each_is_said_once(bench: Bench) -> None:
    await brings(bench, DUNE)
    await bench.press("how", DUNE, "1")
    lend(bench, EMMA)
    await bench.scan(EMMA)
    assert {each.item for each in bench.actions if each.name == "how"} == {EMMA}
    await bench.press("how", EMMA, "2")
    await bench.press("finish")
    assert said(bench) == [ItemRating("2", EMMA), ItemRating("1", DUNE)]


@story
async def test_whoever_touches_none_is_asked_nothing_and_returns_as_ever(bench: Bench) -> None:
    await brings(bench, DUNE, EMMA)
    await bench.press("finish")
    assert said(bench) == [] and shown(bench.view, Farewell).ask == PostVisitQuestion("face")
    assert [type(act) for act, _outcome in bench.library.acts] == [Checkin, Checkin]


@story
async def test_whoever_has_said_how_a_book_was_is_asked_for_no_other_face(bench: Bench) -> None:
    await brings(bench, DUNE)
    await bench.press("how", DUNE, "3")
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None


@story
async def test_nor_is_the_patron_whose_card_is_known(bench: Bench) -> None:
    bench.library.after_visit = AfterVisit(PostVisitQuestion("face"))
    await brings(bench, DUNE)
    await borrows_after(bench)
    await bench.press("finish")
    assert shown(bench.view, Farewell).ask is None
    await bench.press("receipt_none")
    assert said(bench) == [ItemRating("3", DUNE)]


@story
async def test_whoever_walks_away_has_said_it(bench: Bench) -> None:
    await brings(bench, DUNE)
    await bench.press("how", DUNE, "1")
    await bench.wait(61)
    assert isinstance(bench.view, IdleWarning) and said(bench) == []
    await bench.wait(21)
    assert isinstance(bench.view, Farewell | Welcome) and said(bench) == [ItemRating("1", DUNE)]


@story
async def test_a_family_that_walks_away_has_said_it_each_once(bench: Bench) -> None:
    await brings(bench, DUNE)
    await borrows_after(bench)
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.wait(300)
    assert bench.view == Welcome() and said(bench) == [ItemRating("3", DUNE)]


@story
async def test_a_family_that_finishes_has_said_it_each_once(bench: Bench) -> None:
    await brings(bench, DUNE)
    await borrows_after(bench)
    await bench.tap(LIN_UID)
    await bench.press("join")
    await bench.scan(EMMA)
    await bench.press("finish")
    while isinstance(bench.view, Farewell):
        await bench.press("receipt_none")
    assert bench.view == Welcome() and said(bench) == [ItemRating("3", DUNE)]


@story
async def test_offline_it_waits_in_the_journal_like_the_return(bench: Bench) -> None:
    lend(bench)
    await bench.network(up=False)
    await bench.press("return")
    await bench.scan(DUNE)
    await bench.press("how", DUNE, "3")
    await bench.press("finish")
    assert said(bench) == [ItemRating("3", DUNE)]


@story
async def test_nothing_is_asked_of_a_book_that_is_refused_being_checked_or_said_to_be_listed(bench: Bench) -> None:
    await brings(bench, DUNE)
    await bench.scan(DUNE)
    assert shown(bench.view, Returning).notice == "already_listed" and "how" not in bench.offers()
    bench.library.hold_answers()
    lend(bench, EMMA)
    await bench.scan(EMMA)
    assert bench.line.state is LineState.CHECKING and "how" not in bench.offers()
    bench.library.let_go()
    await bench.settle()
    assert "how" in bench.offers()
    await bench.scan("39999999999999")
    assert shown(bench.view, Refused) and "how" not in bench.offers()
    await bench.press("next")
    assert "how" not in bench.offers()


@under(replace(RULES, hears=False))
async def test_where_nobody_hears_it_nothing_is_asked(bench: Bench) -> None:
    await brings(bench, DUNE)
    assert "how" not in bench.offers()


@story
async def test_beside_the_keys_of_a_number_nothing_is_asked(bench: Bench) -> None:
    await bench.part(PartName.BARCODE_SCANNER, ABSENT)
    await brings(bench, DUNE)
    assert shown(bench.view, Returning).typed is not None and "how" not in bench.offers()


@story
async def test_four_keys_reach_it(bench: Bench) -> None:
    await brings(bench, DUNE)
    await bench.keys(Key.NEXT, Key.PREVIOUS, Key.CHOOSE)
    assert bench.line.face == "3"


async def borrows_after(bench: Bench) -> None:
    """The rating comes first, the card afterwards."""
    await bench.press("how", DUNE, "3")
    await bench.tap()


@story
async def test_a_card_alone_makes_it_nobodys(bench: Bench) -> None:
    await brings(bench, DUNE)
    await borrows_after(bench)
    assert isinstance(bench.view, Borrowing)
    await bench.press("finish")
    assert said(bench) == [ItemRating("3", DUNE)]


@under(replace(RULES, pin="always"))
async def test_their_pin_makes_it_theirs(bench: Bench) -> None:
    await brings(bench, DUNE)
    await borrows_after(bench)
    await bench.type("4711")
    await bench.press("finish")
    assert said(bench) == [ItemRating("3", DUNE, ADA)]


@under(replace(RULES, pin="always"))
async def test_a_book_that_somebody_else_had_is_not_theirs(bench: Bench) -> None:
    assert ADA_REF != LIN_REF
    lend(bench)
    bench.item(DUNE, holder=LIN_REF)
    await bench.press("return")
    await bench.scan(DUNE)
    await borrows_after(bench)
    await bench.type("4711")
    await bench.press("finish")
    assert said(bench) == [ItemRating("3", DUNE)]
