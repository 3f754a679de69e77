"""Take feedback, purchase suggestions, questions and questionnaires, and show what the library did or replied."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.engagement.feedback import comments, pending_replies, suggestions, tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.engagement.feedback.models import (
    FACES,
    Feedback,
    Questionnaire,
    SuggestionFollower,
    Ticket,
)
from hub.outreach.engagement.feedback.suggestions import hyphenate
from hub.outreach.engagement.feedback.surveys import response, rounds
from hub.outreach.engagement.feedback.surveys.response import PREFIX
from hub.outreach.patrons.models import Person
from hub.outreach.portal import rate_limit
from hub.outreach.portal.message_links import usable_link
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, patrons_page, session_patron, signed_in, start_session
from lending.questionnaires import read_form

BY_LINK = "portal:answers_by_link"
MOST = 10


@dataclass(frozen=True, slots=True)
class QuestionMessage:
    """Message of a question's thread. `by_staff` is True if staff wrote it."""

    words: str
    time: str
    by_staff: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """Question with its messages and state."""

    number: int
    topic: str
    state: str
    lines: tuple[QuestionMessage, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def say(request: HttpRequest) -> HttpResponse:
    """Take a rating, words or both. A signed-in patron may add their identity to get a reply."""
    fault, status = "", 200
    if request.method == "POST":
        try:
            rate_limit.admit(request)
            _take(request)
        except SubmissionRejected as wrong:
            fault, status = str(wrong), 422
        else:
            messages.success(request, _("Thank you. We read every comment and publish what we did here."))
            return redirect("portal:published_feedback")
    context = {
        "fault": fault,
        "faces": FACES,
        "branches": rate_limit.branches(),
        "typed": request.POST.get("words", ""),
        "chosen": request.POST.get("face", ""),
        "transaction": rate_limit.fresh(),
    }
    return page(request, "say", context, status)


def _take(request: HttpRequest) -> None:
    face = request.POST.get("face", "")
    comments.take(
        rate_limit.transaction_of(request),
        hub_clock().now(),
        rate_limit.branch_of(request),
        face=int(face) if face in map(str, FACES) else None,
        words=request.POST.get("words", ""),
        person=session_patron(request) if request.POST.get("mine") else None,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def suggest(request: HttpRequest) -> HttpResponse:
    """Take an ISBN or a title. A signed-in patron is notified of the outcome."""
    fault, status = "", 200
    if request.method == "POST":
        try:
            rate_limit.admit(request)
            words, person = request.POST.get("words", ""), session_patron(request)
            suggestions.suggest(rate_limit.transaction_of(request), hub_clock().now(), words, person)
        except SubmissionRejected as wrong:
            fault, status = str(wrong), 422
        else:
            messages.success(request, _("Thank you. The library will consider buying it."))
            return redirect("portal:home")
    context = {"fault": fault, "typed": request.POST.get("words", ""), "transaction": rate_limit.fresh()}
    return page(request, "suggest", context, status)


@require_safe
@patrons_page
def published_page(request: HttpRequest) -> HttpResponse:
    """Show published feedback with the library's responses."""
    return page(request, "heard", {"rows": comments.published_answers(20)})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Scope.ANSWERS)
def ask(request: HttpRequest, person: Person) -> HttpResponse:
    if request.method == "POST":
        fault = _ask_question(request, person)
        return _render_questions(request, person, reverse("portal:ask"), fault) if fault else redirect("portal:ask")
    return _render_questions(request, person, reverse("portal:ask"))


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def answers_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the answers that the message was about. A follow-up uses the link up."""
    link = usable_link(request, BY_LINK, token, Scope.ANSWERS, "ask")
    if isinstance(link, HttpResponse):
        return link
    if request.method != "POST":
        return _render_questions(request, link.person, request.path, seen=False)
    fault = _ask_question(request, link.person)
    answer = _render_questions(request, link.person, reverse("portal:ask"), fault) if fault else redirect("portal:ask")
    return start_session(answer, link.person, Scope.ANSWERS)


def _ask_question(request: HttpRequest, person: Person) -> str:
    """Take a question or a follow-up; return what is wrong with it, or empty."""
    words, now, transaction = request.POST.get("words", ""), hub_clock().now(), rate_limit.transaction_of(request)
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
        "transaction": rate_limit.fresh(),
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


@require_safe
@patrons_page
def questionnaires(request: HttpRequest) -> HttpResponse:
    """List the questionnaires that the patron may answer now."""
    person, today = session_patron(request), day_of(hub_clock().now())
    rows = [
        (each.code, read_form(each.form).title.in_language(_language()), each.anonymous)
        for each in rounds.running(today)
        if person is None or rounds.times_taken(person, each.code) < each.quota
    ]
    return page(request, "questionnaires", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def questionnaire(request: HttpRequest, code: str) -> HttpResponse:
    """Ask one question per page and store the answers after the last.

    Until then the page carries them, not the hub.
    """
    found = rounds.running(day_of(hub_clock().now())).filter(code=code).order_by("-version").first()
    if found is None:
        raise Http404
    if not found.anonymous and session_patron(request) is None:
        return redirect(f"{reverse('portal:sign_in')}?to=questionnaires")
    step, fault = response.begin(read_form(found.form)), ""
    if request.method == "POST":
        step = response.read_step(step.form, request.POST)
        try:
            step = response.move(step, request.POST.get("go", ""))
            if step.is_over and step.left_out != request.POST.get("left_out", ""):
                return _render_step(request, found, step.clamped, "", last=True)
            if step.is_over:
                rate_limit.admit(request)
                _take_survey(request, found, step)
                messages.success(request, _("Thank you for your answers."))
                return redirect("portal:home")
        except SubmissionRejected as wrong:
            fault, step = str(wrong), step.clamped
    return _render_step(request, found, step, fault)


def _render_step(
    request: HttpRequest, found: Questionnaire, step: response.SurveyStep, fault: str, *, last: bool = False
) -> HttpResponse:
    context = {
        "fault": fault,
        "title": step.form.title.in_language(_language()),
        "field": response.field(step.question, _language()),
        "chosen": step.posted.get(step.question.name, []),
        "carried": [(PREFIX + name, each) for name, each in step.carried],
        "at": step.question.name,
        "number": step.index + 1,
        "count": len(step.asked),
        "more": step.more and not last,
        "left_out": step.left_out,
        "dropped": [each.title.in_language(_language()) for each in step.dropped],
        "anonymous": found.anonymous,
        "transaction": rate_limit.transaction_of(request),
    }
    return page(request, "questionnaire", context, 422 if fault else 200)


def _take_survey(request: HttpRequest, found: Questionnaire, step: response.SurveyStep) -> None:
    now, transaction = hub_clock().now(), rate_limit.transaction_of(request)
    rounds.take(found.code, found.version, step.answers, transaction, now, person=session_patron(request))


def _language() -> str:
    return get_language() or "zh"
