"""Let the patron ask staff questions and follow up, and show the outcome of feedback and suggestions."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.engagement.feedback import pending_replies, tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Feedback, SuggestionFollower, Ticket
from hub.outreach.engagement.feedback.suggestions import hyphenate
from hub.outreach.patrons.models import Person
from hub.outreach.portal.message_links import open_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.pages import form_protection
from hub.outreach.portal.portal_session import page, patrons_page, session_patron, signed_in, start_session

BY_LINK = "portal:answers_by_link"
MOST = 10


@dataclass(frozen=True, slots=True)
class QuestionMessage:
    """Message of a question's thread. `ours` is True if staff wrote it."""

    words: str
    when: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """Question with its messages and state."""

    number: int
    topic: str
    state: str
    lines: tuple[QuestionMessage, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ANSWERS)
def ask(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method == "POST":
        fault = _act(request, person)
        return _render_questions(request, person, reverse("portal:ask"), fault) if fault else redirect("portal:ask")
    return _render_questions(request, person, reverse("portal:ask"))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the answers that the message was about. A follow-up uses the link up."""
    link = open_link(BY_LINK, token)
    if link is None or link.used:
        if link is not None and session_patron(request, Scope.ANSWERS) == link.person:
            return redirect("portal:ask")
        return page(request, "over", {"used": link is not None, "to": "ask"}, 410)
    if request.method != "POST":
        return _render_questions(request, link.person, request.path, seen=False)
    if not link.use():
        return page(request, "over", {"used": True, "to": "ask"}, 410)
    fault = _act(request, link.person)
    answer = _render_questions(request, link.person, reverse("portal:ask"), fault) if fault else redirect("portal:ask")
    return start_session(answer, link.person, Scope.ANSWERS)


def _act(request: HttpRequest, person: Person) -> str:
    """Take a question or a follow-up; return what is wrong with it, or empty."""
    words, now, transaction = request.POST.get("words", ""), hub_clock().now(), form_protection.transaction_of(request)
    number = request.POST.get("ticket", "")
    try:
        if number:
            ticket = Ticket.objects.filter(pk=number, person=person).first() if _is_key(number) else None
            if ticket is None:
                raise SubmissionRejected(_("This question no longer exists. Please ask a new one."))
            tickets.ask_on(ticket, words, now, transaction)
        else:
            tickets.ask(person, request.POST.get("topic", ""), words, now, None, transaction)
    except SubmissionRejected as wrong:
        return str(wrong)
    messages.success(request, _("Sent. You will see the reply here and receive it by your preferred contact method."))
    return ""


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 18


def _render_questions(
    request: HttpRequest, person: Person, action: str, fault: str = "", *, seen: bool = True
) -> HttpResponse:
    """Render the page. By a link alone no answer is marked as read: mail programs prefetch links."""
    threads = [_thread(each) for each in Ticket.objects.filter(person=person).order_by("-pk")[:MOST]]
    wishes = SuggestionFollower.objects.filter(person=person).select_related("suggestion").order_by("-pk")[:MOST]
    context = {
        "here": "ask",
        "fault": fault,
        "action": action,
        "threads": threads,
        "opinions": Feedback.objects.filter(person=person).order_by("-pk")[:MOST],
        "wishes": [(each.suggestion.words or hyphenate(each.suggestion.isbn), each.suggestion) for each in wishes],
        "topics": Ticket.Topic.choices,
        "chosen": request.POST.get("topic", "find"),
        "typed": request.POST.get("words", ""),
        "at": request.POST.get("ticket", ""),
        "transaction": form_protection.fresh(),
    }
    response = page(request, "ask", context, 422 if fault else 200)
    for reply in pending_replies.unread(person.ref) if seen else ():
        pending_replies.read(person.ref, reply.key, hub_clock().now())
    return response


def _thread(ticket: Ticket) -> Thread:
    lines = tuple(
        QuestionMessage(each.words, formatting.date_and_time(each.at), each.by_staff) for each in ticket.lines.all()
    )
    return Thread(ticket.pk, ticket.get_topic_display(), ticket.get_state_display(), lines)
