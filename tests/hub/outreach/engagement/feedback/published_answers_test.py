"""Test the library's published answers to feedback, and the triage of smiley ratings with a topic."""

from __future__ import annotations

from typing import Any

from hub.circulation import cards
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.feedback import comments
from hub.outreach.engagement.feedback.models import Feedback, SmileyRating, Suggestion, Ticket
from tests.hub.outreach.engagement.feedback.feedback_fixtures import moment
from tests.hub.support.world import ADA_UID, World


def published(world: World) -> list[dict[str, dict[str, str]]]:
    response = world.device.get("/api/v1/published")
    assert response.status_code == 200, response.content
    told: list[dict[str, dict[str, str]]] = response.json()["published"]
    return told


def opinion(world: World, number: int) -> Feedback:
    comments.take(f"f{number}", moment(), world.main, face=2, words=f"Dark {number}")
    found: Feedback = Feedback.objects.latest("pk")
    return found


def test_the_newest_come_first_in_both_languages_and_a_handful_of_them(world: World) -> None:
    for number in range(7):
        comments.publish(opinion(world, number), f"太暗{number}", "换新灯", f"Dark {number}", "", moment())
    told = published(world)
    assert len(told) == 5
    assert told[0] == {"said": {"zh": "太暗6", "en": "Dark 6"}, "did": {"zh": "换新灯", "en": "换新灯"}}


def test_what_was_taken_back_is_told_no_more(world: World) -> None:
    found = opinion(world, 1)
    comments.publish(found, "太暗", "换新灯", "", "", moment())
    comments.withdraw(found)
    assert published(world) == []


def twice(world: World, **body: Any) -> None:
    """A row that comes again because its answer was lost."""
    row = world.row("said", **body)
    for _again in range(2):
        assert world.tell(row)["outcome"] == "accepted"
        carry()


def test_a_face_and_what_it_is_about_come_to_triage_once_without_a_person(world: World) -> None:
    twice(world, ask="face", answer="2", about="rooms")
    assert SmileyRating.objects.count() == 1
    assert [(each.face, each.words, each.person) for each in Feedback.objects.all()] == [(2, "环境座位", None)]


def test_a_topic_that_nobody_knows_leaves_the_face_alone(world: World) -> None:
    twice(world, ask="face", answer="4", about="weather")
    assert (SmileyRating.objects.count(), Feedback.objects.count()) == (1, 0)


def test_words_follow_their_topic(world: World) -> None:
    twice(world, ask="face", answer="3\nThe third floor is cold", about="rooms")
    assert Feedback.objects.get().words == "环境座位: The third floor is cold"


def test_a_wish_by_isbn_is_one_wish_however_often_it_comes(world: World) -> None:
    twice(world, ask="suggestion", answer="9787020002207")
    assert Suggestion.objects.get().asked == 1


def test_a_question_of_one_touch_comes_to_the_librarians_list_once(world: World) -> None:
    twice(world, ask="question", answer="call", about="study", card=cards.hashed(ADA_UID))
    ticket = Ticket.objects.get()
    assert (ticket.topic, ticket.person.ref) == ("study", world.ada.ref)
    assert ticket.lines.get().words.startswith("（在自助机上一键咨询")
