"""Manage purchase suggestions, and show their staff pages.

There is one per title; the patrons who asked are notified of the decision.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from stdnum import isbn

from hub.catalogue.models import Isbn, Title
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.page import page, paginate, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, clean_text, first_time
from hub.outreach.engagement.feedback.models import Suggestion, SuggestionFollower
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

State = Suggestion.State
BRACKETS = re.compile(r"[\s\W_]+", re.UNICODE)
TONES = {State.NEW: "waits", State.ORDERED: "clock", State.ARRIVED: "done", State.DECLINED: "stop"}


def normal_isbn(text: str) -> str:
    """Return the 13 digits of an ISBN; empty if it is none or its check digit is wrong."""
    found = isbn.compact(text.strip().upper().removeprefix("ISBN").lstrip(" :："), convert=False)
    return isbn.to_isbn13(found) if isbn.is_valid(found) else ""


def looks_like_isbn(text: str) -> bool:
    """Return whether the text looks like an attempt at an ISBN."""
    return bool(re.fullmatch(r"(?:ISBN)?[\s:：]*[\d\-\s]{9,17}[\dXx]?", text.strip(), re.IGNORECASE))


def hyphenate(number: str) -> str:
    """Return an ISBN with hyphens, as printed."""
    return str(isbn.format(number)) if number else ""


def suggestion_key(number: str, words: str) -> str:
    """Return the key of a title: its ISBN, else its words without punctuation, case and width."""
    if number:
        return f"isbn:{number}"
    return "words:" + BRACKETS.sub("", unicodedata.normalize("NFKC", words).casefold())[:190]


@atomic
def suggest(transaction: str, at: datetime, words: str, person: Person | None = None) -> Suggestion | None:
    """Store a suggestion by ISBN or words; None if the transaction was stored before.

    A repeated title joins the existing suggestion. If that was declined or has arrived, the patron is notified.

    Raises:
        SubmissionRejected: If it is neither a valid ISBN nor words.
    """
    words = clean_text(words, 200)
    number = normal_isbn(words)
    if not number and looks_like_isbn(words):
        wrong = _("{words} is not a valid ISBN. Scan the barcode, or enter the title.")
        raise SubmissionRejected(wrong.format(words=words))
    key = suggestion_key(number, words)
    if key == "words:":
        raise SubmissionRejected(_("The text has no letters or digits. Enter a title or an ISBN."))
    if not first_time(transaction):
        return None
    fresh = {"isbn": number, "words": "" if number else words, "first_at": at, "changed_at": at}
    suggestion, _new = Suggestion.objects.select_for_update().get_or_create(known_as=key, defaults=fresh)
    wished = False
    if person is not None:
        wish, wished = SuggestionFollower.objects.get_or_create(
            suggestion=suggestion, person=person, defaults={"read": "" if suggestion.state != State.NEW else State.NEW}
        )
        if wished and suggestion.state != State.NEW:
            _notify(suggestion, wish, at)
    if person is None or wished:
        suggestion.asked += 1
        suggestion.save(update_fields=("asked",))
    return suggestion


@atomic
def decide(suggestion: Suggestion, state: str, at: datetime, reason: str = "") -> int:
    """Set the state and notify each patron who asked; return how many.

    Raises:
        SubmissionRejected: If the state is unknown, or a decline has no reason.
    """
    if state not in State.values:
        raise SubmissionRejected(
            _("Unknown state {state}. Choose one of {states}.").format(state=state, states=", ".join(State.values))
        )
    reason = clean_text(reason, 300) if state == State.DECLINED else ""
    suggestion = _lock(suggestion)
    if (suggestion.state, suggestion.reason) == (state, reason):
        return 0
    suggestion.state, suggestion.reason, suggestion.changed_at = state, reason, at
    suggestion.save(update_fields=("state", "reason", "changed_at"))
    if state == State.NEW:
        return 0
    wishes = list(suggestion.wishes.select_related("person"))
    for wish in wishes:
        _notify(suggestion, wish, at)
    return len(wishes)


@atomic
def merge(suggestion: Suggestion, into: Suggestion, at: datetime) -> None:
    """Merge two suggestions of the same title, with the followers of both.

    Raises:
        SubmissionRejected: If both are the same.
    """
    if suggestion.pk == into.pk:
        raise SubmissionRejected(_("This is the same suggestion. Choose another one."))
    both_rows = Suggestion.objects.select_for_update().filter(pk__in=(suggestion.pk, into.pk)).order_by("pk")
    held = {each.pk: each for each in both_rows}
    source, target = held[suggestion.pk], held[into.pk]
    both = 0
    for wish in source.wishes.select_related("person"):
        moved, made = SuggestionFollower.objects.get_or_create(suggestion=target, person=wish.person)
        both += not made
        if made and target.state != State.NEW:
            _notify(target, moved, at)
    target.asked += source.asked - both
    number, words = target.isbn or source.isbn, target.words or source.words
    source.delete()
    target.isbn, target.words = number, words
    if number:
        target.known_as = suggestion_key(number, "")
    target.save()


def in_catalogue(suggestion: Suggestion) -> Title | None:
    """Return the title that the library already has, by its ISBN or exact name."""
    return all_in_catalogue([suggestion]).get(suggestion.pk)


def all_in_catalogue(rows: Iterable[Suggestion]) -> dict[int, Title]:
    """Return the titles that the library already has for many suggestions, with two queries."""
    asked = list(rows)
    isbns = Isbn.objects.filter(isbn13__in={each.isbn for each in asked if each.isbn}).select_related("title")
    held = {row.isbn13: row.title for row in isbns}
    titles = Title.objects.filter(title__in={_name(each) for each in asked if each.words})
    held |= {row.title: row for row in titles}
    found = {each.pk: held.get(each.isbn) or held.get(_name(each)) for each in asked}
    return {key: title for key, title in found.items() if title is not None}


def _name(suggestion: Suggestion) -> str:
    return str(suggestion.words).strip("《》 ")


def alike(suggestion: Suggestion) -> list[Suggestion]:
    """Return up to five others that share a word with this one: perhaps the same title."""
    words = {each.casefold() for each in re.findall(r"\w{2,}", suggestion.words or _catalogue_title(suggestion))}
    if not words:
        return []
    others = Suggestion.objects.exclude(pk=suggestion.pk).order_by("-changed_at")[:500]
    return [each for each in others if any(word in each.words.casefold() for word in words)][:5]


def _catalogue_title(suggestion: Suggestion) -> str:
    title = in_catalogue(suggestion)
    return title.title if title else ""


def _notify(suggestion: Suggestion, wish: SuggestionFollower, at: datetime) -> None:
    facts = {
        "suggestion": _name(suggestion) or _catalogue_title(suggestion) or hyphenate(suggestion.isbn),
        "state": str(suggestion.state),
        "reason": suggestion.reason,
    }
    key = f"suggestion-{suggestion.pk}-{wish.pk}-{suggestion.state}-{at:%Y%m%d%H%M%S}"
    queue_message(wish.person, MessageKind.ANSWER, key, facts, at=at)


def _lock(suggestion: Suggestion) -> Suggestion:
    return Suggestion.objects.select_for_update().get(pk=suggestion.pk)


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    pk: int
    words: str
    isbn: str
    requests: int
    first: str
    changed_at: str
    state: str
    tone: str
    reason: str
    title: Title | None

    @staticmethod
    def from_suggestion(each: Suggestion, held: Title | None) -> "SuggestionRow":
        number = hyphenate(each.isbn)
        return SuggestionRow(
            pk=each.pk,
            words=each.words or (held.title if held else "") or number,
            isbn=number,
            requests=each.asked,
            first=formatting.day(each.first_at),
            changed_at=formatting.day(each.changed_at),
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
    asked = rows.order_by("-asked", "pk") if show == State.NEW else rows.order_by("-changed_at", "-pk")
    if wants_csv(request):
        return _suggestions_csv(asked)
    found = paginate(request, asked)
    words = ((State.NEW, _("To decide")), (State.ORDERED, _("Ordered")), (State.ARRIVED, _("Arrived")))
    counts = {state: Suggestion.objects.filter(state=state).count() for state, _text in words[:2]}
    tabs = tuple((str(state), f"{text} {counts[state]:,}" if state in counts else text) for state, text in words)
    return page(request, "suggestions", "feedback/suggestions.html", {
        "found": found,
        "rows": _rows(found),
        "show": show,
        "tabs": (*tabs, (str(State.DECLINED), _("Declined"))),
    })  # fmt: skip


def _suggestions_csv(suggestions: "QuerySet[Suggestion]") -> HttpResponse:
    """Return the suggestions as CSV; who asked is not listed, as on the page."""
    heading = (
        _("Title"), _("ISBN"), _("Requests"), _("First request"), pgettext("state", "Updated"), _("State"), _("Reason")
    )  # fmt: skip
    rows = (
        (row.words, row.isbn, row.requests, row.first, row.changed_at, row.state, row.reason)
        for some in batches(suggestions)
        for row in _rows(some)
    )
    return download("suggestions", heading, rows)


def _rows(found: Iterable[Suggestion]) -> list[SuggestionRow]:
    asked = list(found)
    held = all_in_catalogue(asked)
    return [SuggestionRow.from_suggestion(each, held.get(each.pk)) for each in asked]


@staff_page
def suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one title, its state, and others that may be the same."""
    return _render_suggestion(request, _get_suggestion(pk))


def _render_suggestion(request: HttpRequest, each: Suggestion, wrong: str = "", status: int = 200) -> HttpResponse:
    patron_count = each.wishes.count()
    context = {
        "row": SuggestionRow.from_suggestion(each, in_catalogue(each)),
        "told": patron_count,
        "silent": each.asked - patron_count,
        "state_code": str(each.state),
        "alike": _rows(alike(each)),
        "typed": request.POST.get("reason", each.reason),
        "wrong": wrong,
    }
    return page(request, "suggestions", "feedback/suggestion.html", context, status)


@staff_action
def decide_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the posted `state` (a decline with its `reason`), and notify each patron who asked."""
    each = _get_suggestion(pk)
    try:
        notified_count = decide(each, request.POST.get("state", ""), hub_clock().now(), request.POST.get("reason", ""))
    except SubmissionRejected as wrong:
        return _render_suggestion(request, each, str(wrong), 422)
    each.refresh_from_db()
    words = ngettext(
        "{state}; {count} patron will be notified", "{state}; {count} patrons will be notified", notified_count
    )
    return report_success(request, words.format(state=each.get_state_display(), count=notified_count), _home(pk))


@staff_action
def merge_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge this suggestion into the posted one, with its followers."""
    number = request.POST.get("into", "")
    into = _get_suggestion(int(number) if number.isdecimal() and len(number) < 19 else 0)
    each = _get_suggestion(pk)
    try:
        merge(each, into, hub_clock().now())
    except SubmissionRejected as wrong:
        return _render_suggestion(request, each, str(wrong), 422)
    return report_success(request, _("The two suggestions are merged"), _home(into.pk))


def _get_suggestion(pk: int) -> Suggestion:
    return get_object_or_404(Suggestion, pk=pk)


def _home(pk: int) -> str:
    return reverse("feedback:suggestion", args=(pk,))
