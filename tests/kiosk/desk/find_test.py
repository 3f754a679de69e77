"""Test catalogue search: results, the way to the shelf, and holds for identified patrons."""

from __future__ import annotations

from dataclasses import replace

from kiosk.views import (
    Account,
    Asking,
    Board,
    Borrowing,
    Find,
    Identify,
    LineState,
    TitlePage,
    Welcome,
    actions,
)
from lending.kiosk_consents import TELL_BACK, TELL_ME
from lending.model import Item, ItemId, ItemStatus, Reason
from lending.number_patterns import NumberKind
from lending.responses import AvailabilityAlertRequest, HoldRequest, SearchAlertRequest
from lending.shelves import Bay, Floor
from lending.title_result import TitleResult
from tests.kiosk.desk.bench import ADA, ADA_UID, DUNE, LIN_UID, RULES, Bench, shown, story, under
from tests.kiosk.desk.central import BRANCH, POLICY

LOST = TitleResult(7, "The island of lost maps", "Harvey", "364.162 HAR", copies=(
    Item(ItemId("1"), call_number="364.162 HAR", branch=BRANCH),
))  # fmt: skip
AWAY = TitleResult(8, "Maps of Mars", copies=(Item(ItemId("2"), branch=BRANCH, status=ItemStatus.ON_LOAN),))
ONLINE = TitleResult(9, "Mapping the stars", link="https://hub.example/p/read/9/")
FLOOR = Floor(
    {"zh": "二楼"}, 2, 24, 12, (1, 1), bays=(Bay("14", 3, 3, 1, 4, "364", "370"), Bay("15", 5, 3, 1, 4, "371"))
)


async def typed(bench: Bench, text: str) -> Find:
    bench.library.works[:] = [LOST, AWAY, ONLINE]
    bench.floors = (FLOOR,)
    await bench.wait(60)
    await bench.press("find")
    for sign in text:
        await bench.press("key", choice=sign)
    return shown(bench.view, Find)


async def at_page(bench: Bench, key: int = 7) -> TitlePage:
    await typed(bench, "map")
    await bench.press("title", choice=str(key))
    return shown(bench.view, TitlePage)


@story
async def test_titles_answer_while_somebody_types(bench: Bench) -> None:
    view = await typed(bench, "map")
    assert view.found is not None and [each.id for each in view.found.works] == [7, 8, 9]
    assert bench.library.sought == ["ma", "map"]
    await bench.press("key", choice=" ")
    await bench.press("key", choice="s")
    assert shown(bench.view, Find).has_no_result
    await bench.press("fewer")
    assert shown(bench.view, Find).typed == "map" and not shown(bench.view, Find).has_no_result
    await bench.press("erase", choice="all")
    assert shown(bench.view, Find) == Find(branch=BRANCH)


@story
async def test_a_slow_answer_never_stands_under_other_words(bench: Bench) -> None:
    await typed(bench, "")
    bench.library.hold_answers()
    for sign in "maps":
        await bench.press("key", choice=sign)
    bench.library.let_go()
    await bench.settle()
    view = shown(bench.view, Find)
    assert view.asked == view.typed == "maps" and view.found is not None
    assert [each.id for each in view.found.works] == [7, 8]


@story
async def test_an_answer_to_what_was_taken_away_is_not_shown(bench: Bench) -> None:
    await typed(bench, "")
    bench.library.hold_answers()
    for sign in "ma":
        await bench.press("key", choice=sign)
    await bench.press("erase", choice="all")
    bench.library.let_go()
    await bench.settle()
    assert shown(bench.view, Find) == Find(branch=BRANCH)


@story
async def test_there_is_nothing_to_find_where_the_library_told_no_titles(bench: Bench) -> None:
    assert "find" not in {each.name for each in actions(bench.view, bench.desk.status)}
    bench.library.works.append(LOST)
    await bench.wait(60)
    assert shown(bench.view, Welcome).finds


@story
async def test_the_boards_are_turned(bench: Bench) -> None:
    await typed(bench, "")
    await bench.press("turn", choice="cyrillic")
    for sign in "зү":
        await bench.press("key", choice=sign)
    assert (shown(bench.view, Find).typed, shown(bench.view, Find).board) == ("зү", Board.CYRILLIC)


@story
async def test_the_number_of_a_book_is_looked_for(bench: Bench) -> None:
    view = await typed(bench, "x")
    assert NumberKind.ISBN in view.wants
    await bench.scan("9780375501517")
    assert shown(bench.view, Find).typed == "9780375501517" and bench.library.sought[-1] == "9780375501517"


@story
async def test_a_title_shows_its_bay_and_back_finds_what_was_typed(bench: Bench) -> None:
    page = await at_page(bench)
    assert page.stand is not None and [each.code for each in page.stand.bays] == ["14"]
    await bench.press("back")
    assert shown(bench.view, Find).typed == "map"
    await bench.press("back")
    assert isinstance(bench.view, Welcome)


@story
async def test_a_title_of_another_house_says_which(bench: Bench) -> None:
    houses = {
        "east": {"en": "East branch"},
        "north": {"en": "North branch"},
        "unnamed": {"zh": ""},
        BRANCH: {"en": "Here"},
    }
    bench.library.policy = replace(POLICY, branches=houses)
    where = {"3": "north", "4": "east", "5": "unnamed", "6": "north"}
    copies = tuple(Item(ItemId(number), branch=branch) for number, branch in where.items())
    elsewhere = replace(AWAY, id=10, copies=(*copies, *AWAY.copies))
    assert elsewhere.houses(BRANCH) == ("east", "north", "unnamed")
    await typed(bench, "map")
    bench.library.works[:] = [elsewhere]
    await bench.press("key", choice="s")
    await bench.press("title", choice="10")
    assert shown(bench.view, TitlePage).houses == (houses["east"], houses["north"])
    assert LOST.houses(BRANCH) == AWAY.houses(BRANCH) == ()


@story
async def test_an_e_book_is_opened_by_a_code_and_is_not_kept(bench: Bench) -> None:
    page = await at_page(bench, 9)
    assert page.on_phone and {each.name for each in actions(page, bench.desk.status)}.isdisjoint({"hold", "read"})


@under(replace(RULES, record=False))
async def test_beside_a_librarys_own_system_no_title_is_kept(bench: Bench) -> None:
    """That system would never hear of it. The other stories here are the control."""
    page = await at_page(bench, 8)
    offered = {each.name for each in actions(page, bench.desk.status)}
    assert "back" in offered and offered.isdisjoint({"hold", "tell_back"})


@story
async def test_a_title_is_kept_for_whoever_shows_their_card(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.press("hold")
    assert isinstance(bench.view, Identify)
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.DONE and page.guest is not None
    assert [act for act, _outcome in bench.library.acts] == [HoldRequest("wanted", "8", ADA)]
    await bench.press("finish")
    assert isinstance(bench.view, Welcome)


@story
async def test_offline_a_wish_is_saved_and_so_it_is_said(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.network(up=False)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).hold is LineState.SAVED


@story
async def test_what_cannot_be_kept_is_told_with_its_reason(bench: Bench) -> None:
    await at_page(bench, 8)
    bench.library.refuses_next = Reason.ALREADY_YOURS
    await bench.press("hold")
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.REFUSED and page.block is not None and page.block.reason is Reason.ALREADY_YOURS


@under(replace(RULES, pin="account"))
async def test_a_found_card_keeps_nothing_where_holds_are_behind_the_pin(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    assert shown(bench.view, Identify).pin and not bench.library.acts
    await bench.press("back")
    assert shown(bench.view, TitlePage).hold is None
    await bench.press("hold")
    assert shown(bench.view, Identify).pin
    await bench.type("4711")
    assert shown(bench.view, TitlePage).hold is LineState.DONE


@under(replace(RULES, pin="account"))
async def test_nobody_checks_a_pin_offline_so_nothing_is_kept(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.network(up=False)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.REFUSED and page.block is not None and page.block.reason is Reason.NEEDS_CENTRAL
    assert not bench.library.acts


@story
async def test_whoever_finds_nothing_is_told_when_it_comes(bench: Bench) -> None:
    await typed(bench, "dinosaurs")
    await bench.press("tell_me")
    await bench.press("tell_me")
    await bench.tap(ADA_UID)
    assert shown(bench.view, Find).alert is LineState.DONE
    assert [act for act, _outcome in bench.library.acts] == [SearchAlertRequest("dinosaurs", TELL_ME.version, ADA)]


@story
async def test_whoever_does_not_agree_goes_back_to_the_keys(bench: Bench) -> None:
    await typed(bench, "dinosaurs")
    await bench.press("tell_me")
    assert shown(bench.view, Find).agreeing
    await bench.press("back")
    view = shown(bench.view, Find)
    assert not view.agreeing and view.typed == "dinosaurs" and not bench.library.acts


@story
async def test_whoever_waits_for_no_copy_is_told_when_one_is_back(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.press("tell_back")
    assert shown(bench.view, TitlePage).agreeing and not bench.library.acts
    await bench.press("tell_back")
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert (page.alert, page.hold, page.agreeing) == (LineState.DONE, None, False)
    assert [act for act, _outcome in bench.library.acts] == [AvailabilityAlertRequest(TELL_BACK.version, "8", ADA)]
    offered = {each.name for each in actions(page, bench.desk.status)}
    assert "hold" in offered and "tell_back" not in offered


@story
async def test_offline_it_is_saved_that_the_patron_is_to_be_told(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.network(up=False)
    await bench.press("tell_back")
    await bench.press("tell_back")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).alert is LineState.SAVED


@story
async def test_where_a_copy_stands_or_nothing_is_known_nobody_is_told(bench: Bench) -> None:
    here = await at_page(bench, 7)
    away = replace(here, work=AWAY)
    assert here.under.found is not None and not here.under.found.outdated
    old = replace(away, under=replace(here.under, found=replace(here.under.found, outdated=True)))
    offers = [{each.name for each in actions(page, bench.desk.status)} for page in (here, away, old)]
    assert ["tell_back" in each for each in offers] == [False, True, False]
    assert all("hold" in each for each in offers)


@story
async def test_whoever_is_told_nothing_goes_back_to_the_title(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.press("tell_back")
    await bench.press("back")
    page = shown(bench.view, TitlePage)
    assert not page.agreeing and page.alert is None and not bench.library.acts


@story
async def test_where_no_hold_is_placed_the_patron_can_be_told_all_the_same(bench: Bench) -> None:
    await at_page(bench, 8)
    bench.library.refuses_next = Reason.LIMIT
    await bench.press("hold")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).hold is LineState.REFUSED
    await bench.press("tell_back")
    await bench.press("tell_back")
    page = shown(bench.view, TitlePage)
    assert (page.alert, page.hold, page.block) == (LineState.DONE, None, None)


@under(replace(RULES, pin="account"))
async def test_nobody_checks_a_pin_offline_so_nobody_is_told(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.network(up=False)
    await bench.press("tell_back")
    await bench.press("tell_back")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).alert is LineState.REFUSED and not bench.library.acts


@story
async def test_giving_up_the_card_leads_back_to_the_page(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.press("hold")
    await bench.press("back")
    assert shown(bench.view, TitlePage).work.id == 8 and bench.desk.session.visit.page is None


@story
async def test_a_card_or_a_book_begins_its_errand_from_here(bench: Bench) -> None:
    await typed(bench, "map")
    await bench.tap(ADA_UID)
    assert isinstance(bench.view, Borrowing)
    await bench.press("finish")
    await bench.wait(60)
    await at_page(bench)
    await bench.scan(DUNE)
    assert isinstance(bench.view, Asking)


@story
async def test_another_card_on_a_page_is_asked_about(bench: Bench) -> None:
    await at_page(bench, 8)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    await bench.tap(LIN_UID)
    assert isinstance(bench.view, Asking)
    await bench.press("back")
    await bench.press("back")
    await bench.press("back")
    assert isinstance(bench.view, Borrowing | Account)


@story
async def test_idle_takes_what_was_typed_away(bench: Bench) -> None:
    await typed(bench, "map")
    await bench.wait(81)
    assert isinstance(bench.view, Welcome)
    await bench.press("find")
    assert shown(bench.view, Find).typed == ""


@story
async def test_the_first_title_answers_with_its_bay_and_can_be_held_at_once(bench: Bench) -> None:
    view = await typed(bench, "map")
    assert view.answer is not None and view.answer.work == LOST
    assert view.answer.stand is not None and view.bays == {7: "14"}
    await bench.press("hold")
    assert isinstance(bench.view, Identify)
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).hold is LineState.DONE
    assert [act.about for act, _ in bench.library.acts if isinstance(act, HoldRequest)] == ["7"]
    await bench.press("back")
    again = shown(bench.view, Find)
    assert again.answer is not None and again.answer.work == LOST
    await bench.press("erase", choice="all")
    assert shown(bench.view, Find).answer is None and "hold" not in bench.offers()


@story
async def test_the_first_title_online_only_is_read_at_once(bench: Bench) -> None:
    bench.library.works[:] = [ONLINE]
    await bench.wait(60)
    await bench.press("find")
    for sign in "map":
        await bench.press("key", choice=sign)
    assert "hold" not in bench.offers()
    await bench.press("read")
    page = shown(bench.view, TitlePage)
    assert page.work == ONLINE and page.on_phone
