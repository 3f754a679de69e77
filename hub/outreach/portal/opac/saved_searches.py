"""Save searches and notify patrons, once per title, of new titles that match; on phones and as asked at kiosks.

If a search from a kiosk cannot be stored or sends nothing yet, the request becomes a ticket with the library's reply.
The patron (for a child the guardian) reads the reason at the next visit, in the portal and on the preferred channel,
and staff find it among the questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from hub.catalogue.models import Branch, Title
from hub.catalogue.search.index import asks, matching
from hub.core.clock import hub_clock
from hub.core.language import page_code
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback import tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.messaging.models import Unsubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.models import LONGEST, NotifiedTitle, SavedSearch, Scope
from hub.outreach.portal.portal_session import page, patrons_page, session_patron, signed_in
from lending.kiosk_consents import TELL_ME
from lending.responses import SearchAlertRequest

MOST = 10
"""Maximum number of searches per person."""
LISTED = 10
"""Maximum number of titles per message; the others follow the next night."""
LOOKS_BACK = timedelta(days=30)
"""Period covered after missed nights; titles added before are not reported."""
BY = "phone"
TYPED = "searched"
"""Cookie that keeps the search to be saved for 15 minutes, while the patron signs in."""


def normalise_search(words: str) -> str:
    """Return the normalised search text.

    Raises:
        SubmissionRejected: The text has too few characters.
    """
    tidy = " ".join(words.split())[:LONGEST]
    if not asks(tidy):
        raise SubmissionRejected(_("Enter at least 2 characters."))
    return tidy


@atomic
def save_search(person: Person, words: str, by: str, now: datetime) -> SavedSearch:
    """Save the search and record the consent; an existing search stays unchanged.

    Raises:
        SubmissionRejected: The text is too short or the person has too many searches.
    """
    search = store_search(person, words, now)
    consents.give(person, Purpose.ALERTS, by, consents.text(Purpose.ALERTS).version, now)
    Unsubscription.objects.filter(person=person, kind=MessageKind.ALERT).delete()
    return search


@atomic
def store_search(person: Person, words: str, now: datetime) -> SavedSearch:
    """Save the search only; it sends nothing without a consent.

    Raises:
        SubmissionRejected: The text is too short or the person has too many searches.
    """
    tidy = normalise_search(words)
    held = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if held.searches.exclude(words=tidy).count() >= MOST:
        raise SubmissionRejected(
            _("You have {count} saved searches. Remove one before you add another.").format(count=MOST)
        )
    search: SavedSearch = SavedSearch.objects.get_or_create(person=held, words=tidy, defaults={"since": now})[0]
    return search


def delete_search(person: Person, key: int) -> bool:
    """Delete a search of the person; return False if there is none with this id."""
    return bool(SavedSearch.objects.filter(person=person, pk=key).delete()[0])


def new_arrivals(now: datetime) -> dict[int, datetime]:
    """Return the titles added within `LOOKS_BACK`, with the time."""
    return dict(Title.objects.filter(added_at__gt=now - LOOKS_BACK, added_at__lte=now).values_list("pk", "added_at"))


def nightly(now: datetime) -> int:
    """Notify every consenting person of new titles for their searches; return the number of messages.

    An interrupted run is completed the next night: message and record are one database transaction.
    """
    new = new_arrivals(now)
    if not new:
        return 0
    searches: dict[int, list[SavedSearch]] = defaultdict(list)
    agreed = consents.all_given(Purpose.ALERTS)
    for search in SavedSearch.objects.order_by("person", "pk"):
        if search.person_id in agreed:
            searches[search.person_id].append(search)
    return sum(_tell(person, own, new, now) for person, own in searches.items())


@atomic
def _tell(key: int, searches: Iterable[SavedSearch], new: dict[int, datetime], now: datetime) -> int:
    person = Person.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if person is None:
        return 0
    reported = set(NotifiedTitle.objects.filter(person=person, title__in=new).values_list("title_id", flat=True))
    count = 0
    for search in searches:
        found = sorted(matching(str(search.words), min(new)) & new.keys() - reported)
        titles = [each for each in found if new[each] > search.since][:LISTED]
        if titles:
            queue_message(person, MessageKind.ALERT, f"{search.pk} {titles[0]}", _facts(search, titles), at=now)
            NotifiedTitle.objects.bulk_create(NotifiedTitle(person=person, title_id=each) for each in titles)
            reported |= set(titles)
            count += 1
    return count


def _facts(search: SavedSearch, titles: list[int]) -> dict[str, Fact]:
    rows = Title.objects.in_bulk(titles)
    return {
        "search": str(search.words),
        "items": [
            {"work": each, "words": _title_and_author(rows[each]), "url": public_url("opac:title", each)}
            for each in titles
        ],
        "count": len(titles),
        "link": public_url("opac:searches"),
    }


def _title_and_author(title: Title) -> str:
    return f"{title.title} / {title.author}" if title.author else str(title.title)


def take(event: Event, response: SearchAlertRequest) -> None:
    """Save the search. The touch below the consent text counts as consent.

    It does not if the patron refused before or is a child.
    """
    person = person_of(event.patron) if event.patron else None
    if person is not None:
        with override(reply_language(person)):
            _take(person, response, event)


def reply_language(person: Person) -> str:
    """Return the language for replies to the patron."""
    return page_code(person.message_language)


@atomic
def _take(person: Person, response: SearchAlertRequest, event: Event) -> None:
    words = response.answer
    try:
        search = store_search(person, words, event.at)
    except SubmissionRejected as wrong:
        reply(person, _request_text(words), str(wrong), event, done=False)
        return
    if response.about == TELL_ME.version and not person.child and not _stopped(person):
        shown = consents.text_of_kiosks(Purpose.ALERTS, TELL_ME)
        by = f"{Source.KIOSK} {event.data.get('kiosk') or ''}".strip()
        consents.give(person, Purpose.ALERTS, by, shown.version, event.at)
    if obstacle := _silent(person):
        asked = _request_text(str(search.words))
        reply(person, asked, obstacle, event, done=not person.child or person.guardian is not None)


def _stopped(person: Person) -> bool:
    return consents.refused(person, Purpose.ALERTS) or unsubscribe.is_unsubscribed(person, MessageKind.ALERT)


def _silent(person: Person) -> str:
    """Return why the saved search sends nothing yet; empty if it does."""
    if not unsubscribe.stopped(person, MessageKind.ALERT):
        return ""
    if person.child and person.guardian is None:
        return _("Your search is saved. A parent or guardian must agree for you. Ask them to come to the desk.")
    if person.child:
        return _(
            "Your child's search is saved. To get messages, agree for your child at the desk, or on "
            "your phone with your child's card."
        )
    if _stopped(person):
        return _(
            "Your search is saved, but you stopped messages about saved searches. Allow them on your "
            "phone or at the desk."
        )
    return _("Your search is saved. To get messages, agree on your phone or at the desk.")


def _request_text(words: str) -> str:
    return _("Requested at the kiosk: notify me when it arrives: “{words}”").format(
        words=" ".join(words.split()) or "–"
    )


def reply(person: Person, asked: str, obstacle: str, event: Event, *, done: bool) -> None:
    """Answer with a ticket; unless `done`, it stays open for staff, as the patron cannot solve it alone."""
    branch = Branch.objects.filter(code=event.data.get("branch") or "").first()
    number = str(event.data.get("transaction") or f"feed-{event.number}")
    ticket = tickets.ask(person, Ticket.Topic.FIND, asked, event.at, branch, number)
    if ticket is not None:
        tickets.reply(ticket, obstacle, event.at, public_url("opac:searches"), MessageKind.ALERT, done=done)


@require_safe
@signed_in(Scope.ALL)
def searches_page(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the patron's searches and a form for another, filled with what was typed before signing in."""
    return _render_searches(request, person, request.GET.get("q", "") or unquote(request.COOKIES.get(TYPED, "")))


@require_POST
@patrons_page
def save_page(request: HttpRequest) -> HttpResponse:
    """Save a search. Without a session the patron signs in first and finds it in the form."""
    typed, person = request.POST.get("q", "")[:LONGEST], session_patron(request, Scope.ALL)
    if person is None:
        response = redirect(f"{reverse('portal:sign_in')}?to=searches")
        at = reverse("portal:home")
        response.set_cookie(TYPED, quote(typed), max_age=15 * 60, httponly=True, samesite="Lax", path=at)
        return response
    if not consents.has_consented(person, Purpose.ALERTS) and "agree" not in request.POST:
        return _render_searches(
            request, person, typed, _("Tick the box to agree. Without it we cannot send you messages."), 422
        )
    try:
        search = save_search(person, typed, BY, hub_clock().now())
    except SubmissionRejected as wrong:
        return _render_searches(request, person, typed, str(wrong), 422)
    messages.success(request, _("Saved. We will tell you about new titles for “{search}”.").format(search=search.words))
    response = redirect("opac:searches")
    response.delete_cookie(TYPED, path=reverse("portal:home"), samesite="Lax")
    return response


@require_POST
@signed_in(Scope.ALL)
def end_page(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    delete_search(person, number)
    messages.success(request, _("Stopped. You get no more messages about this search."))
    return redirect("opac:searches")


def _render_searches(
    request: HttpRequest, person: Person, typed: str, fault: str = "", status: int = 200
) -> HttpResponse:
    agreed = consents.has_consented(person, Purpose.ALERTS)
    context = {
        "here": "find",
        "searches": list(person.searches.all()),
        "awaited": list(person.awaited.select_related("title", "branch").defer("title__record")),
        "typed": typed[:LONGEST],
        "agreed": agreed,
        "why": "" if agreed else consents.words(consents.text(Purpose.ALERTS)),
        "fault": fault,
    }
    return page(request, "searches", context, status)
