"""Takes what patrons said at kiosks out of the feed; what makes no sense is noted and stops nothing.

`ask` says what it is: `face` (the answer is its number, `about` perhaps a topic, words may follow on the next line),
`book` (the answer is its face, `about` the barcode of what was brought back), `question` (`about` is its topic),
`suggestion`, `message` (`about` is what she has read), or `sheet`: the answers to an anonymous questionnaire, as JSON,
without a card.
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
"""A kiosk's question that is its topic alone."""
LATER = "later"
"""She was asked for a face and walked away."""


def take(event: Event) -> None:
    kind = str(event.data.get("ask") or "")
    if event.kind != "said" or kind not in TAKEN:
        return
    try:
        TAKEN[kind](event)
    except SubmissionRejected as why:
        # The words are not noted: they may hold what was typed.
        log.warning("event %d of the feed, a %s, was not taken: %s", event.number, kind, type(why).__name__)


def _face(event: Event) -> None:
    number, _, words = _answer(event).partition("\n")
    if number == LATER:
        return
    if not number.isdecimal() or len(number) > 1:
        raise SubmissionRejected("no face")
    branch = _branch(event) or Branch.objects.first()
    if branch is None:
        raise SubmissionRejected("no branch")
    kiosk, about = str(event.data.get("kiosk") or ""), _topic(str(event.data.get("about") or ""))
    words = ": ".join(each for each in (about, words.strip()) if each)
    comments.take(
        _transaction(event), event.at, branch, face=int(number), words=words, person=_person(event), kiosk=kiosk
    )


def _topic(name: str) -> str:
    """What a face is about, in the library's own language; nothing where it is no topic."""
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
    """Counted for the title alone, whoever it was."""
    title_ratings.take(_transaction(event), event.at, str(event.data.get("about") or ""), _answer(event))


def _question(event: Event) -> None:
    person = _person(event)
    if person is None:
        raise SubmissionRejected("nobody to answer")
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
