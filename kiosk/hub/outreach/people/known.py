"""Takes note of the patrons whom the feed names; knows nothing of what they did."""

from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.people.models import Person

FORGOTTEN = "patron_forgotten"


def take(event: Event) -> None:
    """Makes a person of every pseudonym that was not known; whoever is to be forgotten is."""
    if event.kind == FORGOTTEN:
        Person.objects.filter(ref=event.patron).delete()
    elif event.patron:
        Person.objects.get_or_create(ref=event.patron, defaults={"since": event.at})
