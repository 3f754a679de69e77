"""Test questionnaires: answered by touch, interrupted, and anonymous where promised."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from kiosk.views import Farewell, IdleWarning, ReceiptState, Survey, Welcome
from lending.post_visit import PostVisitQuestion
from lending.responses import AnonymousSurvey, NamedSurvey
from tests.kiosk.desk.bench import ADA, LIN_UID, RULES, Bench, shown, story
from tests.kiosk.desk.bench import bench as running
from tests.kiosk.desk.post_visit_test import borrow, said

FORM = json.dumps(
    {
        "title": {"default": "Your visit", "zh-cn": "您的到访"},
        "elements": [
            {"type": "rating", "name": "mood", "title": "How was it?", "rateType": "smileys", "isRequired": True},
            {"type": "comment", "name": "why", "title": "Why?", "visibleIf": "{mood} < 3"},
            {"type": "checkbox", "name": "used", "title": "What did you use?", "choices": ["loan", "room", "wifi"]},
            {"type": "boolean", "name": "found", "title": "Did you find it?"},
        ],
    }
)


def ask(anonymous: bool = True, **facts: str) -> PostVisitQuestion:
    return PostVisitQuestion(
        "questionnaire", "visit.1", {"form": FORM, "anonymous": "yes" if anonymous else "", **facts}
    )


async def begins(bench: Bench, asked: PostVisitQuestion, *, proved: bool = False) -> Survey:
    await borrow(bench, asked=asked, proved=proved)
    await bench.press("answer", choice="start")
    return shown(bench.view, Survey)


@story
async def test_an_anonymous_sheet_goes_without_their_card(bench: Bench) -> None:
    view = await begins(bench, ask())
    assert view.question.name == "mood" and not view.complete
    await bench.press("mark", choice="5")
    await bench.press("mark", choice="wifi")
    await bench.press("mark", choice="loan")
    await bench.press("onwards")
    await bench.press("mark", choice="yes")
    await bench.press("hand_in")
    assert said(bench) == [
        NamedSurvey("given", "visit.1", ADA),
        AnonymousSurvey('{"found":true,"mood":5,"used":["loan","wifi"]}', "visit.1", None),
    ]
    assert shown(bench.view, Farewell).answered == "given"
    await bench.press("receipt_none")
    assert (bench.view, len(said(bench))) == (Welcome(), 2)


@story
async def test_a_sheet_with_their_name_is_one_word_of_theirs(bench: Bench) -> None:
    await begins(bench, ask(anonymous=False))
    await bench.press("mark", choice="1")
    assert shown(bench.view, Survey).question.name == "why"
    for sign in "dim":
        await bench.press("key", choice=sign)
    await bench.press("onwards")
    await bench.press("onwards")
    await bench.press("hand_in")
    assert said(bench) == [NamedSurvey('given {"mood":1,"why":"dim"}', "visit.1", ADA)]


@story
async def test_what_is_hidden_in_the_end_is_not_on_the_sheet(bench: Bench) -> None:
    await begins(bench, ask(anonymous=False))
    await bench.press("mark", choice="1")
    await bench.press("key", choice="x")
    await bench.press("back")
    await bench.press("mark", choice="4")
    await bench.press("onwards")
    await bench.press("hand_in")
    assert said(bench) == [NamedSurvey('given {"mood":4}', "visit.1", ADA)]


@story
async def test_whoever_walks_away_half_way_finds_it_again(bench: Bench) -> None:
    await begins(bench, ask(anonymous=False))
    await bench.press("mark", choice="5")
    await bench.wait(60)
    shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert (bench.view, said(bench)) == (
        Welcome(),
        [NamedSurvey('part {"mood":5}', "visit.1", ADA)],
    )


@story
async def test_half_of_a_sheet_that_is_nobodys_is_not_kept(bench: Bench) -> None:
    await begins(bench, ask())
    await bench.press("mark", choice="5")
    await bench.press("stop")
    assert said(bench) == [NamedSurvey("later", "visit.1", ADA)]
    await bench.press("receipt_none")
    assert len(said(bench)) == 1


@story
async def test_the_rest_is_asked_where_the_patron_stopped(bench: Bench) -> None:
    view = await begins(bench, ask(anonymous=False, so_far='{"mood":5,"odd":1,"found":"perhaps"}'), proved=True)
    assert (view.values, view.question.name) == ({"mood": 5}, "used")


@story
async def test_a_found_card_tells_nothing_of_what_the_patron_said_before(bench: Bench) -> None:
    view = await begins(bench, ask(anonymous=False, so_far='{"mood":5}'))
    asked = shown(view.under, Farewell).ask
    assert view.values == {} and asked and "so_far" not in asked.facts


@story
async def test_back_loses_nothing(bench: Bench) -> None:
    await begins(bench, ask())
    await bench.press("mark", choice="5")
    await bench.press("back")
    await bench.press("back")
    assert isinstance(bench.view, Farewell)
    await bench.press("answer", choice="start")
    assert shown(bench.view, Survey).values == {"mood": 5}


@story
async def test_a_required_comment_of_blanks_cannot_be_handed_in(bench: Bench) -> None:
    element = {"type": "comment", "name": "why", "title": "Why?", "isRequired": True}
    form = json.dumps({"title": "T", "elements": [element]})
    view = await begins(bench, PostVisitQuestion("questionnaire", "visit.1", {"form": form, "anonymous": "yes"}))
    for blanks in ("   ", "\u3000", "\u200b"):
        typed = replace(view, values={"why": blanks})
        assert not typed.answered
        assert not typed.complete


@pytest.mark.parametrize("anonymous", [True, False])
def test_whoever_goes_back_and_leaves_is_as_one_who_stops(anonymous: bool) -> None:
    half = "later" if anonymous else 'part {"mood":5}'

    async def played(leaves: str, choice: str | None) -> None:
        async with running(RULES) as bench:
            await begins(bench, ask(anonymous))
            await bench.press("mark", choice="5")
            await bench.press("back")
            await bench.press("back")
            assert isinstance(bench.view, Farewell)
            await bench.press(leaves, choice=choice)
            await bench.tap(LIN_UID)
            assert said(bench) == [NamedSurvey(half, "visit.1", ADA)]

    asyncio.run(played("receipt_none", None))
    asyncio.run(played("answer", "later"))


@story
async def test_the_next_card_ends_it_and_sees_nothing_of_it(bench: Bench) -> None:
    await begins(bench, ask(anonymous=False))
    await bench.press("mark", choice="2")
    await bench.tap(LIN_UID)
    assert said(bench) == [NamedSurvey('part {"mood":2}', "visit.1", ADA)]
    assert not isinstance(bench.view, Survey) and bench.desk.session.visit.answers == {}


@story
async def test_a_receipt_is_printed_under_it(bench: Bench) -> None:
    await borrow(bench, asked=ask())
    await bench.press("receipt_paper")
    await bench.press("answer", choice="start")
    await bench.press("mark", choice="5")
    view = shown(bench.view, Survey)
    assert shown(view.under, Farewell).receipt is ReceiptState.PRINTED


@story
async def test_a_form_that_this_kiosk_cannot_put_is_not_asked(bench: Bench) -> None:
    odd = json.dumps({"title": "x", "elements": [{"type": "matrix", "name": "m"}]})
    view = await borrow(bench, asked=PostVisitQuestion("questionnaire", "visit.1", {"form": odd, "anonymous": "yes"}))
    assert view.ask is None
