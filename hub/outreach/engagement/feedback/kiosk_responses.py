"""Process ratings, questions, suggestions and anonymous surveys from kiosks; log and skip invalid ones."""

import logging
from typing import assert_never

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.outreach.engagement.feedback import comments, pending_replies, suggestions, tickets, title_ratings
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.surveys import kiosk_surveys
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.models import Person
from lending.responses import (
    AnonymousSurvey,
    ItemRating,
    LibrarianQuestion,
    MessageRead,
    PurchaseSuggestion,
    VisitRating,
)

log = logging.getLogger(__name__)
WITHOUT_WORDS = "call"
"""Answer to a kiosk question for which the patron chose only a topic."""
LATER = "later"
"""The patron was asked for a smiley rating and left."""
FeedbackResponse = VisitRating | ItemRating | LibrarianQuestion | PurchaseSuggestion | MessageRead | AnonymousSurvey


def take(event: Event, response: FeedbackResponse) -> None:
    """Store a response."""
    try:
        _store(event, response)
    except SubmissionRejected as why:
        # Omit the reason: it may contain what the patron typed.
        log.warning("Skipped event %d of the feed (%s): %s", event.number, response.ask, type(why).__name__)


def _store(event: Event, response: FeedbackResponse) -> None:
    match response:
        case VisitRating():
            _store_rating(event, response)
        case ItemRating():  # counted for the title only, without the patron
            title_ratings.take(event.transaction, event.at, response.about, response.answer)
        case LibrarianQuestion():
            _open_ticket(event, response)
        case PurchaseSuggestion():
            suggestions.suggest(event.transaction, event.at, response.answer, _person(event))
        case MessageRead():
            pending_replies.read(event.patron, response.about, event.at)
        case AnonymousSurvey():
            kiosk_surveys.take(event)
        case _:
            assert_never(response)


def _store_rating(event: Event, response: VisitRating) -> None:
    number, _, words = response.answer.partition("\n")
    if number == LATER:
        return
    if not number.isdecimal() or len(number) > 1:
        raise SubmissionRejected("no such rating")
    branch = _branch(event) or Branch.objects.first()
    if branch is None:
        raise SubmissionRejected("no branch")
    kiosk, about = str(event.data.get("kiosk") or ""), _topic(response.about)
    words = ": ".join(each for each in (about, words.strip()) if each)
    comments.take(
        event.transaction, event.at, branch, face=int(number), words=words, person=_person(event), kiosk=kiosk
    )


def _topic(name: str) -> str:
    """Return the topic of a rating in the library's own language; empty if the code is unknown."""
    with override(settings.LANGUAGE_CODE):
        return {
            "books": _("Books and holdings"),
            "rooms": _("Rooms and seats"),
            "staff": _("Staff and service"),
            "machines": _("Equipment and network"),
            "hours": _("Opening hours"),
            "rules": _("Loan rules"),
        }.get(name, "")


def _open_ticket(event: Event, response: LibrarianQuestion) -> None:
    person = _person(event)
    if person is None:
        raise SubmissionRejected("no patron to answer")
    topic, words = response.about or "other", response.answer
    if words == WITHOUT_WORDS:
        with override(settings.LANGUAGE_CODE):
            words = _("(Requested at the kiosk without a message. Please contact the patron.)")
    tickets.ask(person, topic, words, event.at, _branch(event), event.transaction)


def _person(event: Event) -> Person | None:
    return Person.objects.filter(ref=event.patron).first() if event.patron else None


def _branch(event: Event) -> Branch | None:
    return Branch.objects.filter(code=event.branch).first()
