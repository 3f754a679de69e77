"""Questions to a librarian and messages from one: ask, write, answer, assign and close them, and show their pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.frame import staff_frame
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page, tabs
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback import staff_requests
from hub.outreach.engagement.feedback.deduplication import (
    LONGEST,
    SubmissionRejected,
    clean_text,
    first_time,
    open_days_later,
)
from hub.outreach.engagement.feedback.models import Ticket, TicketMessage
from hub.outreach.messaging import reach_estimate
from hub.outreach.messaging.enqueue import queue_message, withdraw_message
from hub.outreach.patrons.channels import IN_HOUSE, Channel
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons, masked_text
from hub.outreach.patrons.purposes import MessageKind

ANSWER_WITHIN = 2
"""Days until a question is due for an answer, counted in open days of the branch."""
RECALL_FOR = timedelta(minutes=1)
"""How long a message that staff wrote first waits for its Undo."""
SUBJECT_LENGTH = 80
TABS = ("open", "mine", "unowned", "overdue")
"""Tabs that show a count."""


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


def reply(ticket: Ticket, words: str, at: datetime, link: str, opens: MessageKind, *, done: bool) -> None:
    """Add an automatic reply to a new ticket; unless `done` is true it stays open for staff.

    The patron is notified as of any answer. Call it in the database transaction that opened the ticket.

    Args:
        ticket: The new ticket.
        words: The reply.
        at: Time of the reply, aware.
        link: URL of the page on which the patron can go on.
        opens: Kind of message that leads to the same page, whose button is used.
        done: Whether staff need not see to it.
    """
    line: TicketMessage = TicketMessage.objects.create(ticket=ticket, by_staff=True, words=words, at=at)
    _notify(ticket, line, at, link=link, opens=opens)
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
def write(person: Person, staff: User, subject: str, words: str, at: datetime, transaction: str) -> Ticket | None:
    """Write to a patron first: an answered ticket, which the patron's reply opens for the writer.

    The message leaves after `RECALL_FOR`, so that `recall` can still take it back.

    Args:
        person: Recipient.
        staff: The writer, who becomes the owner.
        subject: First line of the message, at most `SUBJECT_LENGTH` characters.
        words: The text below it.
        at: Time of writing, aware.
        transaction: Id of the form.

    Returns:
        The ticket, or None if the transaction was stored before.

    Raises:
        SubmissionRejected: If the subject or the text is empty or too long.
    """
    subject = " ".join(clean_text(subject, SUBJECT_LENGTH).split())
    words = clean_text(words)
    if not first_time(transaction):
        return None
    ticket: Ticket = Ticket.objects.create(
        person=person, topic=Ticket.Topic.OTHER, state=Ticket.State.ANSWERED, owner=staff, opened_at=at
    )
    line: TicketMessage = TicketMessage.objects.create(
        ticket=ticket, by_staff=True, author=staff, words=f"{subject}\n{words}", at=at
    )
    queue_message(
        person, MessageKind.ANSWER, _key(ticket, line), {"heading": subject, "message": words}, at=at + RECALL_FOR
    )
    return ticket


@atomic
def recall(ticket: Ticket) -> bool:
    """Take back a message that staff wrote first; False if it was sent, read or answered."""
    ticket = _lock(ticket)
    lines = list(ticket.lines.all())
    if len(lines) != 1 or not lines[0].by_staff or lines[0].read_at:
        return False
    if not withdraw_message(MessageKind.ANSWER, _key(ticket, lines[0])):
        return False
    ticket.delete()
    return True


@atomic
def hand_over(ticket: Ticket, to: User | None) -> None:
    """Assign it to a member of staff, or to no one."""
    ticket = _lock(ticket)
    ticket.owner = to
    ticket.save(update_fields=("owner",))


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


def topics_of(rows: Sequence[Ticket]) -> dict[int, str]:
    """Return the patron's last words by ticket, or the subject of what the library wrote first."""
    found: dict[int, str] = {}
    for line in TicketMessage.objects.filter(ticket__in=rows).order_by("by_staff", "pk"):
        if not line.by_staff or line.ticket_id not in found:
            found[line.ticket_id] = line.words.partition("\n")[0] if line.by_staff else line.words
    return found


def _notify(ticket: Ticket, line: TicketMessage, at: datetime, **more: str) -> None:
    question = ticket.lines.filter(by_staff=False).last()
    if question:
        facts = {"question": question.words[:200], "answer": line.words, **more}
    else:  # the patron has not replied to what the library wrote first
        facts = {"heading": topics_of([ticket])[ticket.pk], "message": line.words, **more}
    queue_message(ticket.person, MessageKind.ANSWER, _key(ticket, line), facts, at=at)


def _key(ticket: Ticket, line: TicketMessage) -> str:
    return f"ticket-{ticket.pk}-{line.pk}-answer"


def _lock(ticket: Ticket) -> Ticket:
    return Ticket.objects.select_for_update(of=("self",)).select_related("person", "branch").get(pk=ticket.pk)


def _reopen(ticket: Ticket, at: datetime) -> None:
    ticket.state, ticket.due = Ticket.State.OPEN, open_days_later(at, ANSWER_WITHIN, ticket.branch)
    ticket.save(update_fields=("state", "due"))


@dataclass(frozen=True, slots=True)
class TicketRow:
    pk: int
    topic: str
    words: str
    patron: MaskedPatron | None
    owner: str
    branch: str
    opened: str
    due: str
    late: bool
    state: str
    tone: str

    @staticmethod
    def from_ticket(ticket: Ticket, words: str, patron: MaskedPatron | None, now: datetime) -> "TicketRow":
        late = ticket.due is not None and ticket.due < now
        tones = {Ticket.State.OPEN: "stop" if late else "waits", Ticket.State.ANSWERED: "done"}
        return TicketRow(
            pk=ticket.pk,
            topic=ticket.get_topic_display(),
            words=words,
            patron=patron,
            owner=staff_requests.staff_name(ticket.owner),
            branch=str(ticket.branch or ""),
            opened=formatting.date_and_time(ticket.opened_at),
            due=staff_requests.due_words(ticket.due, now),
            late=late,
            state=ticket.get_state_display(),
            tone=tones.get(Ticket.State(ticket.state), "clock"),
        )


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """A message of the thread; `read` is empty if the patron has not seen it or wrote it."""

    by_staff: bool
    author: str
    words: str
    time: str
    read: str


@staff_page
def questions(request: HttpRequest) -> HttpResponse:
    """List questions: all open, mine, unassigned, overdue, or done."""
    show, now, staff = request.GET.get("show", "open"), hub_clock().now(), staff_requests.me(request)
    listed = list_tickets(show, staff, now)
    if wants_csv(request):
        return _questions_csv(listed, now)
    found = paginate(request, listed)
    words = {
        "open": _("All open questions"),
        "mine": _("Assigned to me"),
        "unowned": _("Unassigned"),
        "overdue": _("Overdue"),
        "ended": _("Answered and closed"),
    }
    counts = {name: list_tickets(name, staff, now).count() for name in TABS}
    return page(request, "questions", "feedback/questions.html", {
        "found": found,
        "rows": _rows(list(found), now),
        "show": show,
        "tabs": tabs(words, counts),
    })  # fmt: skip


def _questions_csv(tickets: "QuerySet[Ticket]", now: datetime) -> HttpResponse:
    """Return the questions as CSV, with patrons masked as on the page."""
    heading = (
        _("Question"), _("Topic"), _("Branch"), _("Patron"), _("Owner"), _("Time"), _("State")
    )  # fmt: skip
    rows = (
        (row.words, row.topic, row.branch, masked_text(row.patron), row.owner, row.opened, row.due or row.state)
        for some in batches(tickets)
        for row in _rows(some, now)
    )
    return download("questions", heading, rows)


def _rows(found: list[Ticket], now: datetime) -> list[TicketRow]:
    about, people = topics_of(found), masked_patrons(each.person for each in found)
    return [TicketRow.from_ticket(each, about.get(each.pk, ""), people.get(each.person.ref), now) for each in found]


@staff_page
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one question with its thread and the answer box."""
    return _render_ticket(request, _ticket(pk))


def _render_ticket(
    request: HttpRequest, ticket: Ticket, typed: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    now, lines = hub_clock().now(), list(ticket.lines.select_related("author"))
    patron = masked_patrons([ticket.person]).get(ticket.person.ref)
    context = {
        "row": TicketRow.from_ticket(ticket, topics_of([ticket])[ticket.pk], patron, now),
        "is_by_library": lines[0].by_staff,
        "thread": [_thread_message(line) for line in lines],
        "open": ticket.state == Ticket.State.OPEN,
        "closed": ticket.state == Ticket.State.CLOSED,
        "owner": ticket.owner.get_username() if ticket.owner else "",
        "mine": ticket.owner_id == request.user.pk,
        "colleagues": staff_requests.colleagues(),
        "transaction": staff_requests.new_transaction(),
        "typed": typed,
        "wrong": wrong,
    }
    return page(request, "questions", "feedback/question.html", context, status)


def _thread_message(line: TicketMessage) -> ThreadMessage:
    return ThreadMessage(
        line.by_staff,
        staff_requests.staff_name(line.author),
        line.words,
        formatting.date_and_time(line.at),
        formatting.date_and_time(line.read_at),
    )


@staff_action
def answer_question(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the typed answer; a rejected one stays in the box, with the reason."""
    ticket, typed = _ticket(pk), request.POST.get("words", "")
    try:
        answer(ticket, staff_requests.me(request), typed, hub_clock().now(), staff_requests.transaction_of(request))
    except SubmissionRejected as wrong:
        return _render_ticket(request, ticket, typed, str(wrong), status=422)
    return report_success(
        request, _("Answered. The patron is told by their preferred contact method and at their next visit."), _home(pk)
    )


def panel(request: HttpRequest, ref: str) -> tuple[str, Mapping[str, object]] | None:
    """Return the button that writes to the patron; None for an unknown patron."""
    return ("feedback/write_button.html", {"ref": ref}) if Person.objects.filter(ref=ref).exists() else None


@staff_page
def compose(request: HttpRequest, ref: str) -> HttpResponse:
    """Show the form that writes to one patron."""
    return _render_compose(request, get_object_or_404(Person, ref=ref))


@staff_action
def send(request: HttpRequest, ref: str) -> HttpResponse:
    """Send the typed message; a rejected one stays in the form, with the reason."""
    person, staff = get_object_or_404(Person, ref=ref), staff_requests.me(request)
    subject, words = request.POST.get("subject", ""), request.POST.get("words", "")
    form = staff_requests.transaction_of(request)
    try:
        ticket = write(person, staff, subject, words, hub_clock().now(), form)
    except SubmissionRejected as wrong:
        return _render_compose(request, person, subject, words, str(wrong), status=422)
    home = reverse("staff:patron_of", args=(ref,))
    if ticket is None:
        return report_success(request, _("This message was sent before."), home)
    undo = reverse("feedback:recall", args=(ticket.pk,))
    return report_success(
        request, _("Message to the patron is on its way. It leaves in 1 minute."), _home(ticket.pk), undo
    )


@staff_action
def recall_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a message to a patron before it is sent."""
    ticket = _ticket(pk)
    if not recall(ticket):
        return report_error(request, _("Too late: the message was sent or read. You can send another."), _home(pk))
    return report_success(
        request, _("Message taken back. Nothing was sent."), reverse("staff:patron_of", args=(ticket.person.ref,))
    )


def _render_compose(
    request: HttpRequest, person: Person, subject: str = "", words: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    channel = reach_estimate.first([person], MessageKind.ANSWER)[person.pk]
    context = {
        **staff_frame().record_header(request, person.ref, "messages"),
        "person": person,
        "channel": Channel(channel).label if channel else "",
        "is_sent_out": bool(channel) and channel not in IN_HOUSE,
        "guardian": person.child and person.recipient != person,
        "transaction": staff_requests.new_transaction(),
        "subject": subject,
        "words": words,
        "wrong": wrong,
        "longest_subject": SUBJECT_LENGTH,
        "longest": LONGEST,
    }
    return page(request, "patrons", "feedback/compose.html", context, status)


@staff_action
def hand_question_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign the question to the colleague given by `owner`, or to no one."""
    return staff_requests.assign(request, partial(hand_over, _ticket(pk)), _home(pk))


@staff_action
def close_question(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the question."""
    close(_ticket(pk))
    return report_success(
        request, _("Question {number} is closed").format(number=pk), _home(pk), reverse("feedback:reopen", args=(pk,))
    )


@staff_action
def reopen_question(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen the question."""
    reopen(_ticket(pk), hub_clock().now())
    return report_success(request, _("Question {number} is reopened").format(number=pk), _home(pk))


def _ticket(pk: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related("person", "owner", "branch"), pk=pk)


def _home(pk: int) -> str:
    return reverse("feedback:question", args=(pk,))
