"""Test smiley ratings and feedback: stored once, anonymous without a card, answered and published."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hub.catalogue.models import Branch
from hub.circulation import cards
from hub.ils.bridge.feed_relay import carry
from hub.outreach import feed, response_router
from hub.outreach.engagement.feedback import comments, pending_replies, suggestions
from hub.outreach.engagement.feedback.comments import trends
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Feedback, Intake, Published, SmileyRating, Suggestion, Ticket
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.models import Message
from tests.hub.outreach.engagement.feedback.feedback_fixtures import (
    Librarian,
    ask_librarian,
    moment,
    person,
    queued_messages,
    run_minute_jobs,
)
from tests.hub.support.world import ADA_UID, NOW, World


def comment(world: World, words: str, ref: str = "", transaction: str = "f1") -> Feedback:
    author = person(ref) if ref else None
    comments.take(transaction, NOW, world.main, face=2, words=words, person=author)
    found: Feedback = Feedback.objects.latest("pk")
    return found


def test_rating_is_stored_once_by_day_and_branch_without_person(world: World) -> None:
    assert comments.take("f1", NOW, world.main, face=5, person=person(world.ada.ref), kiosk="front")
    assert not comments.take("f1", NOW, world.main, face=5, person=person(world.ada.ref), kiosk="front")
    (face,) = SmileyRating.objects.all()
    assert (face.face, face.branch, face.on) == (5, world.main, date(2026, 11, 25))
    assert {each.name for each in SmileyRating._meta.fields} == {"id", "face", "branch", "on"}
    assert not Feedback.objects.exists(), "a rating without a comment needs no handling"
    assert {each.name for each in Intake._meta.fields} == {"id"}


def test_rating_survives_erasure_of_patron_and_comment_does_not(world: World) -> None:
    comment(world, "Too dark", world.ada.ref)
    person(world.ada.ref).delete()
    assert (SmileyRating.objects.count(), Feedback.objects.count()) == (1, 0)


@pytest.mark.parametrize(("face", "words"), [(0, ""), (6, "x"), (None, ""), (None, "  ")])
def test_invalid_feedback_is_rejected_without_using_up_transaction(world: World, face: int | None, words: str) -> None:
    with pytest.raises(SubmissionRejected):
        comments.take("f1", NOW, world.main, face=face, words=words)
    assert comments.take("f1", NOW, world.main, face=1)


def test_kiosk_rating_arrives_through_feed_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CONSUMERS", (response_router.Responses,))
    event = {"ask": "face", "answer": "4", "about": "", "branch": "main", "kiosk": "front", "transaction": "a-1"}
    feed.take([Event(1, NOW, "said", event), Event(2, NOW, "said", event), Event(3, NOW, "checkout", {})])
    assert [each.face for each in SmileyRating.objects.all()] == [4]


@pytest.mark.parametrize("answer", ["9", "x", "", None, "-1"])
def test_invalid_rating_in_feed_is_logged_and_skipped(
    world: World, answer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    response_router.take(
        Event(7, NOW, "said", {"ask": "face", "answer": answer, "branch": "main", "patron": world.ada.ref})
    )
    assert not SmileyRating.objects.exists()
    assert "Skipped event 7 of the feed (face)" in caplog.text
    assert world.ada.ref not in caplog.text


def test_feed_rating_may_carry_comment(world: World) -> None:
    event = {"ask": "face", "answer": "2\nToo dark", "branch": "main", "patron": person(world.ada.ref).ref}
    response_router.take(Event(7, NOW, "said", event))
    (found,) = Feedback.objects.all()
    assert (found.face, found.words, found.person) == (2, "Too dark", person(world.ada.ref))


def test_comment_is_assigned_answered_and_published(world: World, grace: Librarian) -> None:
    found = comment(world, "The reading room is too dark", world.ada.ref)
    assert "To handle 1" in grace.reads("feedback")
    assert "due Sat 28 Nov 14:30" in grace.reads("feedback")
    assert "Assigned to grace" in grace.does("own", found.pk, owner="grace")
    assert "Answered. The patron will be told" in grace.does("answer_opinion", found.pk, words="New lamps come in May.")
    (facts,) = queued_messages(world.ada.ref)
    assert facts["answer"] == "New lamps come in May."
    page = grace.does(
        "publish", found.pk, said_zh="阅览室太暗", did_zh="五月换新灯", said_en="Too dark", did_en="New lamps in May"
    )
    assert "Published on posters and the portal" in page
    (public,) = comments.published_answers()
    assert (public.said["zh"], public.did["en"], public.on) == ("阅览室太暗", "New lamps in May", date(2026, 11, 25))
    grace.does("publish", found.pk, said_zh="阅览室太暗", did_zh="六月换新灯")
    assert [each.did["zh"] for each in comments.published_answers()] == ["六月换新灯"]
    assert "No longer published" in grace.does("withdraw", found.pk)
    assert comments.published_answers() == []
    found.refresh_from_db()
    assert found.state == Feedback.State.ANSWERED


def test_published_answer_survives_erasure_of_author(world: World, grace: Librarian) -> None:
    found = comment(world, "Too dark", world.ada.ref)
    grace.does("publish", found.pk, said_zh="太暗", did_zh="换灯")
    person(world.ada.ref).delete()
    assert [(each.said["zh"], each.feedback) for each in Published.objects.all()] == [("太暗", None)]


def test_answer_to_comment_without_card_sends_no_message(world: World, grace: Librarian) -> None:
    found = comment(world, "Too loud")
    assert "It came without a card" in grace.does("answer_opinion", found.pk, words="There is a quiet room now.")
    assert not Message.objects.exists()
    assert "without a card" in grace.reads("opinion", found.pk)


def test_repeated_answer_is_sent_once(world: World, grace: Librarian) -> None:
    found = comment(world, "Too dark", world.ada.ref)
    for _again in range(2):
        grace.does("answer_opinion", found.pk, words="New lamps.", transaction="staff-1")
    assert len(queued_messages(world.ada.ref)) == 1


def test_answer_is_shown_until_patron_has_read_latest(world: World, grace: Librarian) -> None:
    found = comment(world, "Too dark", world.ada.ref)
    assert pending_replies.unread(world.ada.ref) == []
    grace.does("answer_opinion", found.pk, words="New lamps.", transaction="staff-1")
    (shown,) = pending_replies.unread(world.ada.ref)
    assert (shown.about, shown.words) == ("Too dark", "New lamps.")
    assert not pending_replies.read(world.lin.ref, shown.key, NOW)
    assert pending_replies.read(world.ada.ref, shown.key, NOW)
    assert pending_replies.unread(world.ada.ref) == []
    grace.does("answer_opinion", found.pk, words="They hang already.", transaction="staff-2")
    assert [each.words for each in pending_replies.unread(world.ada.ref)] == ["They hang already."]


def test_read_reply_leaves_screen_queue(world: World, grace: Librarian) -> None:
    found = comment(world, "Too dark", world.ada.ref)
    grace.does("answer_opinion", found.pk, words="New lamps.", transaction="staff-1")
    suggestion = suggestions.suggest("s1", NOW, "Dune", person(world.ada.ref))
    assert suggestion is not None
    grace.does("decide", suggestion.pk, state="ordered")
    ticket = ask_librarian(world, "Where?")
    grace.does("answer", ticket.pk, words="There.", transaction="staff-2")
    run_minute_jobs()
    assert len(on_site_messages.waiting(world.ada.ref, "screen")) == 3
    for left, shown in zip((2, 1, 0), pending_replies.unread(world.ada.ref), strict=True):
        assert pending_replies.read(world.ada.ref, shown.key, NOW)
        assert len(on_site_messages.waiting(world.ada.ref, "screen")) == left


def test_overlong_published_text_is_rejected_and_kept_in_form(world: World, grace: Librarian) -> None:
    found = comment(world, "Too dark")
    page = grace.does("publish", found.pk, said_zh="暗", did_zh="x" * 601, status=422)
    assert "Enter at most 600 characters (601 entered)" in page
    assert "x" * 601 in page


def test_dismissed_comment_is_restored_by_undo(world: World, grace: Librarian) -> None:
    found = comment(world, "asdf")
    grace.does("set_aside", found.pk)
    assert "asdf" in grace.reads("feedback", query="?show=aside")
    grace.does("set_aside", found.pk)
    assert "Reopened" in grace.undo()
    assert "asdf" in grace.reads("feedback")


def test_trend_counts_ratings_by_branch_and_week(world: World, grace: Librarian) -> None:
    east = Branch.objects.create(code="east", name="East")
    for number, (branch, days, face) in enumerate(
        [(world.main, 0, 5), (world.main, 2, 4), (world.main, 3, 1), (world.main, 40, 1), (east, 0, 3), (east, 90, 5)]
    ):
        comments.take(f"f{number}", NOW - timedelta(days=days), branch, face=face)
    by_code = {each.branch.code: each for each in trends(date(2026, 11, 25))}
    main = by_code["main"]
    assert [week.begins for week in main.weeks][-2:] == [date(2026, 11, 16), date(2026, 11, 23)]
    assert [week.counts for week in main.weeks][-2:] == [(1, 0, 0, 0, 0), (0, 0, 0, 1, 1)]
    assert (main.happy(), main.happy_before()) == ("–", "–"), "three ratings are suppressed"
    assert sum(week.total for week in by_code["east"].weeks) == 1, "the thirteenth week is out of range"
    page = grace.reads("feedback")
    assert "Main – happy in the last 4 weeks" in page
    assert "under 5 ratings in the week from Mon 23 Nov" in page


def published(world: World) -> list[dict[str, dict[str, str]]]:
    response = world.device.get("/api/v1/published")
    assert response.status_code == 200, response.content
    answers: list[dict[str, dict[str, str]]] = response.json()["published"]
    return answers


def test_newest_five_answers_are_listed_in_both_languages(world: World) -> None:
    for number in range(7):
        found = comment(world, f"Dark {number}", transaction=f"f{number}")
        comments.publish(found, {"zh": f"太暗{number}", "en": f"Dark {number}"}, {"zh": "换新灯"}, moment())
    answers = published(world)
    assert len(answers) == 5
    assert answers[0] == {"said": {"zh": "太暗6", "en": "Dark 6"}, "did": {"zh": "换新灯"}}


def test_withdrawn_answer_is_not_listed(world: World) -> None:
    found = comment(world, "Dark")
    comments.publish(found, {"zh": "太暗"}, {"zh": "换新灯"}, moment())
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
