"""Manage questions to a librarian: open, answer, assign, close and reopen them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, clean_text, first_time, open_days_later
from hub.outreach.engagement.feedback.models import Ticket, TicketMessage
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

ANSWER_WITHIN = 2
"""Days until a question is due for an answer, counted in open days of the branch."""


@atomic
def ask(person: Person, topic: str, words: str, at: datetime, branch: Branch | None, transaction: str) -> Ticket | None:
    """Open a ticket; None if the transaction was stored before.

    Raises:
        SubmissionRejected: If the topic or the text is invalid.
    """
    words = clean_text(words)
    if topic not in Ticket.Topic.values:
        topics = ", ".join(Ticket.Topic.values)
        raise SubmissionRejected(_("Unknown topic {topic}. Choose one of {topics}.").format(topic=topic, topics=topics))
    if not first_time(transaction):
        return None
    ticket: Ticket = Ticket.objects.create(
        person=person, topic=topic, branch=branch, opened_at=at, due=open_days_later(at, ANSWER_WITHIN, branch)
    )
    TicketMessage.objects.create(ticket=ticket, by_staff=False, words=words, at=at)
    return ticket


def reply(ticket: Ticket, words: str, at: datetime, link: str, *, done: bool) -> None:
    """Add an automatic reply to a new ticket; unless `done` is true it stays open for staff.

    The patron is notified as of any answer. Call it in the database transaction that opened the ticket.
    """
    line: TicketMessage = TicketMessage.objects.create(ticket=ticket, by_staff=True, words=words, at=at)
    _notify(ticket, line, at, link=link)
    if done:
        ticket.state, ticket.due = Ticket.State.ANSWERED, None
        ticket.save(update_fields=("state", "due"))


@atomic
def ask_on(ticket: Ticket, words: str, at: datetime, transaction: str) -> bool:
    """Add the patron's message, which reopens the ticket; False if it was stored before.

    Raises:
        SubmissionRejected: If there is no text, or too much of it.
    """
    words = clean_text(words)
    if not first_time(transaction):
        return False
    ticket = _lock(ticket)
    TicketMessage.objects.create(ticket=ticket, by_staff=False, words=words, at=at)
    _reopen(ticket, at)
    return True


@atomic
def answer(ticket: Ticket, staff: User, words: str, at: datetime, transaction: str) -> TicketMessage | None:
    """Answer: the patron is notified by their channel, and at the next visit.

    None if the transaction was stored before.

    Raises:
        SubmissionRejected: If there is no text, or too much of it.
    """
    words = clean_text(words)
    if not first_time(transaction):
        return None
    ticket = _lock(ticket)
    line: TicketMessage = TicketMessage.objects.create(ticket=ticket, by_staff=True, author=staff, words=words, at=at)
    ticket.state, ticket.due, ticket.owner = Ticket.State.ANSWERED, None, ticket.owner or staff
    ticket.save(update_fields=("state", "due", "owner"))
    _notify(ticket, line, at)
    return line


@atomic
def hand_over(ticket: Ticket, to: User | None) -> User | None:
    """Assign it to a member of staff, or to no one; return the former owner."""
    ticket = _lock(ticket)
    before: User | None = ticket.owner
    ticket.owner = to
    ticket.save(update_fields=("owner",))
    return before


@atomic
def close(ticket: Ticket) -> None:
    """Close it. An unread answer is still shown to the patron."""
    ticket = _lock(ticket)
    ticket.state, ticket.due = Ticket.State.CLOSED, None
    ticket.save(update_fields=("state", "due"))


@atomic
def reopen(ticket: Ticket, at: datetime) -> None:
    """Reopen it with a new due time."""
    _reopen(_lock(ticket), at)


def list_tickets(show: str, staff: User, now: datetime) -> "QuerySet[Ticket]":
    """Return one tab of the list (mine, unassigned, overdue, open or done), the most urgent first."""
    tickets = Ticket.objects.select_related("person", "owner", "branch")
    waiting = tickets.filter(state=Ticket.State.OPEN).order_by("due", "pk")
    match show:
        case "mine":
            return waiting.filter(owner=staff)
        case "unowned":
            return waiting.filter(owner=None)
        case "overdue":
            return waiting.filter(due__lt=now)
        case "ended":
            return tickets.exclude(state=Ticket.State.OPEN).order_by("-pk")
        case _:
            return waiting


def _notify(ticket: Ticket, line: TicketMessage, at: datetime, **more: str) -> None:
    question = ticket.lines.filter(by_staff=False).last()
    facts = {"question": question.words[:200] if question else "", "answer": line.words, **more}
    queue_message(ticket.person, MessageKind.ANSWER, f"ticket-{ticket.pk}-{line.pk}-answer", facts, at=at)


def _lock(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).select_related("person", "branch").get(pk=ticket.pk)


def _reopen(ticket: Ticket, at: datetime) -> None:
    ticket.state, ticket.due = Ticket.State.OPEN, open_days_later(at, ANSWER_WITHIN, ticket.branch)
    ticket.save(update_fields=("state", "due"))
