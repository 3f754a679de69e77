"""Test that staff can enter what patrons say at the desk or on paper, without losing what was typed."""

from __future__ import annotations

import pytest

from hub.outreach.engagement.feedback.models import Feedback, SmileyRating, Suggestion, Ticket
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.support.world import World


def test_repeated_desk_question_is_stored_once(world: World, grace: Librarian) -> None:
    for _again in range(2):
        page = grace.does(
            "enter", "question", card=world.ada.identifier, topic="card", words="Lost it", transaction="staff-1"
        )
        assert "Recorded" in page
    (ticket,) = Ticket.objects.all()
    assert (ticket.person.ref, ticket.topic, ticket.branch) == (world.ada.ref, "card", world.main)


def test_paper_comment_has_no_card(world: World, grace: Librarian) -> None:
    grace.does("enter", "opinion", words="Too loud", face="2")
    (found,) = Feedback.objects.all()
    assert (found.person, found.face, SmileyRating.objects.count()) == (None, 2, 1)


def test_desk_suggestion_is_linked_to_card(world: World, grace: Librarian) -> None:
    assert "9787020002207" not in grace.does("enter", "suggestion", card=world.lin.identifier, words="7-02-000220-X")
    (found,) = Suggestion.objects.all()
    assert (found.isbn, found.wishes.get().person.ref) == ("9787020002207", world.lin.ref)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("question", {"words": "Where?", "topic": "find"}, "A question needs a card"),
        ("question", {"words": "Where?", "topic": "find", "card": "99"}, "Unknown card"),
        ("suggestion", {"words": "978-7-02-000220-8"}, "is not a valid ISBN"),
        ("opinion", {"words": " "}, "The text is empty"),
    ],
)
def test_invalid_entry_is_rejected_and_input_kept(
    world: World, grace: Librarian, kind: str, fields: dict[str, str], words: str
) -> None:
    page = grace.does("enter", kind, status=422, **fields)
    assert words in page
    assert fields["words"].strip() in grace.last


def test_unknown_kind_of_entry_returns_404(world: World, grace: Librarian) -> None:
    assert grace.client.get("/staff/desk/said/song/").status_code == 404
