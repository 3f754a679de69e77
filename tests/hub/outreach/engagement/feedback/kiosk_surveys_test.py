"""Test questionnaires at kiosks: their order, one response each, and invalid answers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.deduplication import day_of
from hub.outreach.engagement.feedback.models import (
    Asking,
    PartialResponse,
    Questionnaire,
    SurveyParticipation,
    SurveyResponse,
)
from hub.outreach.engagement.feedback.surveys import rounds
from tests.hub.outreach.engagement.feedback.feedback_fixtures import person
from tests.hub.outreach.engagement.feedback.oracle.cases import WELCOME
from tests.hub.support.world import ADA_UID, World

ADA_CARD = cards.hash_number(ADA_UID)


def open_questionnaire(anonymous: bool) -> Questionnaire:
    Asking.objects.create(kinds=["questionnaire"])
    questionnaire = rounds.keep("visit", WELCOME, hub_clock().now())
    questionnaire.anonymous = anonymous
    today = day_of(hub_clock().now())
    rounds.open_it(questionnaire, today, today + timedelta(days=30))
    return questionnaire


def offered_question(world: World) -> dict[str, Any] | None:
    body = world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}/after").json()
    found: dict[str, Any] | None = body["ask"]
    return found


def respond(world: World, ask: str, answer: str, about: str = "visit.1", card: str | None = ADA_CARD) -> None:
    assert world.upload(world.row("said", ask=ask, answer=answer, about=about, card=card))["outcome"] == "accepted"
    carry()


def test_questionnaire_is_offered_with_form_and_not_again_after_postponing(world: World) -> None:
    open_questionnaire(anonymous=True)
    person(world.ada.ref)
    found = offered_question(world)
    assert found is not None and (found["kind"], found["about"]) == ("questionnaire", "visit.1")
    assert json.loads(found["facts"]["form"]) == WELCOME and found["facts"]["anonymous"] == "yes"
    respond(world, "questionnaire", "later")
    assert offered_question(world) is None
    world.advance(days=31)
    assert offered_question(world) is None, "the questionnaire has closed"


def test_participation_counts_once_and_anonymous_response_has_no_person(world: World) -> None:
    open_questionnaire(anonymous=True)
    person(world.ada.ref)
    respond(world, "questionnaire", "given")
    respond(world, "sheet", '{"mood":5}', card=None)
    world.advance(days=20)
    respond(world, "questionnaire", "given")
    assert [each.times for each in SurveyParticipation.objects.all()] == [1]
    sheet = SurveyResponse.objects.get()
    assert (sheet.person, sheet.kiosk, sheet.branch, sheet.values) == (None, "", world.main, {"mood": 5})


def test_partial_named_response_is_kept_until_completed(world: World) -> None:
    open_questionnaire(anonymous=False)
    person(world.ada.ref)
    respond(world, "questionnaire", 'part {"mood":5}')
    found = offered_question(world)
    assert found is not None and json.loads(found["facts"]["so_far"]) == {"mood": 5}
    respond(world, "questionnaire", 'given {"mood":4}')
    assert not PartialResponse.objects.exists() and SurveyResponse.objects.get().person == person(world.ada.ref)


def test_restarted_partial_response_keeps_earlier_answers(world: World) -> None:
    open_questionnaire(anonymous=False)
    person(world.ada.ref)
    respond(world, "questionnaire", 'part {"come":"yes","mood":5}')
    respond(world, "questionnaire", 'part {"mood":2}')
    assert PartialResponse.objects.get().values == {"come": "yes", "mood": 2}


@pytest.mark.parametrize(
    ("ask", "answer", "about", "card"),
    [
        ("sheet", '{"mood":9}', "visit.1", False),
        ("sheet", "no json", "visit.1", False),
        ("sheet", '{"mood":5}', "visit.7", False),
        ("sheet", '{"mood":5}', "visit", False),
        ("sheet", '{"mood":5}', "visit.1", True),
        ("questionnaire", 'given {"mood":5}', "visit.1", True),
        ("questionnaire", 'part {"mood":5}', "visit.1", True),
        ("questionnaire", "perhaps", "visit.1", True),
    ],
)
def test_invalid_response_is_skipped_without_naming_patron(
    world: World, ask: str, answer: str, about: str, card: bool
) -> None:
    open_questionnaire(anonymous=True)
    person(world.ada.ref)
    respond(world, ask, answer, about, cards.hash_number(ADA_UID) if card else None)
    assert (
        not SurveyResponse.objects.exists()
        and not SurveyParticipation.objects.exists()
        and not PartialResponse.objects.exists()
    )
    respond(world, "sheet", '{"mood":5}', card=None)
    assert SurveyResponse.objects.count() == 1


def test_child_is_offered_no_named_questionnaire(world: World) -> None:
    open_questionnaire(anonymous=False)
    child = person(world.ada.ref)
    child.child = True
    child.save()
    assert offered_question(world) is None
