"""Serve the start page: what matters to the signed-in patron now, or the library's public news; list new titles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hub.core.clock import hub_clock
from hub.core.language import page_text_language
from hub.core.pages import formatting
from hub.outreach.engagement.feedback import comments, programs
from hub.outreach.engagement.feedback.models import Course
from hub.outreach.engagement.feedback.surveys import rounds
from hub.outreach.library_system.central import (
    CurrentHold,
    OpenToday,
    PatronAccount,
    the_central,
    the_holds,
    the_patron_pages,
)
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import kept_page, page, patrons_page, session_patron
from hub.outreach.portal.shelf import ShelvedBook, covers_of
from hub.outreach.recommendations.new_titles import listing
from hub.outreach.recommendations.reading_profiles import recommendations

SOON = timedelta(days=7)
"""Time before its due date in which a loan is due soon."""
MOST_LOANS, MOST_NEW = 8, 8
LONGEST_HOURS = 24
"""Length of a sentence of opening hours that leaves room for a branch."""
AHEAD = 7
"""Days in which the next opening is looked for."""


@dataclass(frozen=True, slots=True)
class HomeSuggestion:
    """Recommended title with its cover."""

    book: ShelvedBook
    found: recommendations.DisplayedTitle


@dataclass(frozen=True, slots=True)
class ReadyHold:
    """Copy on the hold shelf: that it is ready, with the branch if there are several, and where and until when."""

    book: ShelvedBook
    state: str
    place: str


@dataclass(frozen=True, slots=True)
class NextEvent:
    """Next event or course of the library."""

    name: str
    day: str
    url: str


@dataclass(frozen=True, slots=True)
class BranchHours:
    """Branch, and when it is open, as a sentence."""

    branch: str
    words: str

    @property
    def has_room(self) -> bool:
        """Return whether the branch fits on the line behind the words, on a phone."""
        return len(self.words) <= LONGEST_HOURS


@require_safe
@patrons_page
def home(request: HttpRequest) -> HttpResponse:
    """Show due loans, holds to collect, one suggestion, the next event and the opening hours."""
    now, person = hub_clock().now(), session_patron(request, Scope.LOANS)
    reader = session_patron(request, Scope.READING)
    account = the_central().account(person.ref) if person else None
    context = {
        "here": "home",
        "account": account,
        "suggestion": _suggestion(reader.ref) if reader else None,
        "new": [] if account and account.loans else new_books(now),
        "event": _next_event(now),
        "hours": opening_hours(now),
        "survey": rounds.running(timezone.localtime(now).date()).exists(),
        "heard": comments.published_answers(1),
        "keeps_pins": the_central().keeps_pins(),
    }
    if account is None or person is None:
        return page(request, "home", context)
    context |= _loans(account, now) | {"ready": _ready(account)}
    return kept_page(request, person, "home", context)


def _loans(account: PatronAccount, now: datetime) -> dict[str, object]:
    """Return the loans on the shelf, and the one that can be renewed."""
    loans = account.loans[:MOST_LOANS]
    covers = covers_of((each.title, each.words) for each in loans)
    first = loans[0] if loans else None
    renewable = next((each for each in loans if each.renewed_due), None) if the_central().renews() else None
    # A loan that is not due soon is not offered for renewal here: the patron would lose the days left.
    urgent = renewable is not None and renewable.due <= now + SOON
    lit = renewable if urgent else first
    return {
        "due_soon": first is not None and first.due <= now + SOON,
        "loans": [
            ShelvedBook(cover, each.title, each.words, refusal_text.due_text(each), lit=each == lit)
            for cover, each in zip(covers, loans, strict=True)
        ],
        "fees": refusal_text.amount(account.fees) if account.fees else "",
        "renewable": renewable if urgent else None,
        "renewed": formatting.due(renewable.renewed_due) if urgent and renewable and renewable.renewed_due else "",
        "was_due": renewable.due.isoformat() if renewable else "",
    }


def _ready(account: PatronAccount) -> list[ReadyHold]:
    holds, system = [each for each in account.holds if each.ready], the_holds()
    covers = covers_of((each.title, each.words) for each in holds)
    one_place = system is not None and len(system.pickups()) == 1
    return [
        ReadyHold(
            ShelvedBook(cover, each.title, each.words),
            _("Ready to collect") if one_place else _("Ready at {branch}").format(branch=each.pickup),
            _pickup_text(each),
        )
        for cover, each in zip(covers, holds, strict=True)
    ]


def _pickup_text(hold: CurrentHold) -> str:
    """Return the hold shelf and the last day, as far as they are known."""
    if hold.shelf and hold.until:
        return _("Hold shelf {shelf}, until {day}").format(shelf=hold.shelf, day=formatting.day(hold.until))
    if hold.until:
        return _("Until {day}").format(day=formatting.day(hold.until))
    return _("Hold shelf {shelf}").format(shelf=hold.shelf) if hold.shelf else ""


def _suggestion(ref: str) -> HomeSuggestion | None:
    found = next(iter(recommendations.recommendations_for(ref, 1)), None)
    if found is None:
        return None
    (cover,) = covers_of([(found.title, found.words)])
    return HomeSuggestion(ShelvedBook(cover, found.title, found.words), found)


def new_books(now: datetime) -> list[ShelvedBook]:
    """Return the newest titles of the library; if none is new, those that are popular or came last."""
    rows = [(each.title, each.words) for each in listing.shelf(now)[:MOST_NEW]]
    rows = rows or [(each.title, each.words) for each in recommendations.popular_titles(MOST_NEW)]
    return [ShelvedBook(cover, pk, words) for cover, (pk, words) in zip(covers_of(rows), rows, strict=True)]


def _next_event(now: datetime) -> NextEvent | None:
    dates = [
        programs.coming(now, kind).filter(begins__gt=now, course__shown=True).first()
        for kind in (Course.Kind.EVENT, Course.Kind.COURSE)
    ]
    found = min((each for each in dates if each), key=lambda each: each.begins, default=None)
    if found is None:
        return None
    is_event = found.course.kind == Course.Kind.EVENT
    url = reverse("portal:event", args=(found.course_id,)) if is_event else reverse("portal:courses")
    return NextEvent(str(found.course), formatting.day(found.begins), url)


def opening_hours(now: datetime) -> list[BranchHours]:
    """Return the hours of each branch that publishes them; none if the library publishes none."""
    system = the_patron_pages()
    if system is None:
        return []
    local = timezone.localtime(now)
    week = [local.date() + timedelta(days=days) for days in range(AHEAD)]
    by_branch = zip(*(system.opening_hours(day) for day in week), strict=True)
    return [BranchHours(days[0].branch, _hours_text(list(zip(week, days, strict=True)), local)) for days in by_branch]


def _hours_text(days: list[tuple[date, OpenToday]], local: datetime) -> str:
    today = days[0][1].hours
    if today and local.time() < today[0]:
        return _("Opens today at {time}").format(time=_time_text(today[0]))
    if today and local.time() < today[1]:
        return _("Open today until {time}").format(time=_time_text(today[1]))
    closed = _("Closed today") if today is None else pgettext("library", "Closed")
    later = next(((day, found.hours) for day, found in days[1:] if found.hours), None)
    if later is None:
        return closed
    if later[0] == days[0][0] + timedelta(days=1):
        return _("{closed}, opens tomorrow at {time}").format(closed=closed, time=_time_text(later[1][0]))
    return _("{closed}, opens {day} at {time}").format(
        closed=closed, day=formatting.day(later[0]), time=_time_text(later[1][0])
    )


def _time_text(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"


@require_safe
@patrons_page
def new(request: HttpRequest) -> HttpResponse:
    """Show the list, each title with an anchor of its own."""
    language = page_text_language()
    found = listing.shelf(hub_clock().now())
    covers = covers_of((each.title, each.words) for each in found)
    rows = [
        (each, cover, str(each.line), formatting.day(each.added_at)) for each, cover in zip(found, covers, strict=True)
    ]
    named = {name: reverse(f"new_titles:{name}", args=(language,)) for name in ("rss", "json")}
    return page(request, "new", {"rows": rows, "feeds": named, "here": "home"})
