"""Takes what patrons answered at kiosks out of the feed; an answer that makes no sense is noted and stops nothing."""

import logging

from kiosk.hub.catalogue.models import Branch
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.voice import feedback, visits
from kiosk.hub.outreach.voice.intake import NotTaken

log = logging.getLogger(__name__)


def take(event: Event) -> None:
    """Counts a face, with the words that came with it; notes that an answer of the library was read."""
    if event.kind != "said":
        return
    match event.data.get("ask"):
        case "face":
            _face(event)
        case "message" if event.patron:
            visits.read(event.patron, str(event.data.get("about") or ""), event.at)


def _face(event: Event) -> None:
    number = str(event.data.get("answer") or "")
    branch = Branch.objects.filter(code=event.data.get("branch") or "").first() or Branch.objects.first()
    if branch is None or not number.isdecimal():
        log.warning("event %d of the feed is no face: its answer has to be a number from 1 to 5", event.number)
        return
    try:
        feedback.take(
            str(event.data.get("transaction") or f"feed-{event.number}"),
            event.at,
            branch,
            face=int(number[:9]),
            words=str(event.data.get("about") or ""),
            person=Person.objects.filter(ref=event.patron).first() if event.patron else None,
            kiosk=str(event.data.get("kiosk") or ""),
        )
    except NotTaken as why:
        log.warning("event %d of the feed is no face: %s", event.number, why)
