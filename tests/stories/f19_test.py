"""Test staff's tasks on the first page: each with its next action, gone when it is done."""

from __future__ import annotations

import re

import pytest
from selenium.webdriver import Chrome

from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.patrons.models import Contact
from tests.hub.outreach.engagement.feedback.feedback_fixtures import (
    Librarian,
    ask_librarian,
    moment,
    reachable,
    run_minute_jobs,
)
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep, of_page


def page(grace: Librarian) -> str:
    """Return the HTML of the page of today's tasks."""
    return str(grace.client.get("/staff/").content.decode())


@pytest.mark.story(
    "F19",
    begins="A question is nearly due, an address bounced, and a kiosk sent a loan that needs a decision",
    ends="The librarian follows the first task of their list and answers; the patron reads it, and the task is gone",
)
def test_task_list_leads_to_an_answered_question(world: World, browser: Chrome, keep: Keep) -> None:
    reachable(world.ada.ref, "ada@example.org")
    reachable(world.lin.ref, "lin@example.org")
    ask_librarian(world, "Where are the maps of the lake?")
    world.advance(days=3)
    Contact.objects.filter(person__ref=world.lin.ref).update(bounced_at=moment())
    world.upload_all(world.checkout(world.dune, "04FFFFFF", no_block=True))
    carry()
    grace = Librarian()
    seen = page(grace)
    keep(pictures.of_page(browser, seen))
    first = re.search(r'class="button primary" href="([^"]+)"', seen)
    assert first is not None
    assert first[1] == "/staff/exceptions/", "a confirmed offline loan has priority"
    assert "Questions to answer" in seen and "Returned addresses" in seen
    (answer,) = re.findall(r'href="([^"]+)">Answer</a>', seen)
    listed = grace.client.get(answer).content.decode()
    (question,) = set(re.findall(r'href="/staff/questions/(\d+)/"', listed))
    with mailbox() as box:
        grace.does("answer", int(question), words="On the second floor, beside the lift.", transaction="t9")
        run_minute_jobs()
        (mail,) = box.mails
    assert "beside the lift" in body(mail, "plain")
    assert Ticket.objects.get().state == Ticket.State.ANSWERED
    after = page(grace)
    assert "Questions to answer</" not in after and "No open tasks:" in after
    keep(pictures.of_page(browser, after))


@pytest.mark.story(
    "F19",
    begins="An administrator sets a goal, and names the journey that serves it",
    ends="A librarian reads on Today how far the goal is and what the journey has moved, with its uncertainty",
)
def test_goal_names_its_journey_and_what_it_moved(world: World, browser: Chrome, keep: Keep) -> None:
    journey = Journey.objects.create(
        name="Come back", occasion="lapsing", goal="visit", span=8, by="grace", made_at=moment(), started_at=moment(),
        state="running", figures={"on": {"people": 200, "acted": 120}, "held": {"people": 60, "acted": 24}},
    )  # fmt: skip
    head = Grace(role="administrator", name="head")
    fields = {"role": "librarian", "figure": "loans", "target": "4000", "action": f"journey-{journey.pk}"}
    keep(of_page(browser, head.client.post("/staff/goals/set/", fields, follow=True).content.decode()))
    seen = Grace(role="librarian").client.get("/staff/").content
    assert "Come back: visits the library · +23 percentage points (95 %: +4 to +39)" in words(seen)
    keep(of_page(browser, seen.decode()))
