"""Test questionnaires: answered by touch, interrupted, and anonymous where promised."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from kiosk.views import Farewell, IdleWarning, ReceiptState, Survey, Welcome
from lending.questions import PostVisitQuestion
from lending.responses import AnonymousSurvey, NamedSurvey
from tests.kiosk.desk.bench import ADA, LIN_UID, RULES, Bench, running_bench, shown, story
from tests.kiosk.desk.post_visit_test import borrow

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


async def start_survey(bench: Bench, question: PostVisitQuestion, *, proved: bool = False) -> Survey:
    await borrow(bench, question=question, proved=proved)
    await bench.press("answer", choice="start")
    return shown(bench.view, Survey)


@story
async def test_anonymous_survey_is_sent_without_the_card(bench: Bench) -> None:
    view = await start_survey(bench, ask())
    assert view.question.name == "mood" and not view.complete
    await bench.press("mark", choice="5")
    await bench.press("mark", choice="wifi")
    await bench.press("mark", choice="loan")
    await bench.press("onwards")
    await bench.press("mark", choice="yes")
    await bench.press("hand_in")
    assert bench.responses == [
        NamedSurvey("given", "visit.1", ADA),
        AnonymousSurvey('{"found":true,"mood":5,"used":["loan","wifi"]}', "visit.1", None),
    ]
    assert shown(bench.view, Farewell).answered == "given"
    await bench.press("receipt_none")
    assert (bench.view, len(bench.responses)) == (Welcome(), 2)


@story
async def test_named_survey_is_sent_in_one_response(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="1")
    assert shown(bench.view, Survey).question.name == "why"
    for sign in "dim":
        await bench.press("key", choice=sign)
    await bench.press("onwards")
    await bench.press("onwards")
    await bench.press("hand_in")
    assert bench.responses == [NamedSurvey('given {"mood":1,"why":"dim"}', "visit.1", ADA)]


@story
async def test_answers_hidden_later_are_not_sent(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="1")
    await bench.press("key", choice="x")
    await bench.press("back")
    await bench.press("mark", choice="4")
    await bench.press("onwards")
    await bench.press("hand_in")
    assert bench.responses == [NamedSurvey('given {"mood":4}', "visit.1", ADA)]


@story
async def test_abandoned_named_survey_is_saved_partially(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="5")
    await bench.wait(60)
    shown(bench.view, IdleWarning)
    await bench.wait(20)
    assert (bench.view, bench.responses) == (
        Welcome(),
        [NamedSurvey('part {"mood":5}', "visit.1", ADA)],
    )


@story
async def test_unfinished_anonymous_survey_is_not_kept(bench: Bench) -> None:
    await start_survey(bench, ask())
    await bench.press("mark", choice="5")
    await bench.press("stop")
    assert bench.responses == [NamedSurvey("later", "visit.1", ADA)]
    await bench.press("receipt_none")
    assert len(bench.responses) == 1


@story
async def test_named_survey_resumes_at_the_first_open_question(bench: Bench) -> None:
    view = await start_survey(bench, ask(anonymous=False, so_far='{"mood":5,"odd":1,"found":"perhaps"}'), proved=True)
    assert (view.values, view.question.name) == ({"mood": 5}, "used")


@story
async def test_partial_answers_are_hidden_from_an_unverified_card(bench: Bench) -> None:
    view = await start_survey(bench, ask(anonymous=False, so_far='{"mood":5}'))
    question = shown(view.under, Farewell).ask
    assert view.values == {} and question and "so_far" not in question.facts


@story
async def test_back_keeps_the_answers(bench: Bench) -> None:
    await start_survey(bench, ask())
    await bench.press("mark", choice="5")
    await bench.press("back")
    await bench.press("back")
    assert isinstance(bench.view, Farewell)
    await bench.press("answer", choice="start")
    assert shown(bench.view, Survey).values == {"mood": 5}


@story
async def test_required_comment_of_blanks_is_incomplete(bench: Bench) -> None:
    element = {"type": "comment", "name": "why", "title": "Why?", "isRequired": True}
    form = json.dumps({"title": "T", "elements": [element]})
    view = await start_survey(bench, PostVisitQuestion("questionnaire", "visit.1", {"form": form, "anonymous": "yes"}))
    for blanks in ("   ", "\u3000", "\u200b"):
        typed = replace(view, values={"why": blanks})
        assert not typed.answered
        assert not typed.complete


@pytest.mark.parametrize("anonymous", [True, False])
def test_leaving_after_back_counts_as_stopping(anonymous: bool) -> None:
    half = "later" if anonymous else 'part {"mood":5}'

    async def leave_survey(leaves: str, choice: str | None) -> None:
        async with running_bench(RULES) as bench:
            await start_survey(bench, ask(anonymous))
            await bench.press("mark", choice="5")
            await bench.press("back")
            await bench.press("back")
            assert isinstance(bench.view, Farewell)
            await bench.press(leaves, choice=choice)
            await bench.tap(LIN_UID)
            assert bench.responses == [NamedSurvey(half, "visit.1", ADA)]

    asyncio.run(leave_survey("receipt_none", None))
    asyncio.run(leave_survey("answer", "later"))


@story
async def test_next_card_ends_the_survey_and_clears_its_answers(bench: Bench) -> None:
    await start_survey(bench, ask(anonymous=False))
    await bench.press("mark", choice="2")
    await bench.tap(LIN_UID)
    assert bench.responses == [NamedSurvey('part {"mood":2}', "visit.1", ADA)]
    assert not isinstance(bench.view, Survey) and bench.desk.session.visit.answers == {}


@story
async def test_receipt_is_printed_during_the_survey(bench: Bench) -> None:
    await borrow(bench, question=ask())
    await bench.press("receipt_paper")
    await bench.press("answer", choice="start")
    await bench.press("mark", choice="5")
    view = shown(bench.view, Survey)
    assert shown(view.under, Farewell).receipt is ReceiptState.PRINTED


@story
async def test_unsupported_survey_form_is_not_asked(bench: Bench) -> None:
    odd = json.dumps({"title": "x", "elements": [{"type": "matrix", "name": "m"}]})
    view = await borrow(
        bench, question=PostVisitQuestion("questionnaire", "visit.1", {"form": odd, "anonymous": "yes"})
    )
    assert view.ask is None
