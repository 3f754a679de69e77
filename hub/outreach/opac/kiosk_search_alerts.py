"""Keeps what a patron looked for in vain at a kiosk and wishes to be told of; finds nothing and shows nothing.

What cannot be told of yet, or not be kept, is a question of hers with the library's reply: she reads why at her next
visit, on her phone and by the way that she chose, for a child her guardian does, and staff find it among the questions.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery import unsubscribe
from hub.outreach.delivery.delivery_planner import language_of
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.rendering import SPOKEN
from hub.outreach.events import Event
from hub.outreach.feedback import tickets
from hub.outreach.feedback.deduplication import SubmissionRejected
from hub.outreach.feedback.models import Ticket
from hub.outreach.opac import saved_searches
from hub.outreach.profiles import consents
from hub.outreach.profiles.feed_consumer import person_of
from hub.outreach.profiles.models import Person, Source
from hub.outreach.profiles.purposes import Purpose
from lending.kiosk_consents import TELL_ME

ASKED = "search"
"""What a `said` asks whose answer is the words that were typed, about the version of the words that she agreed to."""


def take(event: Event) -> None:
    """Keeps her words. Her touch below words that say so is her yes, unless she said no before; a child's is not."""
    if event.kind != "said" or event.data.get("ask") != ASKED or not event.patron:
        return
    person = person_of(event.patron)
    if person is not None:
        with override(spoken(person)):
            _take(person, str(event.data.get("answer") or ""), event)


def spoken(person: Person) -> str:
    """The language in which she is answered."""
    return SPOKEN[language_of(person)]


@atomic
def _take(person: Person, words: str, event: Event) -> None:
    try:
        search = saved_searches.keep(person, words, event.at)
    except SubmissionRejected as wrong:
        reply(person, _asked(words), str(wrong), event, done=False)
        return
    if event.data.get("about") == TELL_ME.version and not person.child and not _stopped(person):
        shown = consents.text_of_kiosks(Purpose.ALERTS, TELL_ME)
        by = f"{Source.KIOSK} {event.data.get('kiosk') or ''}".strip()
        consents.give(person, Purpose.ALERTS, by, shown.version, event.at)
    if why := _silent(person):
        asked = _asked(str(search.words))
        reply(person, asked, why, event, done=not person.child or person.guardian is not None)


def _stopped(person: Person) -> bool:
    return consents.refused(person, Purpose.ALERTS) or unsubscribe.stopped_by_her(person, MessageKind.ALERT)


def _silent(person: Person) -> str:
    """Why what is kept tells her nothing yet; nothing where it does."""
    if not unsubscribe.stopped(person, MessageKind.ALERT):
        return ""
    if person.child and person.guardian is None:
        return _("Your words are kept. Nobody is noted yet who agrees for you: ask your parents to come to the desk.")
    if person.child:
        return _(
            "The words are kept for your child. You are told as soon as you agree for the child, with the child's card "
            "on your phone or at the desk."
        )
    if _stopped(person):
        return _(
            "Your words are kept. You have stopped messages about saved searches, and so it stays: on your phone or at "
            "the desk you can let them come again."
        )
    return _("Your words are kept. You are told as soon as you agree to it, on your phone or at the desk.")


def _asked(words: str) -> str:
    return _("Asked at the kiosk: tell me when it comes: “{words}”").format(words=" ".join(words.split()) or "–")


def reply(person: Person, asked: str, why: str, event: Event, *, done: bool) -> None:
    """Unless it is done it is left to staff: something is wanted that she cannot do alone."""
    branch = Branch.objects.filter(code=event.data.get("branch") or "").first()
    number = str(event.data.get("transaction") or f"feed-{event.number}")
    ticket = tickets.ask(person, Ticket.Topic.FIND, asked, event.at, branch, number)
    if ticket is not None:
        link = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('finding:searches')}"
        tickets.reply(ticket, why, event.at, link, done=done)
