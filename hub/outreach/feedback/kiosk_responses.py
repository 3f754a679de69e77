"""Process patrons' responses at kiosks from the event feed, and log and skip invalid ones.

`ask` gives the kind: `face` (the answer is the smiley's number, optionally followed by text on the next line; `about`
may be a topic), `book` (the answer is the smiley, `about` the barcode of the returned item), `question` (`about` is
its topic), `suggestion`, `message` (`about` is what the patron has read), or `sheet`: the answers to an anonymous
questionnaire, as JSON, without a card.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.outreach.events import Event
from hub.outreach.feedback import comments, pending_replies, suggestions, tickets, title_ratings
from hub.outreach.feedback.deduplication import SubmissionRejected
from hub.outreach.feedback.surveys import kiosk_surveys
from hub.outreach.profiles.models import Person
from lending.title_rating import BOOK

log = logging.getLogger(__name__)
WITHOUT_WORDS = "call"
"""Answer to a kiosk question for which the patron chose only a topic."""
LATER = "later"
"""The patron was asked for a smiley rating and left."""


def take(event: Event) -> None:
    """Store the response of an event, if it is one."""
    kind = str(event.data.get("ask") or "")
    if event.kind != "said" or kind not in TAKEN:
        return
    try:
        TAKEN[kind](event)
    except SubmissionRejected as why:
        # Omit the reason: it may contain what the patron typed.
        log.warning("Skipped event %d of the feed (%s): %s", event.number, kind, type(why).__name__)


def _face(event: Event) -> None:
    number, _, words = _answer(event).partition("\n")
    if number == LATER:
        return
    if not number.isdecimal() or len(number) > 1:
        raise SubmissionRejected("no such rating")
    branch = _branch(event) or Branch.objects.first()
    if branch is None:
        raise SubmissionRejected("no branch")
    kiosk, about = str(event.data.get("kiosk") or ""), _topic(str(event.data.get("about") or ""))
    words = ": ".join(each for each in (about, words.strip()) if each)
    comments.take(
        _transaction(event), event.at, branch, face=int(number), words=words, person=_person(event), kiosk=kiosk
    )


def _topic(name: str) -> str:
    """Return the topic of a rating in the library's own language; empty if the code is unknown."""
    with override(settings.LANGUAGE_CODE):
        return {
            "books": _("Books and holdings"),
            "rooms": _("Rooms and seats"),
            "staff": _("Staff and service"),
            "machines": _("Machines and network"),
            "hours": _("Opening hours"),
            "rules": _("Lending rules"),
        }.get(name, "")


def _book(event: Event) -> None:
    """Count the rating for the title only, without the patron."""
    title_ratings.take(_transaction(event), event.at, str(event.data.get("about") or ""), _answer(event))


def _question(event: Event) -> None:
    person = _person(event)
    if person is None:
        raise SubmissionRejected("no patron to answer")
    topic = str(event.data.get("about") or "other")
    words = _answer(event)
    if words == WITHOUT_WORDS:
        with override(settings.LANGUAGE_CODE):
            words = _("(Asked at the kiosk by one touch, without words. Please write to her.)")
    tickets.ask(person, topic, words, event.at, _branch(event), _transaction(event))


def _suggestion(event: Event) -> None:
    suggestions.suggest(_transaction(event), event.at, _answer(event), _person(event))


def _message(event: Event) -> None:
    pending_replies.read(event.patron, str(event.data.get("about") or ""), event.at)


def _answer(event: Event) -> str:
    return str(event.data.get("answer") or "")


def _person(event: Event) -> Person | None:
    found: Person | None = Person.objects.filter(ref=event.patron).first() if event.patron else None
    return found


def _branch(event: Event) -> Branch | None:
    found: Branch | None = Branch.objects.filter(code=event.data.get("branch") or "").first()
    return found


def _transaction(event: Event) -> str:
    return str(event.data.get("transaction") or f"feed-{event.number}")


TAKEN: dict[str, Callable[[Event], None]] = {
    "face": _face,
    BOOK: _book,
    "question": _question,
    "suggestion": _suggestion,
    "message": _message,
    "sheet": kiosk_surveys.take,
}
