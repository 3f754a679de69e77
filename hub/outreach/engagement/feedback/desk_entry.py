"""Let staff enter a question, feedback or suggestion that a patron gave at the desk or on paper."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue.workplace import branch_of
from hub.core.clock import hub_clock
from hub.core.pages.page import page, report_success, staff_only
from hub.outreach.engagement.feedback import comments, staff_requests, suggestions, tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Person

LISTS = {"question": "questions", "suggestion": "suggestions", "opinion": "feedback"}
"""The list page of each kind."""


@dataclass(frozen=True, slots=True)
class DeskForm:
    """Content of the form."""

    words: str = ""
    card: str = ""
    topic: str = ""
    face: str = ""


@staff_only
def enter(request: HttpRequest, kind: str) -> HttpResponse:
    """Store the entry; a rejected one stays in the form, with the reason."""
    if kind not in LISTS:
        raise Http404(kind)
    if request.method != "POST":
        return _render_form(request, kind, DeskForm())
    typed = DeskForm(*(request.POST.get(name, "").strip() for name in ("words", "card", "topic", "face")))
    try:
        _take(request, kind, typed)
    except SubmissionRejected as wrong:
        return _render_form(request, kind, typed, str(wrong), 422)
    return report_success(request, _("Recorded"), reverse(f"feedback:{LISTS[kind]}"))


def _take(request: HttpRequest, kind: str, typed: DeskForm) -> None:
    now, transaction, person = hub_clock().now(), staff_requests.transaction_of(request), _person(typed.card)
    match kind:
        case "question":
            if person is None:
                raise SubmissionRejected(_("A question needs a card so that it can be answered."))
            tickets.ask(person, typed.topic, typed.words, now, branch_of(request), transaction)
        case "suggestion":
            suggestions.suggest(transaction, now, typed.words, person)
        case _:
            face = int(typed.face) if typed.face in ("1", "2", "3", "4", "5") else None
            comments.take(transaction, now, branch_of(request), face=face, words=typed.words, person=person)


def _person(card: str) -> Person | None:
    if not card:
        return None
    ref = the_central().by_card(card)
    if ref is None:
        raise SubmissionRejected(_("Unknown card. Scan it, or enter the patron number."))
    return Person.objects.get_or_create(ref=ref, defaults={"since": hub_clock().now()})[0]


def _render_form(request: HttpRequest, kind: str, typed: DeskForm, wrong: str = "", status: int = 200) -> HttpResponse:
    context = {
        "kind": kind,
        "title": {
            "question": _("Question from the desk"),
            "suggestion": _("Suggestion from the desk"),
            "opinion": _("Feedback from the desk"),
        }[kind],
        "home": reverse(f"feedback:{LISTS[kind]}"),
        "typed": typed,
        "topics": Ticket.Topic.choices,
        "wrong": wrong,
        "transaction": staff_requests.new_transaction(),
    }
    return page(request, LISTS[kind], "feedback/enter.html", context, status)
