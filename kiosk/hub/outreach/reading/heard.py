"""Takes what a patron said at a kiosk to what was recommended to her; what makes no sense is noted, stops nothing."""

import logging
from collections.abc import Callable, Mapping

from kiosk.hub.catalogue.models import Title
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.people.known import person_of
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.reading import saying

log = logging.getLogger(__name__)
SAYS: Mapping[str, Callable[[Person, int], None]] = {"like": saying.like, "not": saying.not_for_me}

LATER = "later"


def take(event: Event) -> None:
    """`about` is the title as the kiosk was told of it; whoever was asked and walked away has no opinion."""
    if event.kind != "said" or event.data.get("ask") != "pick" or not event.patron:
        return
    if event.data.get("answer") == LATER:
        return
    person, title = person_of(event.patron), _title(str(event.data.get("about") or ""))
    say = SAYS.get(str(event.data.get("answer") or ""))
    if person is None or title is None or say is None:
        log.warning("event %d of the feed is no opinion of a title", event.number)
        return
    say(person, title)


def _title(about: str) -> int | None:
    number = about.removeprefix("title-")
    if not number.isdecimal() or len(number) > 18:
        return None
    return int(number) if Title.objects.filter(pk=int(number)).exists() else None
