"""Test recommendations: after the PIN, on the shelf here and now, and the feedback on them; questions too."""

from __future__ import annotations

from dataclasses import replace

from kiosk.views import (
    ABOUT,
    Account,
    Asking,
    AskLibrarian,
    Borrowing,
    Farewell,
    ForYou,
    Identify,
    LineState,
    PickKind,
    Refused,
    Signal,
    TitlePage,
    Welcome,
    actions,
)
from kiosk.words import Words
from kiosk.words.hidden_titles import without_titles
from lending.model import AvailableRecommendation, Item, ItemId, ItemStatus, Reason, Recommendation
from lending.responses import EventPlace, HoldRequest, LibrarianQuestion, RecommendationFeedback
from lending.shelves import Bay, Floor
from lending.showcase import NewTitle, Showcase
from lending.title_result import TitleResult
from tests.kiosk.desk.bench import ADA, ATLAS, DUNE, EMMA, FILM, LIN_UID, RULES, ZHUANGZI, Bench, shown, story, under
from tests.kiosk.desk.central import BRANCH
from tests.kiosk.desk.event_booking_test import SOON

WHY = {"zh": "因为您借过《米德尔马契》", "en": "because you borrowed “Middlemarch”"}
FLOOR = Floor({"en": "Floor 2"}, 2, 24, 12, (1, 1), bays=(Bay("20", 3, 3, 1, 4, "820", "830"),))
BEHIND_A_PIN = replace(RULES, pin="account")


def offer(
    item: str, title: str, about: str = "", *, branch: str = BRANCH, new: bool = False
) -> AvailableRecommendation:
    pick = Recommendation(title, "", "823", WHY, new, (item,), about, again=not about)  # type: ignore[arg-type]
    return AvailableRecommendation(pick, Item(item, title, call_number="823 AUS", branch=branch))  # type: ignore[arg-type]


OFFERS = (
    offer(ATLAS, "Atlas"),
    offer(EMMA, "Emma", "title-2", new=True),
    offer(DUNE, "Dune", "title-1"),
    offer(FILM, "Stalker", "title-3", branch="elsewhere"),
)


async def open_recommendations(bench: Bench, offers: tuple[AvailableRecommendation, ...] = OFFERS) -> ForYou:
    bench.library.offers = offers
    await bench.tap()
    await bench.press("account")
    if bench.rules.pin != "never":
        await bench.press("unlock")
        await bench.type("4711")
    await bench.press("for_you")
    if bench.rules.pin == "never":
        assert isinstance(bench.view, Identify), "recommendations always need the PIN"
        await bench.type("4711")
    return shown(bench.view, ForYou)


@under(BEHIND_A_PIN)
async def test_recommendations_are_hidden_without_the_pin(bench: Bench) -> None:
    bench.library.offers = OFFERS
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).locked
    assert not {"for_you", "like"} & {each.name for each in actions(bench.view, bench.desk.status)}


@under(BEHIND_A_PIN)
async def test_offline_recommendations_stay_hidden(bench: Bench) -> None:
    bench.library.offers = OFFERS
    await bench.network(up=False)
    await bench.tap()
    await bench.press("account")
    assert shown(bench.view, Account).locked and "for_you" not in bench.offers()


@under(BEHIND_A_PIN)
async def test_pin_opens_recommendations_on_the_shelf_here(bench: Bench) -> None:
    view = await open_recommendations(bench)
    shown_picks = [(each.title, each.kind) for each in view.picks or ()]
    assert shown_picks == [("Dune", PickKind.LIKE), ("Emma", PickKind.NEW), ("Atlas", PickKind.AGAIN)]
    assert view.picks is not None and (view.picks[0].why, view.picks[0].call_number) == (WHY, "823 AUS")


@story
async def test_like_and_not_for_me_are_sent_once(bench: Bench) -> None:
    await open_recommendations(bench)
    await bench.press("like", item=DUNE)
    await bench.press("not_for_me", item=EMMA)
    assert bench.responses == [
        RecommendationFeedback("like", "title-1", ADA),
        RecommendationFeedback("not", "title-2", ADA),
    ]
    assert [each.feedback for each in shown(bench.view, ForYou).picks or ()] == ["like", "not", ""]
    rated = {each.item for each in actions(bench.view, bench.desk.status) if each.name in ("like", "not_for_me")}
    assert rated == {DUNE, EMMA}, "titles borrowed before are not rated"


@story
async def test_touching_the_chosen_reaction_again_takes_it_back(bench: Bench) -> None:
    await open_recommendations(bench)
    for name in ("like", "like", "not_for_me", "like"):
        await bench.press(name, item=DUNE)
    said = [each.answer for each in bench.responses]
    assert said == ["like", "withdraw", "not", "like"], "the newest answer wins"
    assert [each.feedback for each in shown(bench.view, ForYou).picks or ()] == ["like", "", ""]
    await bench.press("like", item=DUNE)
    await bench.press("ask_librarian", "back")
    assert {each.feedback for each in shown(bench.view, ForYou).picks or ()} == {""}


@story
async def test_reaction_that_could_not_be_written_is_not_shown(bench: Bench) -> None:
    await open_recommendations(bench)
    await bench.press("like", item=DUNE)
    bench.library.journal_full = True
    await bench.press("like", item=DUNE)
    assert [each.feedback for each in shown(bench.view, ForYou).picks or ()] == ["like", "", ""]
    await bench.press("not_for_me", item=EMMA)
    assert [each.feedback for each in shown(bench.view, ForYou).picks or ()] == ["like", "", ""]
    assert [each.answer for each in bench.responses] == ["like"]


TITLES = (
    TitleResult(1, "Dune", "Herbert", "823 AUS", copies=(Item(DUNE, "Dune", call_number="823 AUS", branch=BRANCH),)),
    TitleResult(2, "Emma", copies=(Item(EMMA, "Emma", branch=BRANCH, status=ItemStatus.ON_LOAN),)),
    TitleResult(9, "Persuasion"),
)


async def open_page(bench: Bench, item: ItemId) -> TitlePage:
    bench.floors = (FLOOR,)
    bench.library.works[:] = TITLES
    await bench.wait(60)
    await open_recommendations(bench)
    await bench.press("title", item=item)
    return shown(bench.view, TitlePage)


@story
async def test_cover_opens_its_title_and_back_returns_to_recommendations(bench: Bench) -> None:
    page = await open_page(bench, DUNE)
    assert (page.work.id, page.under.found and page.under.found.works) == (1, TITLES[:1])
    assert page.stand is not None and [each.code for each in page.stand.bays] == ["20"]
    await bench.press("back")
    view = shown(bench.view, ForYou)
    assert [each.title for each in view.picks or ()] == ["Dune", "Emma", "Atlas"], "the list is not looked up again"
    await bench.press("like", item=DUNE)
    await bench.press("title", item=DUNE)
    await bench.press("back")
    assert [each.feedback for each in shown(bench.view, ForYou).picks or ()] == ["like", "", ""]


@story
async def test_hold_on_a_recommended_title_needs_no_new_proof(bench: Bench) -> None:
    await open_page(bench, EMMA)
    await bench.press("hold")
    assert bench.responses == [HoldRequest("wanted", "2", ADA)]
    assert shown(bench.view, TitlePage).hold is LineState.DONE
    await bench.press("back")
    assert isinstance(bench.view, ForYou)


@story
async def test_title_page_opens_offline_with_what_is_known(bench: Bench) -> None:
    bench.library.works[:] = TITLES
    await bench.wait(60)
    await open_recommendations(bench)
    await bench.network(up=False)
    await bench.press("title", item=DUNE)
    assert shown(bench.view, TitlePage).under.offline
    await bench.press("back")
    assert isinstance(bench.view, ForYou)


@story
async def test_covers_open_nothing_without_a_catalogue_or_with_hidden_titles(bench: Bench) -> None:
    await open_recommendations(bench)
    assert "title" not in bench.offers(), "the kiosk cannot look titles up"
    await bench.press("back")
    bench.library.works[:] = TITLES
    await bench.wait(50)
    await bench.press("for_you")
    assert "title" in bench.offers()
    await bench.press("display", "hide_titles")
    await bench.press("close_panel")
    assert "title" not in bench.offers()


@story
async def test_hidden_titles_hide_the_page_of_a_recommendation(bench: Bench) -> None:
    page = await open_page(bench, DUNE)
    hidden = without_titles(page, Words("en"))
    told = [hidden.work.title, hidden.work.author, hidden.work.call_number_at(BRANCH), hidden.stand]
    assert told == ["Hidden: it may show a title", "", "", None]


@story
async def test_cover_of_an_unknown_title_opens_nothing(bench: Bench) -> None:
    bench.library.works[:] = TITLES
    await bench.wait(60)
    await open_recommendations(bench)
    await bench.press("title", item=ATLAS)
    assert isinstance(bench.view, ForYou)


@story
async def test_late_title_opens_nothing_on_another_screen(bench: Bench) -> None:
    bench.library.works[:] = TITLES
    await bench.wait(60)
    await open_recommendations(bench)
    bench.library.hold_answers()
    await bench.press("title", item=DUNE)
    await bench.press("ask_librarian")
    await bench.release_answers()
    assert isinstance(bench.view, AskLibrarian)


@under(BEHIND_A_PIN)
async def test_cover_of_a_new_title_opens_its_page(bench: Bench) -> None:
    bench.showcase = Showcase(news=(NewTitle("Persuasion", "Austen, Jane", id=9),))
    bench.library.works[:] = TITLES
    await bench.wait(60)
    (line,) = (await open_recommendations(bench, ())).picks or ()
    await bench.press("title", item=line.item)
    assert shown(bench.view, TitlePage).work == TITLES[2]


@story
async def test_back_returns_to_the_account_and_finish_to_welcome(bench: Bench) -> None:
    await open_recommendations(bench)
    await bench.press("back")
    assert isinstance(bench.view, Account)
    await bench.press("for_you", "finish")
    assert isinstance(bench.desk.view, Welcome)


@story
async def test_event_can_be_booked_from_recommendations(bench: Bench) -> None:
    bench.showcase = Showcase(courses=(SOON,))
    picks = (await open_recommendations(bench)).picks
    await bench.press("events", "open", choice="0")
    await bench.press("take_place")
    assert bench.responses == [EventPlace("take", "5", ADA)], "the card is already known"
    await bench.press("back", "back")
    assert shown(bench.view, ForYou).picks == picks


@story
async def test_events_button_is_hidden_without_events(bench: Bench) -> None:
    await open_recommendations(bench)
    assert "events" not in bench.offers()


@story
async def test_book_scanned_on_recommendations_is_borrowed(bench: Bench) -> None:
    await open_recommendations(bench)
    await bench.scan(ZHUANGZI)
    assert isinstance(bench.view, Borrowing)
    assert [(each.item, each.state) for each in bench.lines] == [(ZHUANGZI, LineState.DONE)]
    await bench.press("account", "for_you", "finish")
    assert [each.item for each in shown(bench.view, Farewell).lines] == [ZHUANGZI]


@story
async def test_second_card_opens_a_question_and_sees_no_recommendations(bench: Bench) -> None:
    await open_recommendations(bench)
    await bench.lay(LIN_UID)
    assert isinstance(bench.view, Asking)
    bench.library.offers = ()
    await bench.press("finish")
    assert "Dune" not in repr(bench.desk.session)


@story
async def test_recommendations_are_cleared_after_a_timeout(bench: Bench) -> None:
    await open_recommendations(bench)
    assert bench.view.signal is Signal.SCAN
    await bench.wait(85)
    assert isinstance(bench.desk.view, Welcome) and "Dune" not in repr(bench.desk.session)


@story
async def test_refusal_arriving_on_recommendations_is_shown(bench: Bench) -> None:
    await open_recommendations(bench)
    for _twice in range(2):
        await bench.press("back")
    bench.library.refuses_next = Reason.CENTRAL_REFUSED
    bench.library.hold_answers()
    await bench.scan(ZHUANGZI)
    await bench.press("account", "for_you")
    assert isinstance(bench.view, ForYou)
    await bench.release_answers()
    assert shown(bench.view, Refused).line.item == ZHUANGZI
    await bench.press("next")
    assert isinstance(bench.view, ForYou)


@story
async def test_feedback_is_kept_for_the_visit(bench: Bench) -> None:
    await open_recommendations(bench)
    await bench.press("not_for_me", item=EMMA)
    await bench.press("ask_librarian", "back")
    assert [each.feedback for each in shown(bench.view, ForYou).picks or ()] == ["", "not", ""]
    await bench.press("finish")
    await open_recommendations(bench)
    assert {each.feedback for each in shown(bench.view, ForYou).picks or ()} == {""}


@under(BEHIND_A_PIN)
async def test_new_titles_replace_missing_recommendations(bench: Bench) -> None:
    bench.showcase = Showcase(news=(NewTitle("Persuasion", "Austen, Jane"),))
    view = await open_recommendations(bench, ())
    assert [(each.title, each.kind) for each in view.picks or ()] == [("Persuasion", PickKind.NEW)]
    assert view.for_everyone
    assert not {"like", "not_for_me"} & {each.name for each in actions(bench.view, bench.desk.status)}


def because(title: str, why: str, number: int) -> AvailableRecommendation:
    recommendation = offer(f"3001{number}", title, f"title-{number}")
    return replace(recommendation, pick=replace(recommendation.pick, why={"en": f"because you borrowed “{why}”"}))


@under(BEHIND_A_PIN)
async def test_recommendations_omit_self_references_and_limit_equal_reasons(bench: Bench) -> None:
    offers = (
        because("Dune", "Dune", 1),
        because("Emma", "Middlemarch", 2),
        because("Persuasion", "Middlemarch", 3),
        because("Romola", "Middlemarch", 4),
        because("Stalker", "Solaris", 5),
        because("Emma", "Persuasion", 6),
    )
    view = await open_recommendations(bench, offers)
    assert [each.title for each in view.picks or ()] == ["Emma", "Persuasion", "Stalker"]


@under(BEHIND_A_PIN)
async def test_recommended_title_names_its_bay(bench: Bench) -> None:
    bench.floors = (FLOOR,)
    await bench.wait(60)
    view = await open_recommendations(bench, OFFERS[1:2])
    (line,) = view.picks or ()
    assert line.stand is not None and [each.code for each in line.stand.bays] == ["20"]


async def open_ask_librarian(bench: Bench) -> AskLibrarian:
    await bench.tap()
    await go_to_ask_librarian(bench)
    return shown(bench.view, AskLibrarian)


async def go_to_ask_librarian(bench: Bench) -> None:
    for name in ("account", "for_you"):
        await bench.press(name)
    await bench.type("4711")
    await bench.press("ask_librarian")


@story
async def test_one_touch_sends_one_question_and_back_opens_for_you(bench: Bench) -> None:
    await open_ask_librarian(bench)
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "ask"]
    assert offered == list(ABOUT)
    await bench.press("ask", choice="study")
    assert bench.responses == [LibrarianQuestion("call", "study", ADA)]
    assert bench.view.signal is Signal.DONE and "ask" not in bench.offers()
    await bench.press("back")
    assert isinstance(bench.desk.view, ForYou)


@story
async def test_offline_question_is_recorded_once(bench: Bench) -> None:
    await open_ask_librarian(bench)
    await bench.network(up=False)
    await bench.press("ask", choice="card")
    assert len(bench.responses) == 1
    await bench.press("finish")
    assert bench.desk.view == Welcome()


@story
async def test_ask_librarian_screen_keeps_the_items_of_the_visit(bench: Bench) -> None:
    await bench.borrow(DUNE)
    await go_to_ask_librarian(bench)
    await bench.scan(EMMA)
    assert isinstance(bench.desk.view, Borrowing) and {each.item for each in bench.lines} == {DUNE, EMMA}
    await bench.press("finish")
    assert len(shown(bench.desk.view, Farewell).lines) == 2
