"""Test the library's published answers to feedback, and the triage of smiley ratings with a topic."""

from __future__ import annotations

from typing import Any

import pytest

from hub.circulation import cards
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import comments
from hub.outreach.engagement.feedback.models import Feedback, SmileyRating, Suggestion, Ticket
from tests.hub.outreach.engagement.feedback.feedback_fixtures import moment
from tests.hub.support.world import ADA_UID, World


def published(world: World) -> list[dict[str, dict[str, str]]]:
    response = world.device.get("/api/v1/published")
    assert response.status_code == 200, response.content
    answers: list[dict[str, dict[str, str]]] = response.json()["published"]
    return answers


def opinion(world: World, number: int) -> Feedback:
    comments.take(f"f{number}", moment(), world.main, face=2, words=f"Dark {number}")
    found: Feedback = Feedback.objects.latest("pk")
    return found


def test_newest_five_answers_are_listed_in_both_languages(world: World) -> None:
    for number in range(7):
        comments.publish(opinion(world, number), f"太暗{number}", "换新灯", f"Dark {number}", "", moment())
    answers = published(world)
    assert len(answers) == 5
    assert answers[0] == {"said": {"zh": "太暗6", "en": "Dark 6"}, "did": {"zh": "换新灯", "en": "换新灯"}}


def test_withdrawn_answer_is_not_listed(world: World) -> None:
    found = opinion(world, 1)
    comments.publish(found, "太暗", "换新灯", "", "", moment())
    comments.withdraw(found)
    assert published(world) == []


def send_twice(world: World, **body: Any) -> None:
    """Send a row twice, as after a lost response."""
    row = world.row("said", **body)
    for _again in range(2):
        assert world.upload(row)["outcome"] == "accepted"
        carry()


@pytest.mark.parametrize(
    ("answer", "topic", "triage"),
    [
        ("2", "rooms", [(2, "环境座位", None)]),
        ("3\nThe third floor is cold", "rooms", [(3, "环境座位: The third floor is cold", None)]),
        ("4", "weather", []),
    ],
    ids=["topic", "topic and comment", "unknown topic"],
)
def test_rating_is_counted_once_and_enters_triage_without_person(
    world: World, answer: str, topic: str, triage: list[tuple[int, str, None]]
) -> None:
    send_twice(world, ask="face", answer=answer, about=topic)
    assert SmileyRating.objects.count() == 1
    assert list(Feedback.objects.values_list("face", "words", "person")) == triage


def test_repeated_isbn_suggestion_counts_once(world: World) -> None:
    send_twice(world, ask="suggestion", answer="9787020002207")
    assert Suggestion.objects.get().asked == 1


def test_one_touch_question_opens_one_ticket(world: World) -> None:
    send_twice(world, ask="question", answer="call", about="study", card=cards.hash_number(ADA_UID))
    ticket = Ticket.objects.get()
    assert (ticket.topic, ticket.person.ref) == ("study", world.ada.ref)
    assert ticket.lines.get().words.startswith("（在自助机上一键咨询")
