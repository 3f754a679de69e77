"""Stops a kind of message for a patron, by a link in each of them; asks her for nothing."""

from datetime import timedelta

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import links
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message, Stopped
from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.models import Person

PAGE = "delivery:stop"
GOOD_FOR = timedelta(days=90)
CANNOT = frozenset({Kind.CODE, Kind.CONTACT_CHANGED, Kind.TEST})
"""What she asked for herself, or what keeps others from her account."""


def link(message: Message) -> str:
    """The link that stops messages of this kind; nothing for those that cannot be stopped."""
    if message.kind in CANNOT:
        return ""
    return links.url(PAGE, f"{message.person_id} {message.kind}", hub_clock().now() + GOOD_FOR)


def opened(token: str) -> tuple[Person, Kind] | None:
    """Whose messages of which kind the link stops; None where it is over, or was tampered with."""
    subject = links.opened(PAGE, token)
    if subject is None:
        return None
    number, kind = subject.split()
    person = Person.objects.filter(pk=number).first()
    return (person, Kind(kind)) if person else None


def stop(person: Person, kind: Kind, by: str) -> None:
    """No more of this kind goes out to her; for marketing her consent goes with it. Twice is as good as once."""
    now = hub_clock().now()
    Stopped.objects.get_or_create(person=person, kind=kind, defaults={"at": now})
    if kind.marketing:
        consents.withdraw(person, kind.purpose, by, now)


def resume(person: Person, kind: Kind) -> None:
    """She wants them after all; what needs a consent needs it anew."""
    Stopped.objects.filter(person=person, kind=kind).delete()
