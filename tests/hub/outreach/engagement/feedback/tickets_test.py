"""Test questions to a librarian: owner, due time, the message sent and what the patron sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hub.circulation import cards
from hub.ils.bridge.feed_relay import carry
from hub.outreach import response_router
from hub.outreach.engagement.feedback import pending_replies, tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, open_days_later
from hub.outreach.engagement.feedback.models import Ticket, TicketMessage
from hub.outreach.library_system.events import Event
from tests.hub.outreach.engagement.feedback.feedback_fixtures import (
    Librarian,
    ask_librarian,
    moment,
    person,
    queued_messages,
    reachable,
    run_minute_jobs,
)
from tests.hub.outreach.messaging.mailbox import Mailbox, mailbox
from tests.hub.staff.staff_client import words
from tests.hub.support.world import ADA_UID, NOW, World


def test_question_is_due_after_two_open_days(world: World) -> None:
    world.main.closed_weekdays = [3, 4]
    world.main.save()
    assert ask_librarian(world, "Where is it?").due == NOW + timedelta(days=4), "Thursday and Friday are closed"
    assert open_days_later(NOW, 2, None) == NOW + timedelta(days=2)


def test_repeated_question_is_stored_once(world: World) -> None:
    ask_librarian(world, "Where is it?")
    assert tickets.ask(person(world.ada.ref), "find", "Where is it?", NOW, world.main, "t1") is None
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("words", ["", "  \n ", "\x00", "x" * 4001])
def test_empty_or_overlong_question_is_rejected(world: World, words: str) -> None:
    with pytest.raises(SubmissionRejected):
        tickets.ask(person(world.ada.ref), "find", words, NOW, world.main, "t1")
    ask_librarian(world, "Now with words", transaction="t1")


def test_unknown_topic_is_rejected_with_valid_topics(world: World) -> None:
    with pytest.raises(SubmissionRejected, match="find, study"):
        tickets.ask(person(world.ada.ref), "sing", "La", NOW, world.main, "t1")


def test_list_shows_owner_and_overdue_questions(world: World, grace: Librarian) -> None:
    first, second = ask_librarian(world, "Where is Dune?"), ask_librarian(world, "And Emma?", world.lin.ref, "t2")
    page = grace.reads("questions")
    assert "All open questions 2 Assigned to me 0 Unassigned 2 Overdue 0" in page
    assert "Where is Dune?" in page
    assert "Ada S." in page
    assert "Ada Sample" not in page
    assert "Assigned to grace" in grace.does("hand_over", second.pk, owner="grace")
    assert "And Emma?" in grace.reads("questions", query="?show=mine")
    assert "And Emma?" not in grace.reads("questions", query="?show=unowned")
    world.advance(days=3)
    grace.sign_in()
    late = grace.reads("questions", query="?show=overdue")
    assert "since yesterday 14:30" in late
    assert late.index("Where is Dune?") < late.index("And Emma?"), first


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


def test_librarian_writes_to_a_patron_who_replies(world: World, grace: Librarian, post: Mailbox) -> None:
    ref = world.ada.ref
    reachable(ref, "ada@post.example")
    assert "First channel: email" in grace.reads("compose", ref)
    empty = grace.does("send", ref, subject="Your lost book", words=" ", transaction="staff-7", status=422)
    assert "The text is empty" in empty and 'value="Your lost book"' in grace.last
    for _twice in range(2):
        grace.does("send", ref, subject="Your lost book", words="It is back.\nThank you!", transaction="staff-8")
    ticket = Ticket.objects.get()
    assert queued_messages(ref) == [{"heading": "Your lost book", "message": "It is back.\nThank you!"}]
    run_minute_jobs()
    assert not post.mails, "it can still be taken back"
    world.advance(minutes=1)
    run_minute_jobs()
    assert post.subjects() == ["Your lost book"]
    plain = post.mails[0].get_body(("plain",))
    assert plain and "It is back.\r\nThank you!" in str(plain.get_content())
    (shown,) = pending_replies.unread(ref)
    assert (shown.about, shown.words, shown.is_from_library) == ("Your lost book", "It is back.\nThank you!", True)
    assert "Too late" in grace.does("recall", ticket.pk)
    tickets.answer(ticket, User.objects.get(username="grace"), "Dear Ada,\nat desk 2.", moment(), "t8")
    assert queued_messages(ref)[-1] == {"heading": "Your lost book", "message": "Dear Ada,\nat desk 2."}
    assert [(each.about, each.words) for each in pending_replies.unread(ref)][1:] == [
        ("Your lost book", "Dear Ada,\nat desk 2.")
    ]
    tickets.ask_on(ticket, "Where?", moment(), "t9")
    assert "Where?" in grace.reads("questions", query="?show=mine"), "the reply comes to the writer"
    tickets.answer(Ticket.objects.get(), User.objects.get(username="grace"), "At the desk.", moment(), "t10")
    assert [each.about for each in pending_replies.unread(ref)] == ["Your lost book", "Your lost book", "Where?"]


def test_message_is_taken_back_before_it_is_sent(world: World, grace: Librarian, post: Mailbox) -> None:
    ref = world.ada.ref
    reachable(ref, "ada@post.example")
    grace.does("send", ref, subject="Wrong patron", words="Sorry.", transaction="staff-9")
    assert "Wrong patron" not in grace.reads("questions")
    assert "Wrong patron" in grace.reads("questions", query="?show=ended")
    assert "Message taken back" in grace.does("recall", Ticket.objects.get().pk)
    world.advance(minutes=2)
    run_minute_jobs()
    assert not post.mails and not Ticket.objects.exists() and not pending_replies.unread(ref)


def test_writing_to_a_patron_asks_for_the_reason_first(world: World, grace: Librarian) -> None:
    reachable(world.ada.ref, "ada@post.example")
    grace.client.reason = ""
    answer = grace.client.get(reverse("feedback:compose", args=(world.ada.ref,)))
    assert answer.status_code == 302 and "/staff/why/" in answer.url
    assert grace.client.post(reverse("feedback:send", args=(world.ada.ref,)), {"subject": "x"}).status_code == 302
    assert not Ticket.objects.exists()


def test_patron_without_a_contact_is_told_apart_before_writing(world: World, grace: Librarian) -> None:
    person(world.lin.ref)
    assert "No usable contact method" in grace.reads("compose", world.lin.ref)
    page = words(grace.client.get(reverse("staff:patron_messages", args=(world.lin.pk,))).content)
    assert "Write to the patron" in page


def test_answer_is_sent_once_and_waits_until_read(world: World, grace: Librarian) -> None:
    ticket = ask_librarian(world, "Where is Dune?")
    page = grace.does("answer", ticket.pk, words="Second floor,\nbay 4.", transaction="staff-1")
    assert "Answered. The patron is told" in page
    grace.does("answer", ticket.pk, words="Second floor,\nbay 4.", transaction="staff-1")
    assert [each["answer"] for each in queued_messages(world.ada.ref)] == ["Second floor,\nbay 4."]
    (shown,) = pending_replies.unread(world.ada.ref)
    assert (shown.about, shown.words) == ("Where is Dune?", "Second floor,\nbay 4.")
    assert pending_replies.unread(world.lin.ref) == []
    assert not pending_replies.read(world.lin.ref, shown.key, NOW), "a reply of another patron"
    assert pending_replies.read(world.ada.ref, shown.key, NOW)
    assert not pending_replies.read(world.ada.ref, shown.key, NOW)
    assert pending_replies.unread(world.ada.ref) == []
    assert "read today 14:30" in grace.reads("question", ticket.pk)


def test_overlong_answer_is_rejected_and_kept_in_form(world: World, grace: Librarian) -> None:
    ticket = ask_librarian(world, "Where is Dune?")
    page = grace.does("answer", ticket.pk, words="y" * 4001, status=422)
    assert "4001 characters. Shorten it to 4000" in page
    assert "y" * 4001 in page
    assert queued_messages(world.ada.ref) == []


def test_follow_up_message_reopens_question(world: World, grace: Librarian) -> None:
    ticket = ask_librarian(world, "Where is Dune?")
    grace.does("answer", ticket.pk, words="Second floor.", transaction="staff-1")
    assert "No open questions" in grace.reads("questions")
    world.advance(days=1)
    grace.sign_in()
    assert tickets.ask_on(ticket, "It is not there", moment(), "t2")
    assert not tickets.ask_on(ticket, "It is not there", moment(), "t2")
    assert "It is not there" in grace.reads("questions", query="?show=mine")
    ticket.refresh_from_db()
    assert ticket.due == NOW + timedelta(days=3)


def test_closed_question_is_reopened_by_undo(world: World, grace: Librarian) -> None:
    ticket = ask_librarian(world, "Where is Dune?")
    grace.does("close", ticket.pk)
    assert "Closed" in grace.reads("questions", query="?show=ended")
    grace.does("close", ticket.pk)
    assert "is reopened" in grace.undo()


def test_question_cannot_be_assigned_outside_staff(world: World, grace: Librarian) -> None:
    User.objects.create(username="mallory")
    ticket = ask_librarian(world, "Where is Dune?")
    assert "No staff member" in grace.does("hand_over", ticket.pk, owner="mallory")
    ticket.refresh_from_db()
    assert ticket.owner is None


def test_forgotten_patron_takes_questions_along(world: World) -> None:
    ask_librarian(world, "Where is Dune?")
    person(world.ada.ref).delete()
    assert (Ticket.objects.count(), TicketMessage.objects.count()) == (0, 0)


def test_kiosk_question_arrives_through_feed_once(world: World) -> None:
    asked = world.row("said", ask="question", about="study", answer="Which database?", card=cards.hash_number(ADA_UID))
    world.upload(asked)
    world.upload(asked)
    carry()
    carry()
    (ticket,) = Ticket.objects.all()
    assert (ticket.topic, ticket.lines.get().words, ticket.branch) == ("study", "Which database?", world.main)
    assert ticket.person.ref == world.ada.ref


@pytest.mark.parametrize("said", [{"about": "sing"}, {"patron": ""}, {"answer": " "}])
def test_invalid_question_in_feed_is_logged_without_text(
    world: World, said: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    person(world.ada.ref)
    question = {"ask": "question", "about": "find", "answer": "My secret", "patron": world.ada.ref} | said
    response_router.take(Event(9, NOW, "said", question))
    assert not Ticket.objects.exists()
    assert "Skipped event 9 of the feed (question)" in caplog.text
    assert "secret" not in caplog.text and world.ada.ref not in caplog.text


@pytest.mark.parametrize("key", ["", "answer-", "answer-x", "answer-" + "9" * 40, "wish-1-", "wish-1-new", "other-1"])
def test_unknown_reply_key_is_rejected(world: World, key: str) -> None:
    assert not pending_replies.read(world.ada.ref, key, NOW)


def test_patron_page_lists_own_questions(world: World, grace: Librarian) -> None:
    assert "Patron requests" not in grace.page("patron", world.ada.pk)
    ask_librarian(world, "Where is Dune?")
    assert "Patron requests Where is Dune? Question To answer" in grace.page("patron", world.ada.pk)
    assert "Where is Dune?" not in grace.page("patron", world.lin.pk)


def test_pages_require_staff_sign_in(world: World) -> None:
    ticket, outside = ask_librarian(world, "Where is Dune?"), Librarian()
    outside.client.logout()
    for name, args in (("questions", ()), ("question", (ticket.pk,))):
        assert "Sign in" in followed(outside, name, args)


def followed(visitor: Librarian, name: str, args: tuple[int, ...]) -> str:
    return words(visitor.client.get(reverse(f"feedback:{name}", args=args), follow=True).content)
