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

HERS = cards.hashed(ADA_UID)


def opened(anonymous: bool) -> Questionnaire:
    Asking.objects.create(kinds=["questionnaire"])
    made = rounds.keep("visit", WELCOME, hub_clock().now())
    made.anonymous = anonymous
    today = day_of(hub_clock().now())
    rounds.open_it(made, today, today + timedelta(days=30))
    return made


def asked(world: World) -> dict[str, Any] | None:
    told = world.device.get(f"/api/v1/cards/{cards.hashed(ADA_UID)}/after").json()
    found: dict[str, Any] | None = told["ask"]
    return found


def says(world: World, ask: str, answer: str, about: str = "visit.1", card: str | None = HERS) -> None:
    assert world.tell(world.row("said", ask=ask, answer=answer, about=about, card=card))["outcome"] == "accepted"
    carry()


def test_it_is_asked_with_its_form_and_not_again_for_a_while(world: World) -> None:
    opened(anonymous=True)
    person(world.ada.ref)
    found = asked(world)
    assert found is not None and (found["kind"], found["about"]) == ("questionnaire", "visit.1")
    assert json.loads(found["facts"]["form"]) == WELCOME and found["facts"]["anonymous"] == "yes"
    says(world, "questionnaire", "later")
    assert asked(world) is None
    world.ahead(days=31)
    assert asked(world) is None, "it is over"


def test_taking_part_is_counted_once_and_the_sheet_is_nobodys(world: World) -> None:
    opened(anonymous=True)
    person(world.ada.ref)
    says(world, "questionnaire", "given")
    says(world, "sheet", '{"mood":5}', card=None)
    world.ahead(days=20)
    says(world, "questionnaire", "given")
    assert [each.times for each in SurveyParticipation.objects.all()] == [1]
    sheet = SurveyResponse.objects.get()
    assert (sheet.person, sheet.kiosk, sheet.branch, sheet.values) == (None, "", world.main, {"mood": 5})


def test_half_a_sheet_is_kept_with_a_name_alone(world: World) -> None:
    opened(anonymous=False)
    person(world.ada.ref)
    says(world, "questionnaire", 'part {"mood":5}')
    found = asked(world)
    assert found is not None and json.loads(found["facts"]["so_far"]) == {"mood": 5}
    says(world, "questionnaire", 'given {"mood":4}')
    assert not PartialResponse.objects.exists() and SurveyResponse.objects.get().person == person(world.ada.ref)


def test_half_a_sheet_that_was_begun_anew_takes_nothing_from_the_fuller_half(world: World) -> None:
    opened(anonymous=False)
    person(world.ada.ref)
    says(world, "questionnaire", 'part {"come":"yes","mood":5}')
    says(world, "questionnaire", 'part {"mood":2}')
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
def test_what_makes_no_sense_stops_nothing_and_names_nobody(
    world: World, ask: str, answer: str, about: str, card: bool
) -> None:
    opened(anonymous=True)
    person(world.ada.ref)
    says(world, ask, answer, about, cards.hashed(ADA_UID) if card else None)
    assert (
        not SurveyResponse.objects.exists()
        and not SurveyParticipation.objects.exists()
        and not PartialResponse.objects.exists()
    )
    says(world, "sheet", '{"mood":5}', card=None)
    assert SurveyResponse.objects.count() == 1


def test_a_child_is_asked_for_nothing_with_its_name(world: World) -> None:
    opened(anonymous=False)
    child = person(world.ada.ref)
    child.child = True
    child.save()
    assert asked(world) is None
