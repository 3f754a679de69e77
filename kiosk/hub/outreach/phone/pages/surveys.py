"""Questionnaires on her phone; an anonymous one is kept without her, though she may be signed in."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kiosk.domain.questionnaires import form as form_of
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.phone.door import page, patrons_page, visitor
from kiosk.hub.outreach.phone.pages import forms
from kiosk.hub.outreach.voice.intake import NotTaken, day_of
from kiosk.hub.outreach.voice.models import Questionnaire
from kiosk.hub.outreach.voice.pages import drawn
from kiosk.hub.outreach.voice.surveys import rounds
from kiosk.hub.outreach.voice.surveys.sheet import posted


@require_safe
@patrons_page
def questionnaires(request: HttpRequest) -> HttpResponse:
    """Those that she may be asked now."""
    person, today = visitor(request), day_of(hub_clock().now())
    rows = [
        (each.code, form_of.read(each.form).title.in_language(_language()), each.anonymous)
        for each in rounds.running(today)
        if person is None or rounds.times_taken(person, each.code) < each.quota
    ]
    return page(request, "questionnaires", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@patrons_page
def questionnaire(request: HttpRequest, code: str) -> HttpResponse:
    """Draws one, and takes her sheet; a sheet with a fault is shown with it, and is to be filled in again."""
    found = rounds.running(day_of(hub_clock().now())).filter(code=code).order_by("-version").first()
    if found is None:
        raise Http404
    if not found.anonymous and visitor(request) is None:
        return redirect(f"{reverse('phone:sign_in')}?to=questionnaires")
    fault = ""
    if request.method == "POST":
        try:
            forms.admit(request)
            _take(request, found)
        except NotTaken as wrong:
            fault = str(wrong)
        else:
            messages.success(request, _("Thank you for your answers."))
            return redirect("phone:home")
    form = form_of.read(found.form)
    context = {
        "fault": fault,
        "title": form.title.in_language(_language()),
        "fields": drawn.fields(form, _language()),
        "anonymous": found.anonymous,
        "transaction": forms.fresh(),
    }
    return page(request, "questionnaire", context, 422 if fault else 200)


def _take(request: HttpRequest, found: Questionnaire) -> None:
    given = posted(form_of.read(found.form), request.POST)
    now, transaction = hub_clock().now(), forms.transaction_of(request)
    rounds.take(found.code, found.version, given, transaction, now, person=visitor(request))


def _language() -> str:
    return get_language() or "zh"
