"""Save searches without results that a patron asked at a kiosk to be notified about.

If an alert cannot be stored or sent yet, the request becomes a ticket with the library's reply. The patron (for a
child the guardian) reads the reason at the next visit, in the portal and on the preferred channel, and staff find
it among the questions.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from hub.catalogue.models import Branch
from hub.core.public_url import public_url
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback import tickets
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Ticket
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.portal.opac import saved_searches
from lending.kiosk_consents import TELL_ME
from lending.responses import SearchAlertRequest


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
    return SPOKEN[person.message_language]


@atomic
def _take(person: Person, response: SearchAlertRequest, event: Event) -> None:
    words = response.answer
    try:
        search = saved_searches.keep(person, words, event.at)
    except SubmissionRejected as wrong:
        reply(person, _request_text(words), str(wrong), event, done=False)
        return
    if response.about == TELL_ME.version and not person.child and not _stopped(person):
        shown = consents.text_of_kiosks(Purpose.ALERTS, TELL_ME)
        by = f"{Source.KIOSK} {event.data.get('kiosk') or ''}".strip()
        consents.give(person, Purpose.ALERTS, by, shown.version, event.at)
    if why := _silent(person):
        asked = _request_text(str(search.words))
        reply(person, asked, why, event, done=not person.child or person.guardian is not None)


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


def reply(person: Person, asked: str, why: str, event: Event, *, done: bool) -> None:
    """Answer with a ticket; unless `done`, it stays open for staff, as the patron cannot solve it alone."""
    branch = Branch.objects.filter(code=event.data.get("branch") or "").first()
    number = str(event.data.get("transaction") or f"feed-{event.number}")
    ticket = tickets.ask(person, Ticket.Topic.FIND, asked, event.at, branch, number)
    if ticket is not None:
        tickets.reply(ticket, why, event.at, public_url("opac:searches"), done=done)
