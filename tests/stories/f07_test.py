"""Test that a patron's question is answered by staff, and that the answer reaches the patron."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach import post_visit
from hub.outreach.engagement.feedback.models import Ticket
from tests.hub.outreach.engagement.feedback.feedback_fixtures import (
    Librarian,
    ask_librarian,
    reachable,
    run_minute_jobs,
)
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.support.world import ADA_UID, World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F7",
    begins="A patron asks at the kiosk; a librarian opens the question on their list, writes an answer and sends it",
    ends="It is in the patron's mailbox and shown at their next visit; once they have touched it, the thread "
    "is marked as seen",
)
def test_question_is_answered_and_marked_as_read(world: World, browser: Chrome, keep: Keep) -> None:
    reachable(world.ada.ref, "ada@example.org")
    question = "Which shelf has Dune in large print?"
    world.upload(world.row("said", ask="question", about="find", answer=question, card=cards.hash_number(ADA_UID)))
    run_minute_jobs()
    ticket, grace = Ticket.objects.get(), Librarian()
    assert "Which shelf has Dune in large print?" in grace.reads("questions", query="?show=unowned")
    keep(pictures.of_page(browser, grace.last))
    with mailbox() as box:
        grace.does("answer", ticket.pk, words="Second floor, bay 4. I have put it aside for you.")
        keep(pictures.of_page(browser, grace.last))
        run_minute_jobs()
        (mail,) = box.mails
    assert "Second floor, bay 4. I have put it aside for you." in body(mail, "plain")
    keep(pictures.of_mail(browser, mail))
    asked = post_visit.ask(world.ada.ref, hub_clock().now())
    assert asked is not None and asked.kind == "message"
    assert asked.facts["words"] == "Second floor, bay 4. I have put it aside for you."
    world.upload(world.row("said", ask="message", about=asked.about, answer="seen", card=cards.hash_number(ADA_UID)))
    carry()
    following = post_visit.ask(world.ada.ref, hub_clock().now())
    assert following is None or following.kind != "message"
    assert "read today 14:30" in grace.reads("question", ticket.pk)
    keep(pictures.of_page(browser, grace.last))


@pytest.mark.story(
    "F7",
    begins="A librarian assigns a question to a colleague",
    ends="The colleague finds it in their own list, with the time by which it must be answered",
)
def test_question_is_assigned_to_a_colleague(world: World, browser: Chrome, keep: Keep) -> None:
    mei = Librarian(name="mei")
    ticket = ask_librarian(world, "Is there a quiet room?")
    Librarian().does("hand_over", ticket.pk, owner="mei")
    page = mei.reads("questions", query="?show=mine")
    assert "Is there a quiet room?" in page and "Fri 27 Nov 14:30" in page
    keep(pictures.of_page(browser, mei.last))
