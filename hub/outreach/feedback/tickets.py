"""Ask a librarian: what can be done with a question and its thread; never sends anything itself."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.enqueue import say
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.feedback.deduplication import SubmissionRejected, first_time, open_days_later, said
from hub.outreach.feedback.models import Ticket, TicketMessage
from hub.outreach.profiles.models import Person

ANSWER_WITHIN = 2
"""Open days of the branch."""


@atomic
def ask(person: Person, topic: str, words: str, at: datetime, branch: Branch | None, transaction: str) -> Ticket | None:
    """Opens a ticket; None when the transaction was taken in before. Raises NotTaken."""
    words = said(words)
    if topic not in Ticket.Topic.values:
        topics = ", ".join(Ticket.Topic.values)
        raise SubmissionRejected(
            _("There is no topic {topic}: choose one of {topics}.").format(topic=topic, topics=topics)
        )
    if not first_time(transaction):
        return None
    ticket: Ticket = Ticket.objects.create(
        person=person, topic=topic, branch=branch, opened_at=at, due=open_days_later(at, ANSWER_WITHIN, branch)
    )
    TicketMessage.objects.create(ticket=ticket, by_staff=False, words=words, at=at)
    return ticket


def reply(ticket: Ticket, words: str, at: datetime, link: str, *, done: bool) -> None:
    """What the library says to a new one by itself, told as every answer is; unless it is done it stays with staff.

    Call it in the database transaction that opened the ticket.
    """
    line: TicketMessage = TicketMessage.objects.create(ticket=ticket, by_staff=True, words=words, at=at)
    _tell(ticket, line, at, link=link)
    if done:
        ticket.state, ticket.due = Ticket.State.ANSWERED, None
        ticket.save(update_fields=("state", "due"))


@atomic
def ask_on(ticket: Ticket, words: str, at: datetime, transaction: str) -> bool:
    """Adds what the patron says to it, which opens it again; False when it was taken in before. Raises NotTaken."""
    words = said(words)
    if not first_time(transaction):
        return False
    ticket = _held(ticket)
    TicketMessage.objects.create(ticket=ticket, by_staff=False, words=words, at=at)
    _turn_of_staff(ticket, at)
    return True


@atomic
def answer(ticket: Ticket, staff: User, words: str, at: datetime, transaction: str) -> TicketMessage | None:
    """Answers: she is told by the way that she chose, and at her next visit.

    None when the transaction was taken in before. Raises NotTaken.
    """
    words = said(words)
    if not first_time(transaction):
        return None
    ticket = _held(ticket)
    line: TicketMessage = TicketMessage.objects.create(ticket=ticket, by_staff=True, author=staff, words=words, at=at)
    ticket.state, ticket.due, ticket.owner = Ticket.State.ANSWERED, None, ticket.owner or staff
    ticket.save(update_fields=("state", "due", "owner"))
    _tell(ticket, line, at)
    return line


@atomic
def hand_over(ticket: Ticket, to: User | None) -> User | None:
    """Gives it to somebody, or to whoever takes it; tells whose it was."""
    ticket = _held(ticket)
    before: User | None = ticket.owner
    ticket.owner = to
    ticket.save(update_fields=("owner",))
    return before


@atomic
def close(ticket: Ticket) -> None:
    """Ends it. What was answered and not yet read is shown to her all the same."""
    ticket = _held(ticket)
    ticket.state, ticket.due = Ticket.State.CLOSED, None
    ticket.save(update_fields=("state", "due"))


@atomic
def reopen(ticket: Ticket, at: datetime) -> None:
    """Takes it up again; the clock begins anew."""
    _turn_of_staff(_held(ticket), at)


def shown(show: str, staff: User, now: datetime) -> "QuerySet[Ticket]":
    """Those that are mine, without an owner, overdue, open, or ended; the most urgent first."""
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


def _tell(ticket: Ticket, line: TicketMessage, at: datetime, **more: str) -> None:
    question = ticket.lines.filter(by_staff=False).last()
    facts = {"question": question.words[:200] if question else "", "answer": line.words, **more}
    say(ticket.person, MessageKind.ANSWER, f"ticket-{ticket.pk}-{line.pk}-answer", facts, at=at)


def _held(ticket: Ticket) -> Ticket:
    found: Ticket = Ticket.objects.select_for_update(of=("self",)).select_related("person", "branch").get(pk=ticket.pk)
    return found


def _turn_of_staff(ticket: Ticket, at: datetime) -> None:
    ticket.state, ticket.due = Ticket.State.OPEN, open_days_later(at, ANSWER_WITHIN, ticket.branch)
    ticket.save(update_fields=("state", "due"))
