"""Test questionnaires: created, answered anonymously, and read without identifying anyone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.deduplication import day_of
from hub.outreach.engagement.feedback.models import Questionnaire, SurveyResponse
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.jobs import NIGHTLY
from hub.outreach.messaging import delivery_worker
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian, moment, person, reachable
from tests.hub.outreach.engagement.feedback.oracle.cases import WELCOME
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak
from tests.hub.outreach.portal.touch_browser import press
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F25",
    begins="A librarian checks a questionnaire in both languages, saves it and opens it for a month",
    ends="Eleven patrons answer, none twice; answers of fewer than five are hidden, and no response can be "
    "traced to a person",
)
def test_questionnaire_results_identify_no_patron(world: World, browser: Chrome, keep: Keep) -> None:
    grace, source = Librarian(), json.dumps(WELCOME, ensure_ascii=False)
    looked = grace.does("new_questionnaire_json", code="visit", form=source, look="1")
    assert "您今天的感受如何？" in looked and "How was it?" in looked
    keep(pictures.of_page(browser, grace.last, height=1500))
    grace.does("new_questionnaire_json", code="visit", form=source)
    questionnaire = Questionnaire.objects.get()
    grace.does("schedule", questionnaire.pk, opens="2026-11-25", closes="2026-12-24", quota="1", anonymous="yes")
    for number in range(11):
        patron = person(f"p-{number}")
        asked = rounds.next_for(patron, day_of(moment()), world.main)
        assert asked == questionnaire
        sheet: dict[str, object] = {"mood": 2, "why": "dark"} if number < 2 else {"mood": 5 if number < 7 else 4}
        rounds.take("visit", 1, sheet, f"t{number}", moment(), person=patron, branch=world.main, kiosk="front")
        assert rounds.next_for(patron, day_of(moment()), world.main) is None
    page = grace.reads("questionnaire", questionnaire.pk)
    assert "11 answers" in page and "<5" in page and "dark" not in page
    keep(pictures.of_page(browser, grace.last, height=1200))
    assert set(SurveyResponse.objects.values_list("person", flat=True)) == {None}
    table = grace.client.get(reverse("feedback:export", args=(questionnaire.pk,))).content.decode()
    assert "visit,1,mood,How was it?,2,2,<5" in table


@pytest.mark.story(
    "F25",
    begins="A librarian has those who agreed invited to a questionnaire by message",
    ends="A patron answers it on their phone without their name, and the librarian sees one more anonymous response",
)
def test_invited_patron_responds_on_the_phone(
    live_server: Any, world: World, browser: Chrome, keep: Keep, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    grace, source = Librarian(), json.dumps(WELCOME, ensure_ascii=False)
    grace.does("new_questionnaire_json", code="visit", form=source)
    questionnaire, today = Questionnaire.objects.get(), day_of(moment())
    month = today + timedelta(days=29)
    grace.does(
        "schedule", questionnaire.pk, opens=str(today), closes=str(month), quota="1", anonymous="yes", invites="yes"
    )
    ada = person(world.ada.ref)
    reachable(ada.ref, "ada@example.org")
    consents.give(ada, Purpose.QUESTIONNAIRE, "phone", consents.text(Purpose.QUESTIONNAIRE).version)
    for _name, job in NIGHTLY:
        job(hub_clock().now())
    with mailbox() as box:
        world.advance(hours=20)
        delivery_worker.work(hub_clock().now())
        (mail,) = box.mails
    link = re.search(r"http://\S+/p/questionnaires/visit/", body(mail))
    assert str(mail["Subject"]).strip() == "Your opinion, please: Your visit" and link is not None
    on_a_phone(browser)
    speak(browser, "en")
    try:
        browser.get(link.group())
        browser.find_element("css selector", ".choices label:nth-child(1)").click()
        keep(browser.get_screenshot_as_png())
        assert serious(browser) == []
        page = press(browser, ".bar .primary")
        assert "2 of 3" in page, "the follow-up for bad ratings is skipped"
        for _question in range(2):
            page = press(browser, "button.skip")
        assert "Thank you for your answers." in page
    finally:
        off_the_phone(browser)
    grace.sign_in()
    assert "Responses <5" in grace.reads("questionnaire", questionnaire.pk), "a single response is hidden"
    keep(pictures.of_page(browser, grace.last, height=1200))
    sheet = SurveyResponse.objects.get()
    assert (sheet.person, sheet.kiosk, sheet.values["mood"]) == (None, "", 5)
