"""Test questionnaires at the kiosk: after a visit or without a card, and anonymous."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from hub.circulation import pins
from hub.circulation.models import CirculationEvent, Transaction
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import (
    Asking,
    PartialResponse,
    Questionnaire,
    SurveyParticipation,
    SurveyResponse,
)
from kiosk.views import Farewell, Survey
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, person
from tests.hub.outreach.engagement.feedback.oracle.cases import WELCOME
from tests.hub.support.world import ADA_UID, World
from tests.stories import pictures
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep

PIN = "4711"


def opened(grace: Librarian, anonymous: bool) -> Questionnaire:
    """Open a questionnaire with priority over other questions."""
    grace.does("new_questionnaire_json", code="visit", form=json.dumps(WELCOME, ensure_ascii=False))
    questionnaire = Questionnaire.objects.get()
    named: dict[str, Any] = {"anonymous": "yes"} if anonymous else {}
    grace.does("schedule", questionnaire.pk, opens="2026-11-22", closes="2026-12-24", quota="1", **named)
    Asking.objects.create(kinds=["questionnaire"])
    return questionnaire


def borrows(world: World, kiosk: KioskSession) -> None:
    kiosk.tap(ADA_UID)
    kiosk.scan(world.dune.barcode)
    kiosk.press("finish")


@pytest.mark.story(
    "F25",
    begins="A librarian opens an anonymous questionnaire; at the kiosk a patron touches Finish, and Answer now",
    ends="The librarian's results count one more response, and no record of the hub links it to the patron",
)
def test_anonymous_response_is_counted_without_a_person(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    grace, kiosk = Librarian(), KioskSession(world, tmp_path)
    questionnaire = opened(grace, anonymous=True)
    person(world.ada.ref)
    borrows(world, kiosk)
    assert "Your visit" in kiosk.words and "Your answers are anonymous" in kiosk.words
    kiosk.press("answer", "start")
    assert isinstance(kiosk.view, Survey) and "How was it?" in kiosk.words
    kiosk.press("mark", "4")
    kiosk.press("mark", "yes")
    kiosk.press("mark", "loan")
    kiosk.press("onwards")
    kiosk.press("mark", "yes")
    kiosk.press("hand_in")
    assert isinstance(kiosk.view, Farewell) and "Thank you" in kiosk.words
    carry()
    sheet = SurveyResponse.objects.get()
    assert sheet.values == {"mood": 4, "come": "yes", "used": ["loan"], "found": True}
    assert (sheet.person, sheet.kiosk) == (None, "")
    assert SurveyParticipation.objects.get().person.ref == world.ada.ref
    assert "Responses <5" in grace.reads("questionnaire", questionnaire.pk)
    keep(pictures.of_page(browser, grace.last, height=1200))
    assert not response_is_traceable(), "no row contains the response"
    planted = CirculationEvent.objects.filter(kind="said").latest("id")
    planted.data["answer"] = '{"mood":4}'
    planted.save()
    assert response_is_traceable(), "a planted row is found"


def response_is_traceable() -> bool:
    """Return True if any stored row with a time contains the response."""
    rows = [json.dumps(each.data, ensure_ascii=False) for each in CirculationEvent.objects.all()]
    rows += list(Transaction.objects.values_list("body", flat=True))
    return any("mood" in each for each in rows)


@pytest.mark.story(
    "F25",
    begins="At the kiosk a patron answers one question of a questionnaire with their name and walks away",
    ends="At their next visit it continues after the PIN where they stopped, and the librarian's results count "
    "the response",
)
def test_questionnaire_continues_at_the_next_visit(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    grace, kiosk = Librarian(), KioskSession(world, tmp_path)
    questionnaire = opened(grace, anonymous=False)
    pins.set_pin(world.ada, PIN)
    person(world.ada.ref)
    borrows(world, kiosk)
    kiosk.press("answer", "start")
    assert "The library can see who answered." in kiosk.words
    kiosk.press("mark", "5")
    kiosk.press("stop")
    assert "Verify your card to continue." in kiosk.words
    kiosk.press("home" if "home" in kiosk.offers else "receipt_none")
    carry()
    assert PartialResponse.objects.get().values == {"mood": 5}
    kiosk.tap(ADA_UID)
    kiosk.press("account")
    kiosk.press("details")
    kiosk.proves(PIN)
    kiosk.scan(world.emma.barcode)
    kiosk.press("finish")
    assert "a few questions are left" in kiosk.words
    kiosk.press("answer", "start")
    assert isinstance(kiosk.view, Survey) and kiosk.view.question.name == "come"
    kiosk.press("mark", "yes")
    kiosk.press("hand_in")
    carry()
    sheet = SurveyResponse.objects.get()
    assert sheet.person is not None and sheet.values == {"mood": 5, "come": "yes"}
    assert not PartialResponse.objects.exists()
    assert "Responses <5" in grace.reads("questionnaire", questionnaire.pk)
    keep(pictures.of_page(browser, grace.last, height=1200))
