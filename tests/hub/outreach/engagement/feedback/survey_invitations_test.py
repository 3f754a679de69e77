"""Test invitations to questionnaires: with consent, once per round, and without a trace to the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.deduplication import day_of
from hub.outreach.engagement.feedback.models import Questionnaire, SurveyResponse
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.engagement.feedback.feedback_fixtures import moment, person
from tests.hub.outreach.engagement.feedback.oracle.cases import WELCOME
from tests.hub.support.world import World


def give_consent(*names: str) -> None:
    for name in names:
        consents.give(person(name), Purpose.QUESTIONNAIRE, "phone", consents.text(Purpose.QUESTIONNAIRE).version)


@pytest.fixture
def visit(world: World) -> Questionnaire:
    """A questionnaire that is open for a month and invites by message."""
    questionnaire = rounds.keep("visit", WELCOME, moment())
    questionnaire.invites = True
    today = day_of(moment())
    rounds.open_it(questionnaire, today, today + timedelta(days=29))
    give_consent("p-1", "p-2")
    person("p-3")
    return questionnaire


def invited() -> list[str]:
    return [each.person.ref for each in Message.objects.filter(kind="questionnaire").order_by("pk")]


def test_only_consenting_patrons_are_invited_and_once(visit: Questionnaire, world: World) -> None:
    assert rounds.invite_all(hub_clock().now()) == 2
    world.advance(days=1)
    assert rounds.invite_all(hub_clock().now()) == 0
    assert invited() == ["p-1", "p-2"]


def test_patron_who_answered_is_not_invited(visit: Questionnaire) -> None:
    rounds.take("visit", 1, {"mood": 5}, "t1", moment(), person=person("p-1"))
    rounds.invite_all(hub_clock().now())
    assert invited() == ["p-2"]


def test_patron_is_invited_to_one_questionnaire_in_thirty_days(visit: Questionnaire, world: World) -> None:
    rounds.invite_all(hub_clock().now())
    other = rounds.keep("rooms", WELCOME, moment())
    other.invites = True
    rounds.open_it(other, day_of(moment()), day_of(moment()) + timedelta(days=60))
    give_consent("p-4")
    rounds.invite_all(hub_clock().now())
    assert Message.objects.filter(key__startswith="rooms").count() == 0, "p-4 was invited to the first questionnaire"
    world.advance(days=31)
    rounds.invite_all(hub_clock().now())
    assert Message.objects.filter(key__startswith="rooms").count() == 3


def test_new_round_sends_new_invitations(visit: Questionnaire, world: World) -> None:
    rounds.invite_all(hub_clock().now())
    world.advance(days=40)
    again = rounds.keep("visit", WELCOME, moment())
    assert again.invites
    rounds.open_it(again, day_of(moment()), day_of(moment()) + timedelta(days=9))
    assert rounds.invite_all(hub_clock().now()) == 2


def test_questionnaire_limited_to_branch_or_closed_sends_no_invitation(visit: Questionnaire, world: World) -> None:
    visit.branches.set([world.main])
    assert rounds.invite_all(hub_clock().now()) == 0
    visit.branches.clear()
    world.advance(days=31)
    assert rounds.invite_all(hub_clock().now()) == 0


def test_invitation_link_is_identical_for_all_and_response_is_anonymous(visit: Questionnaire) -> None:
    rounds.invite_all(hub_clock().now())
    links = {each.decrypted_facts()["link"] for each in Message.objects.all()}
    assert links == {"http://127.0.0.1:8000/p/questionnaires/visit/"}
    before = list(Message.objects.order_by("pk").values())
    page = Client().get("/p/questionnaires/visit/")
    assert page.status_code == 200
    rounds.take("visit", 1, {"mood": 5}, "phone-1", moment())
    (sheet,) = SurveyResponse.objects.all()
    assert (sheet.person, sheet.kiosk, sheet.anonymous) == (None, "", True)
    assert list(Message.objects.order_by("pk").values()) == before
