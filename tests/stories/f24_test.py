"""Test feedback: a smiley after a visit, comments with an owner, and published answers."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome

from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import comments
from hub.outreach.engagement.feedback.models import Feedback, SmileyRating
from tests.hub.outreach.engagement.feedback.feedback_fixtures import (
    Librarian,
    moment,
    person,
    reachable,
    run_minute_jobs,
)
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F24",
    begins="Thirty patrons touch a smiley at the kiosk after their visits, without a card",
    ends="The librarian sees the week's column and the share of happy patrons, and no names",
)
def test_smiley_ratings_become_a_trend(world: World, browser: Chrome, keep: Keep) -> None:
    for face in (5, 5, 4, 4, 4, 3, 5, 2, 4, 5) * 3:
        world.upload(world.row("said", ask="face", answer=str(face)))
    carry()
    carry()
    assert SmileyRating.objects.count() == 30
    grace = Librarian()
    page = grace.reads("feedback")
    assert "Main 80 % happy in the last 4 weeks" in page and "30 ratings in the week from Mon 23 Nov" in page
    keep(pictures.of_page(browser, grace.last))


@pytest.mark.story(
    "F24",
    begins="A librarian takes on a patron's feedback, answers it and publishes the result",
    ends="The patron reads the answer in their mail; what is published is there for posters and "
    "phones in both languages",
)
def test_comment_is_answered_and_published(world: World, browser: Chrome, keep: Keep) -> None:
    reachable(world.ada.ref, "ada@example.org")
    comments.take("f1", moment(), world.main, face=2, words="The reading room is dark", person=person(world.ada.ref))
    found, grace = Feedback.objects.get(), Librarian()
    grace.does("own", found.pk, owner="grace")
    with mailbox() as box:
        grace.does("answer_opinion", found.pk, words="New lamps come in December.")
        run_minute_jobs()
        (mail,) = box.mails
    assert "New lamps come in December." in body(mail, "plain")
    keep(pictures.of_mail(browser, mail))
    grace.does(
        "publish",
        found.pk,
        said_zh="阅览室太暗",
        did_zh="十二月换新灯",
        said_en="Too dark",
        did_en="New lamps in December",
    )
    keep(pictures.of_page(browser, grace.last))
    assert [(each.said["zh"], each.did["en"]) for each in comments.published_answers()] == [
        ("阅览室太暗", "New lamps in December")
    ]
