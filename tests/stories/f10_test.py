"""Test purchase suggestions: requested, decided, and reported to everyone who asked."""

from __future__ import annotations

import pytest
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach import post_visit
from hub.outreach.engagement.feedback import suggestions
from hub.outreach.engagement.feedback.models import Suggestion
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
    "F10",
    begins="Two patrons and a passer-by suggest the same book by its ISBN; a librarian presses “Mark as arrived”",
    ends="One patron reads it in their mail, the other at their next visit",
)
def test_arrived_suggestion_is_reported_to_its_patrons(world: World, browser: Chrome, keep: Keep) -> None:
    reachable(world.ada.ref, "ada@example.org")
    for number, (text, ref) in enumerate(
        (("978-7-02-000220-7", world.ada.ref), ("9787020002207", world.lin.ref), ("7-02-000220-X", ""))
    ):
        suggestions.suggest(f"s{number}", moment(), text, person(ref) if ref else None)
    grace = Librarian()
    assert "978-7-02-000220-7 3 times" in grace.reads("suggestions")
    keep(pictures.of_page(browser, grace.last))
    found = Suggestion.objects.get()
    with mailbox() as box:
        assert "Arrived; 2 patrons will be notified" in grace.does("decide", found.pk, state="arrived")
        keep(pictures.of_page(browser, grace.last))
        run_minute_jobs()
        (mail,) = box.mails
    assert "978-7-02-000220-7" in body(mail, "plain") and "has arrived" in body(mail, "plain")
    keep(pictures.of_mail(browser, mail))
    asked = post_visit.ask(world.lin.ref, hub_clock().now())
    assert asked is not None and (asked.kind, asked.facts["state"]) == ("message", "arrived")


@pytest.mark.story(
    "F10",
    begins="A librarian declines a suggestion and says why",
    ends="The patron reads the reason at their next visit",
)
def test_suggestion_is_declined_with_a_reason(world: World, browser: Chrome, keep: Keep) -> None:
    found = suggestions.suggest("s1", moment(), "Steppe Birds", person(world.ada.ref))
    assert found is not None
    grace = Librarian()
    grace.does("decide", found.pk, state="declined", reason="Three like it stand at Q.")
    keep(pictures.of_page(browser, grace.last))
    asked = post_visit.ask(world.ada.ref, hub_clock().now())
    assert asked is not None and (asked.facts["about"], asked.facts["words"]) == (
        "Steppe Birds",
        "Three like it stand at Q.",
    )
