"""Questionnaires: made, asked, answered without a name, and read without making anybody out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from kiosk.hub.outreach.voice.intake import day_of
from kiosk.hub.outreach.voice.models import Answers, Questionnaire
from kiosk.hub.outreach.voice.surveys import rounds
from tests.hub.outreach.voice.oracle.cases import WELCOME
from tests.hub.outreach.voice.said import Librarian, moment, person
from tests.hub.world import World
from tests.stories import pictures

Keep = Callable[[bytes], Path]


@pytest.mark.story(
    "F25",
    begins="A librarian looks at a questionnaire in both languages, keeps it and opens it for a month",
    ends="Eleven patrons answer, none twice; the results hide what fewer than five said, and no sheet leads to anybody",
)
def test_a_questionnaire_is_asked_and_read(world: World, browser: Chrome, keep: Keep) -> None:
    grace, source = Librarian(), json.dumps(WELCOME, ensure_ascii=False)
    looked = grace.does("new_questionnaire", code="visit", form=source, look="1")
    assert "您今天的感受如何？" in looked and "How was it?" in looked
    keep(pictures.of_page(browser, grace.last, height=1500))
    grace.does("new_questionnaire", code="visit", form=source)
    made = Questionnaire.objects.get()
    grace.does("schedule", made.pk, opens="2026-11-25", closes="2026-12-24", quota="1", anonymous="yes")
    for number in range(11):
        patron = person(f"p-{number}")
        asked = rounds.next_for(patron, day_of(moment()), world.main)
        assert asked == made
        sheet: dict[str, object] = {"mood": 2, "why": "dark"} if number < 2 else {"mood": 5 if number < 7 else 4}
        rounds.take("visit", 1, sheet, f"t{number}", moment(), person=patron, branch=world.main, kiosk="front")
        assert rounds.next_for(patron, day_of(moment()), world.main) is None
    page = grace.reads("questionnaire", made.pk)
    assert "11 answers" in page and "<5" in page and "dark" not in page
    keep(pictures.of_page(browser, grace.last, height=1200))
    assert set(Answers.objects.values_list("person", flat=True)) == {None}
    table = grace.client.get(reverse("voice:export", args=(made.pk,))).content.decode()
    assert "visit,1,mood,How was it?,2,2,<5" in table
