"""Take feedback and purchase suggestions without a card, and publish what the library did about them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from hub.core.clock import hub_clock
from hub.core.language import is_english
from hub.outreach.engagement.feedback import comments, suggestions
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import FACES, Published
from hub.outreach.portal.pages import form_protection
from hub.outreach.portal.portal_session import page, patrons_page, session_patron


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def say(request: HttpRequest) -> HttpResponse:
    """Take a rating, words or both. A signed-in patron may add their identity to get a reply."""
    fault, status = "", 200
    if request.method == "POST":
        try:
            form_protection.admit(request)
            _take(request)
        except SubmissionRejected as wrong:
            fault, status = str(wrong), 422
        else:
            messages.success(request, _("Thank you. We read every comment and publish what we did here."))
            return redirect("portal:published_feedback")
    context = {
        "fault": fault,
        "faces": FACES,
        "branches": form_protection.branches(),
        "typed": request.POST.get("words", ""),
        "chosen": request.POST.get("face", ""),
        "transaction": form_protection.fresh(),
    }
    return page(request, "say", context, status)


def _take(request: HttpRequest) -> None:
    face = request.POST.get("face", "")
    comments.take(
        form_protection.transaction_of(request),
        hub_clock().now(),
        form_protection.branch_of(request),
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
            form_protection.admit(request)
            words, person = request.POST.get("words", ""), session_patron(request)
            suggestions.suggest(form_protection.transaction_of(request), hub_clock().now(), words, person)
        except SubmissionRejected as wrong:
            fault, status = str(wrong), 422
        else:
            messages.success(request, _("Thank you. The library will consider buying it."))
            return redirect("portal:home")
    context = {"fault": fault, "typed": request.POST.get("words", ""), "transaction": form_protection.fresh()}
    return page(request, "suggest", context, status)


@require_safe
@patrons_page
def published_page(request: HttpRequest) -> HttpResponse:
    """Show published feedback with the library's responses."""
    return page(request, "heard", {"rows": [both(each) for each in comments.published_answers(20)]})


def both(shown: Published) -> tuple[str, str]:
    """Return what was said and what was done, in the active language."""
    if is_english():
        return shown.said_en or shown.said, shown.did_en or shown.did
    return shown.said, shown.did
