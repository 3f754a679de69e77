"""Show the pages of questions to a librarian: the list, and one question with thread and answer box."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page, paginate, tabs
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.engagement.feedback import tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Ticket, TicketMessage
from hub.outreach.engagement.feedback.pages import common
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons

TABS = ("open", "mine", "unowned", "overdue")
"""Tabs that show a count."""


@dataclass(frozen=True, slots=True)
class TicketRow:
    pk: int
    topic: str
    words: str
    who: MaskedPatron | None
    owner: str
    branch: str
    opened: str
    due: str
    late: bool
    state: str
    tone: str

    @staticmethod
    def from_ticket(ticket: Ticket, words: str, who: MaskedPatron | None, now: datetime) -> "TicketRow":
        late = ticket.due is not None and ticket.due < now
        tones = {Ticket.State.OPEN: "stop" if late else "waits", Ticket.State.ANSWERED: "done"}
        return TicketRow(
            pk=ticket.pk,
            topic=ticket.get_topic_display(),
            words=words,
            who=who,
            owner=common.staff_name(ticket.owner),
            branch=str(ticket.branch or ""),
            opened=formatting.date_and_time(ticket.opened_at),
            due=common.due_words(ticket.due, now),
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
    at: str
    read: str


@staff_page
def questions(request: HttpRequest) -> HttpResponse:
    """List questions: all open, mine, unassigned, overdue, or done."""
    show, now, staff = request.GET.get("show", "open"), hub_clock().now(), common.me(request)
    found = paginate(request, tickets.list_tickets(show, staff, now))
    rows = list(found)
    last = {line.ticket_id: line.words for line in TicketMessage.objects.filter(ticket__in=rows, by_staff=False)}
    people = masked_patrons(each.person for each in rows)
    words = {
        "open": _("All open questions"),
        "mine": _("Assigned to me"),
        "unowned": _("Unassigned"),
        "overdue": _("Overdue"),
        "ended": _("Answered and closed"),
    }
    counts = {name: tickets.list_tickets(name, staff, now).count() for name in TABS}
    return page(request, "questions", "feedback/questions.html", {
        "found": found,
        "rows": [TicketRow.from_ticket(each, last.get(each.pk, ""), people.get(each.person.ref), now) for each in rows],
        "show": show,
        "tabs": tabs(words, counts),
    })  # fmt: skip


@staff_page
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one question with its thread and the answer box."""
    return _render_ticket(request, _ticket(pk))


def _render_ticket(
    request: HttpRequest, ticket: Ticket, typed: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    now, lines = hub_clock().now(), list(ticket.lines.select_related("author"))
    who = masked_patrons([ticket.person]).get(ticket.person.ref)
    asked = [line.words for line in lines if not line.by_staff]
    context = {
        "row": TicketRow.from_ticket(ticket, asked[-1] if asked else "", who, now),
        "thread": [_thread_message(line) for line in lines],
        "open": ticket.state == Ticket.State.OPEN,
        "closed": ticket.state == Ticket.State.CLOSED,
        "owner": ticket.owner.get_username() if ticket.owner else "",
        "mine": ticket.owner_id == request.user.pk,
        "colleagues": common.colleagues(),
        "transaction": common.new_transaction(),
        "typed": typed,
        "wrong": wrong,
    }
    return page(request, "questions", "feedback/question.html", context, status)


def _thread_message(line: TicketMessage) -> ThreadMessage:
    return ThreadMessage(
        line.by_staff,
        common.staff_name(line.author),
        line.words,
        formatting.date_and_time(line.at),
        formatting.date_and_time(line.read_at),
    )


@staff_action
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the typed answer; a rejected one stays in the box, with the reason."""
    ticket, typed = _ticket(pk), request.POST.get("words", "")
    try:
        tickets.answer(ticket, common.me(request), typed, hub_clock().now(), common.transaction_of(request))
    except SubmissionRejected as wrong:
        return _render_ticket(request, ticket, typed, str(wrong), status=422)
    return report_success(
        request, _("Answered. The patron is told by their preferred contact method and at their next visit."), _home(pk)
    )


@staff_action
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign the question to the colleague given by `owner`, or to no one; the undo assigns it back."""
    to = common.colleague(request)
    if to is None and request.POST.get("owner"):
        return report_error(request, _("No staff member has this name."), _home(pk))
    tickets.hand_over(_ticket(pk), to)
    name = common.staff_name(to)
    return report_success(request, _("Assigned to {name}.").format(name=name) if to else _("Unassigned."), _home(pk))


@staff_action
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the question."""
    tickets.close(_ticket(pk))
    return report_success(
        request, _("Question {number} is closed").format(number=pk), _home(pk), reverse("feedback:reopen", args=(pk,))
    )


@staff_action
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Reopen the question."""
    tickets.reopen(_ticket(pk), hub_clock().now())
    return report_success(request, _("Question {number} is reopened").format(number=pk), _home(pk))


def _ticket(pk: int) -> Ticket:
    return get_object_or_404(Ticket.objects.select_related("person", "owner", "branch"), pk=pk)


def _home(pk: int) -> str:
    return reverse("feedback:question", args=(pk,))
