"""Serve questionnaires in the portal. Answers to an anonymous one are stored without the patron."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hub.core.clock import hub_clock
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.engagement.feedback.models import Questionnaire
from hub.outreach.engagement.feedback.surveys import response, rounds
from hub.outreach.engagement.feedback.surveys.response import PREFIX
from hub.outreach.portal.pages import form_protection
from hub.outreach.portal.portal_session import page, patrons_page, session_patron
from lending.questionnaires import form as form_of


@require_safe
@patrons_page
def questionnaires(request: HttpRequest) -> HttpResponse:
    """List the questionnaires that the patron may answer now."""
    person, today = session_patron(request), day_of(hub_clock().now())
    rows = [
        (each.code, form_of.read(each.form).title.in_language(_language()), each.anonymous)
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
    step, fault = response.begin(form_of.read(found.form)), ""
    if request.method == "POST":
        step = response.read_step(step.form, request.POST)
        try:
            step = response.move(step, request.POST.get("go", ""))
            if step.is_over and step.left_out != request.POST.get("left_out", ""):
                return _render_step(request, found, step.clamped, "", last=True)
            if step.is_over:
                form_protection.admit(request)
                _take(request, found, step)
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
        "chosen": step.given.get(step.question.name, []),
        "carried": [(PREFIX + name, each) for name, each in step.carried],
        "at": step.question.name,
        "number": step.at + 1,
        "count": len(step.asked),
        "more": step.more and not last,
        "left_out": step.left_out,
        "dropped": [each.title.in_language(_language()) for each in step.dropped],
        "anonymous": found.anonymous,
        "transaction": form_protection.transaction_of(request),
    }
    return page(request, "questionnaire", context, 422 if fault else 200)


def _take(request: HttpRequest, found: Questionnaire, step: response.SurveyStep) -> None:
    now, transaction = hub_clock().now(), form_protection.transaction_of(request)
    rounds.take(found.code, found.version, step.answers, transaction, now, person=session_patron(request))


def _language() -> str:
    return get_language() or "zh"
