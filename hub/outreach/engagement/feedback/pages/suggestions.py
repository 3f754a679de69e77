"""Show the pages of purchase suggestions: the queue, and one title with the decision on it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page, paginate
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.engagement.feedback import suggestions as queue
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Suggestion

State = Suggestion.State
TONES = {State.NEW: "waits", State.ORDERED: "clock", State.ARRIVED: "done", State.DECLINED: "stop"}


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    pk: int
    words: str
    isbn: str
    asked: int
    first: str
    changed: str
    state: str
    tone: str
    reason: str
    title: Title | None

    @staticmethod
    def from_suggestion(each: Suggestion, held: Title | None) -> "SuggestionRow":
        number = queue.hyphenate(each.isbn)
        return SuggestionRow(
            pk=each.pk,
            words=each.words or (held.title if held else "") or number,
            isbn=number,
            asked=each.asked,
            first=formatting.day(each.first_at),
            changed=formatting.day(each.changed_at),
            state=each.get_state_display(),
            tone=TONES[State(each.state)],
            reason=each.reason,
            title=held,
        )


@staff_page
def suggestions(request: HttpRequest) -> HttpResponse:
    """List titles by state; new ones with the most requests first."""
    show = request.GET.get("show", State.NEW)
    rows = Suggestion.objects.filter(state=show if show in State.values else State.NEW)
    found = paginate(
        request, rows.order_by("-asked", "pk") if show == State.NEW else rows.order_by("-changed_at", "-pk")
    )
    words = ((State.NEW, _("To decide")), (State.ORDERED, _("Ordered")), (State.ARRIVED, _("Arrived")))
    counts = {state: Suggestion.objects.filter(state=state).count() for state, _text in words[:2]}
    tabs = tuple((str(state), f"{text} {counts[state]:,}" if state in counts else text) for state, text in words)
    return page(request, "suggestions", "feedback/suggestions.html", {
        "found": found,
        "rows": _rows(found),
        "show": show,
        "tabs": (*tabs, (str(State.DECLINED), _("Declined"))),
    })  # fmt: skip


def _rows(found: Iterable[Suggestion]) -> list[SuggestionRow]:
    asked = list(found)
    held = queue.all_in_catalogue(asked)
    return [SuggestionRow.from_suggestion(each, held.get(each.pk)) for each in asked]


@staff_page
def suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one title, its state, and others that may be the same."""
    return _render_suggestion(request, _get_suggestion(pk))


def _render_suggestion(request: HttpRequest, each: Suggestion, wrong: str = "", status: int = 200) -> HttpResponse:
    told = each.wishes.count()
    context = {
        "row": SuggestionRow.from_suggestion(each, queue.in_catalogue(each)),
        "told": told,
        "silent": each.asked - told,
        "state_code": str(each.state),
        "alike": _rows(queue.alike(each)),
        "typed": request.POST.get("reason", each.reason),
        "wrong": wrong,
    }
    return page(request, "suggestions", "feedback/suggestion.html", context, status)


@staff_action
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the posted `state` (a decline with its `reason`), and notify each patron who asked."""
    each = _get_suggestion(pk)
    try:
        told = queue.decide(each, request.POST.get("state", ""), hub_clock().now(), request.POST.get("reason", ""))
    except SubmissionRejected as wrong:
        return _render_suggestion(request, each, str(wrong), 422)
    each.refresh_from_db()
    words = ngettext("{state}; {count} patron will be notified", "{state}; {count} patrons will be notified", told)
    return report_success(request, words.format(state=each.get_state_display(), count=told), _home(pk))


@staff_action
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge this suggestion into the posted one, with its followers."""
    number = request.POST.get("into", "")
    into = _get_suggestion(int(number) if number.isdecimal() and len(number) < 19 else 0)
    each = _get_suggestion(pk)
    try:
        queue.merge(each, into, hub_clock().now())
    except SubmissionRejected as wrong:
        return _render_suggestion(request, each, str(wrong), 422)
    return report_success(request, _("The two suggestions are merged"), _home(into.pk))


def _get_suggestion(pk: int) -> Suggestion:
    return get_object_or_404(Suggestion, pk=pk)


def _home(pk: int) -> str:
    return reverse("feedback:suggestion", args=(pk,))
