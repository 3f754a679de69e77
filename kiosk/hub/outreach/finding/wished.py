"""Keeps what a patron looked for in vain at a kiosk and wishes to be told of; finds nothing and shows nothing."""

import logging

from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.finding import saved
from kiosk.hub.outreach.people.known import person_of
from kiosk.hub.outreach.people.models import Source
from kiosk.hub.outreach.voice.intake import NotTaken

log = logging.getLogger(__name__)
ASKED = "search"
"""What a `said` asks whose answer is the words that were typed."""


def take(event: Event) -> None:
    """Her touch is her agreement to be written to for it. A child's guardian agrees for her, and not here."""
    if event.kind != "said" or event.data.get("ask") != ASKED or not event.patron:
        return
    person = person_of(event.patron)
    if person is None or person.child:
        return
    words, by = str(event.data.get("answer") or ""), f"{Source.KIOSK} {event.data.get('kiosk') or ''}"
    try:
        saved.save(person, words, by.strip(), event.at)
    except NotTaken:
        log.warning("event %d of the feed asks for a search that is not kept", event.number)
