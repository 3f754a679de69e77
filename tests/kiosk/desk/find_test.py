"""Test catalogue search: results, the way to the shelf, holds, and what a refusal offers instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.views import (
    Account,
    Asking,
    Blocked,
    Board,
    Borrowing,
    Find,
    Identify,
    LineState,
    Refused,
    TitlePage,
    VisitTask,
    Welcome,
    actions,
)
from lending.kiosk_consents import TELL_BACK, TELL_ME
from lending.model import Item, ItemId, ItemStatus, Reason
from lending.number_patterns import NumberKind
from lending.responses import AvailabilityAlertRequest, HoldRequest, SearchAlertRequest
from lending.shelves import Bay, Floor
from lending.title_result import TitleResult
from tests.kiosk.desk.bench import ADA, ADA_UID, DUNE, EMMA, LIN_REF, LIN_UID, RULES, Bench, shown, story, under
from tests.kiosk.desk.central import BRANCH, POLICY

LOST = TitleResult(7, "The island of lost maps", "Harvey", "364.162 HAR", copies=(
    Item(ItemId("1"), call_number="364.162 HAR", branch=BRANCH),
))  # fmt: skip
AWAY = TitleResult(8, "Maps of Mars", copies=(Item(ItemId("2"), branch=BRANCH, status=ItemStatus.ON_LOAN),))
ONLINE = TitleResult(9, "Mapping the stars", link="https://hub.example/p/read/9/")
FLOOR = Floor(
    {"zh": "二楼"}, 2, 24, 12, (1, 1), bays=(Bay("14", 3, 3, 1, 4, "364", "370"), Bay("15", 5, 3, 1, 4, "371"))
)
SECOND_FLOOR = Floor({"en": "Floor 2"}, 2, 24, 12, (1, 1), bays=(Bay("14", 3, 3, 1, 4, "364", "370"),))
OTHER = Item(ItemId("39000000000001"), "Emma", call_number="364.162 AUS", branch=BRANCH)


async def type_query(bench: Bench, text: str) -> Find:
    bench.library.works[:] = [LOST, AWAY, ONLINE]
    bench.floors = (FLOOR,)
    await bench.wait(60)
    await bench.press("find")
    for sign in text:
        await bench.press("key", choice=sign)
    return shown(bench.view, Find)


async def open_title(bench: Bench, key: int = 7) -> TitlePage:
    await type_query(bench, "map")
    await bench.press("title", choice=str(key))
    return shown(bench.view, TitlePage)


@story
async def test_results_appear_while_typing(bench: Bench) -> None:
    view = await type_query(bench, "map")
    assert view.found is not None and [each.id for each in view.found.works] == [7, 8, 9]
    assert bench.library.queries == ["ma", "map"]
    await bench.press("key", choice=" ")
    await bench.press("key", choice="s")
    assert shown(bench.view, Find).has_no_result
    await bench.press("fewer")
    assert shown(bench.view, Find).typed == "map" and not shown(bench.view, Find).has_no_result
    await bench.press("erase", choice="all")
    assert shown(bench.view, Find) == Find(branch=BRANCH)


@story
async def test_results_always_match_the_typed_query(bench: Bench) -> None:
    await type_query(bench, "")
    bench.library.hold_answers()
    for sign in "maps":
        await bench.press("key", choice=sign)
    await bench.release_answers()
    view = shown(bench.view, Find)
    assert view.asked == view.typed == "maps" and view.found is not None
    assert [each.id for each in view.found.works] == [7, 8]


@story
async def test_late_results_of_an_erased_query_are_ignored(bench: Bench) -> None:
    await type_query(bench, "")
    bench.library.hold_answers()
    for sign in "ma":
        await bench.press("key", choice=sign)
    await bench.press("erase", choice="all")
    await bench.release_answers()
    assert shown(bench.view, Find) == Find(branch=BRANCH)


@story
async def test_search_is_offered_only_with_catalogue_data(bench: Bench) -> None:
    assert "find" not in {each.name for each in actions(bench.view, bench.desk.status)}
    bench.library.works.append(LOST)
    await bench.wait(60)
    assert shown(bench.view, Welcome).finds


@story
async def test_keyboard_switches_to_cyrillic(bench: Bench) -> None:
    await type_query(bench, "")
    await bench.press("turn", choice="cyrillic")
    for sign in "зү":
        await bench.press("key", choice=sign)
    assert (shown(bench.view, Find).typed, shown(bench.view, Find).board) == ("зү", Board.CYRILLIC)


@story
async def test_scanned_isbn_is_searched(bench: Bench) -> None:
    view = await type_query(bench, "x")
    assert NumberKind.ISBN in view.wants
    await bench.scan("9780375501517")
    assert shown(bench.view, Find).typed == "9780375501517" and bench.library.queries[-1] == "9780375501517"


@story
async def test_title_page_shows_the_bay_and_back_keeps_the_query(bench: Bench) -> None:
    page = await open_title(bench)
    assert page.stand is not None and [each.code for each in page.stand.bays] == ["14"]
    await bench.press("back")
    assert shown(bench.view, Find).typed == "map"
    await bench.press("back")
    assert isinstance(bench.view, Welcome)


@story
async def test_title_page_names_the_other_branches_of_a_title(bench: Bench) -> None:
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
    await type_query(bench, "map")
    bench.library.works[:] = [elsewhere]
    await bench.press("key", choice="s")
    await bench.press("title", choice="10")
    assert shown(bench.view, TitlePage).houses == (houses["east"], houses["north"])
    assert LOST.houses(BRANCH) == AWAY.houses(BRANCH) == ()


@story
async def test_e_book_opens_on_the_phone_and_offers_no_hold(bench: Bench) -> None:
    page = await open_title(bench, 9)
    assert page.on_phone and {each.name for each in actions(page, bench.desk.status)}.isdisjoint({"hold", "read"})


@under(replace(RULES, record=False))
async def test_title_page_without_a_hub_record_offers_no_hold_and_no_alert(bench: Bench) -> None:
    """The ILS would not receive the request."""
    page = await open_title(bench, 8)
    offered = {each.name for each in actions(page, bench.desk.status)}
    assert "back" in offered and offered.isdisjoint({"hold", "tell_back"})


@story
async def test_hold_is_placed_after_the_card(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.press("hold")
    assert isinstance(bench.view, Identify)
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.DONE and page.guest is not None
    assert [act for act, _outcome in bench.library.acts] == [HoldRequest("wanted", "8", ADA)]
    await bench.press("finish")
    assert isinstance(bench.view, Welcome)


@story
async def test_offline_hold_is_saved(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.network(up=False)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).hold is LineState.SAVED


@story
async def test_refused_hold_shows_its_reason(bench: Bench) -> None:
    await open_title(bench, 8)
    bench.library.refuses_next = Reason.ALREADY_YOURS
    await bench.press("hold")
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.REFUSED and page.block is not None and page.block.reason is Reason.ALREADY_YOURS


@under(replace(RULES, pin="account"))
async def test_hold_requires_the_account_pin(bench: Bench) -> None:
    await open_title(bench, 8)
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
async def test_offline_hold_requiring_a_pin_is_refused(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.network(up=False)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    page = shown(bench.view, TitlePage)
    assert page.hold is LineState.REFUSED and page.block is not None and page.block.reason is Reason.NEEDS_CENTRAL
    assert not bench.library.acts


@story
async def test_search_alert_is_requested_after_agreement_and_card(bench: Bench) -> None:
    await type_query(bench, "dinosaurs")
    await bench.press("tell_me", "tell_me")
    await bench.tap(ADA_UID)
    assert shown(bench.view, Find).alert is LineState.DONE
    assert [act for act, _outcome in bench.library.acts] == [SearchAlertRequest("dinosaurs", TELL_ME.version, ADA)]


@story
async def test_declined_search_alert_returns_to_the_search(bench: Bench) -> None:
    await type_query(bench, "dinosaurs")
    await bench.press("tell_me")
    assert shown(bench.view, Find).agreeing
    await bench.press("back")
    view = shown(bench.view, Find)
    assert not view.agreeing and view.typed == "dinosaurs" and not bench.library.acts


@story
async def test_availability_alert_is_requested_after_agreement_and_card(bench: Bench) -> None:
    await open_title(bench, 8)
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
async def test_offline_availability_alert_is_saved(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.network(up=False)
    await bench.press("tell_back", "tell_back")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).alert is LineState.SAVED


@story
async def test_availability_alert_is_offered_only_for_titles_known_to_be_out(bench: Bench) -> None:
    here = await open_title(bench, 7)
    away = replace(here, work=AWAY)
    assert here.under.found is not None and not here.under.found.outdated
    old = replace(away, under=replace(here.under, found=replace(here.under.found, outdated=True)))
    offers = [{each.name for each in actions(page, bench.desk.status)} for page in (here, away, old)]
    assert ["tell_back" in each for each in offers] == [False, True, False]
    assert all("hold" in each for each in offers)


@story
async def test_declined_availability_alert_returns_to_the_title(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.press("tell_back", "back")
    page = shown(bench.view, TitlePage)
    assert not page.agreeing and page.alert is None and not bench.library.acts


@story
async def test_availability_alert_is_possible_after_a_refused_hold(bench: Bench) -> None:
    await open_title(bench, 8)
    bench.library.refuses_next = Reason.LIMIT
    await bench.press("hold")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).hold is LineState.REFUSED
    await bench.press("tell_back", "tell_back")
    page = shown(bench.view, TitlePage)
    assert (page.alert, page.hold, page.block) == (LineState.DONE, None, None)


@under(replace(RULES, pin="account"))
async def test_offline_availability_alert_requiring_a_pin_is_refused(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.network(up=False)
    await bench.press("tell_back", "tell_back")
    await bench.tap(ADA_UID)
    assert shown(bench.view, TitlePage).alert is LineState.REFUSED and not bench.library.acts


@story
async def test_back_from_identification_returns_to_the_title(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.press("hold", "back")
    assert shown(bench.view, TitlePage).work.id == 8 and bench.desk.session.visit.page is None


@story
async def test_card_or_book_during_a_search_starts_a_visit(bench: Bench) -> None:
    await type_query(bench, "map")
    await bench.tap(ADA_UID)
    assert isinstance(bench.view, Borrowing)
    await bench.press("finish")
    await bench.wait(60)
    await open_title(bench)
    await bench.scan(DUNE)
    assert isinstance(bench.view, Asking)


@story
async def test_second_card_on_a_title_page_opens_a_question(bench: Bench) -> None:
    await open_title(bench, 8)
    await bench.press("hold")
    await bench.tap(ADA_UID)
    await bench.tap(LIN_UID)
    assert isinstance(bench.view, Asking)
    await bench.press("back", "back", "back")
    assert isinstance(bench.view, Borrowing | Account)


@story
async def test_idle_timeout_clears_the_query(bench: Bench) -> None:
    await type_query(bench, "map")
    await bench.wait(81)
    assert isinstance(bench.view, Welcome)
    await bench.press("find")
    assert shown(bench.view, Find).typed == ""


@story
async def test_first_result_shows_its_bay_and_can_be_held_directly(bench: Bench) -> None:
    view = await type_query(bench, "map")
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
async def test_first_result_available_online_opens_directly(bench: Bench) -> None:
    bench.library.works[:] = [ONLINE]
    await bench.wait(60)
    await bench.press("find")
    for sign in "map":
        await bench.press("key", choice=sign)
    assert "hold" not in bench.offers()
    await bench.press("read")
    page = shown(bench.view, TitlePage)
    assert page.work == ONLINE and page.on_phone


async def scan_refused(bench: Bench, *copies: Item, item: ItemId = EMMA, **changes: object) -> Refused:
    """Scan an item that is refused, of a title with these other copies."""
    bench.item(item, **changes)
    whole = (*copies, replace(bench.library.items[item], branch=BRANCH))
    bench.library.works[:] = [TitleResult(7, bench.library.items[item].title, call_number="364.162 AUS", copies=whole)]
    bench.floors = (SECOND_FLOOR,)
    await bench.wait(60)
    await bench.borrow(item)
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
    await bench.press("back", "back")
    assert isinstance(bench.view, Borrowing)


@story
async def test_search_result_without_the_refused_item_changes_nothing(bench: Bench) -> None:
    bench.item(EMMA, reserved_for=LIN_REF)
    bench.library.works[:] = [TitleResult(7, "Emma", copies=(OTHER,))]
    await bench.wait(60)
    await bench.borrow(EMMA)
    assert shown(bench.view, Refused).other is None


@story
async def test_search_is_available_to_a_blocked_patron(bench: Bench) -> None:
    bench.library.works[:] = [TitleResult(7, "Emma", copies=(OTHER,))]
    bench.ada(expires=date(2026, 11, 1))
    await bench.wait(60)
    await bench.tap()
    assert VisitTask.FIND in shown(bench.view, Blocked).still
    await bench.press("find")
    assert isinstance(bench.view, Find)
    await bench.press("back")
    assert isinstance(bench.view, Blocked)
