"""Test the loan history: after the PIN, removing one title, ending it, recommending one to a friend."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.views import Details, ForYou, Identify, LineState, RecordPage, actions
from kiosk.words import Words
from kiosk.words.hidden_titles import without_titles
from lending.patron_record import Consent, HistoryEntry, PatronRecord
from lending.responses import ConsentChange, HistoryErasure
from tests.kiosk.desk.bench import ADA, RULES, Bench, shown, story, under

NAME = {"zh": "借阅历史", "en": "history"}
YES = Consent("history", NAME, NAME, "2026-1", given=True)
DUNE = HistoryEntry("7", "Dune", "Herbert", date(2026, 11, 1), "https://hub.example/p/titles/7/")
EMMA = HistoryEntry("8", "Emma")
RECORD = PatronRecord(consents=(YES,), had=(DUNE, EMMA))


async def open_history(bench: Bench, record: PatronRecord = RECORD) -> Details:
    bench.library.record = record
    await bench.tap()
    await bench.press("account")
    await bench.press("for_you")
    assert isinstance(bench.view, Identify) and "Dune" not in repr(bench.desk.session)
    await bench.type("4711")
    await bench.press("had")
    return shown(bench.view, Details)


def had(bench: Bench) -> tuple[HistoryEntry, ...]:
    mine = shown(bench.view, Details).mine
    assert mine is not None
    return mine.had


@story
async def test_loan_history_opens_after_the_pin_and_is_cleared_at_finish(bench: Bench) -> None:
    view = await open_history(bench)
    assert view.room is RecordPage.HAD and had(bench) == (DUNE, EMMA)
    await bench.press("back")
    shown(bench.view, ForYou)
    await bench.press("finish")
    assert "Dune" not in repr(bench.desk.session)


@story
async def test_title_is_removed_from_the_history_online_and_offline(bench: Bench) -> None:
    await open_history(bench)
    await bench.press("drop", choice="8")
    assert bench.responses == [HistoryErasure("remove", "8", ADA)] and had(bench) == (DUNE,)
    assert shown(bench.view, Details).changes["had 8"] is LineState.DONE
    await bench.network(up=False)
    await bench.press("drop", choice="7")
    assert had(bench) == () and shown(bench.view, Details).changes["had 7"] is LineState.SAVED


@story
async def test_withdrawn_consent_clears_the_history(bench: Bench) -> None:
    await open_history(bench)
    await bench.press("withdraw", choice="history")
    assert bench.responses == [ConsentChange("withdraw", "history", ADA)] and had(bench) == ()
    assert "drop" not in bench.offers()
    await bench.press("open", choice="consents")
    assert shown(bench.view, Details).room is RecordPage.CONSENTS


@story
async def test_history_without_consent_offers_nothing(bench: Bench) -> None:
    await open_history(bench, replace(RECORD, consents=(replace(YES, given=False),), had=()))
    assert {"drop", "recommend", "withdraw"}.isdisjoint(bench.offers())


@story
async def test_title_with_a_page_can_be_recommended_to_a_friend(bench: Bench) -> None:
    await open_history(bench)
    offered = [each.choice for each in actions(bench.view, bench.desk.status) if each.name == "recommend"]
    assert offered == ["7"]
    await bench.press("recommend", choice="7")
    view = shown(bench.view, Details)
    assert (view.room, view.about) == (RecordPage.FRIEND, "7")
    await bench.press("back")
    assert shown(bench.view, Details).room is RecordPage.HAD and bench.responses == []


@under(replace(RULES, record=False))
async def test_loan_history_without_a_hub_record_is_not_offered(bench: Bench) -> None:
    await bench.tap()
    await bench.press("account")
    await bench.press("for_you")
    await bench.type("4711")
    assert isinstance(bench.view, ForYou) and "had" not in bench.offers()


@story
async def test_hidden_titles_are_hidden_in_the_history(bench: Bench) -> None:
    view = await open_history(bench)
    await bench.press("display")
    assert "hide_titles" in bench.offers()
    hidden = without_titles(view, Words("en"))
    assert hidden.mine is not None and [each.title for each in hidden.mine.had] == ["Book 1", "Book 2"]
    assert "Herbert" not in repr(hidden)
