"""Takes note of the patrons whom the feed names, and how busy they are; knows no title that they had."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import F

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.asking import the_central
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.people.models import Busy, Person

FORGOTTEN, BORROWED, STATUS = "patron_forgotten", "checkout", "patron_status"


def take(event: Event) -> None:
    """Makes a person of every pseudonym that was not known; whoever is to be forgotten is."""
    if event.kind == FORGOTTEN:
        Person.objects.filter(ref=event.patron).delete()
        return
    if not event.patron:
        return
    person, _new = Person.objects.get_or_create(ref=event.patron, defaults={"since": event.at})
    if event.kind == BORROWED:
        _count(person, event)
    elif event.kind == STATUS and event.data.get("status") == "active":
        Person.objects.filter(pk=person.pk, provisional=True).update(provisional=False)


def _count(person: Person, event: Event) -> None:
    local = event.at.astimezone(ZoneInfo(the_central().time_zone()))
    busy, _new = Busy.objects.get_or_create(person=person, month=date(local.year, local.month, 1))
    Busy.objects.filter(pk=busy.pk).update(loans=F("loans") + 1)


def person_of(ref: str) -> Person | None:
    """The person behind the pseudonym; None where the system of the loans does not know her."""
    found: Person | None = Person.objects.filter(ref=ref).first()
    if found is None and the_central().standing([ref]):
        found, _new = Person.objects.get_or_create(ref=ref, defaults={"since": hub_clock().now()})
    return found
