"""Stops a kind of message for a patron, by a link in each of them; asks her for nothing."""

from dataclasses import dataclass
from datetime import timedelta

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import links
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message, Stopped
from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.models import Person

PAGE = "delivery:stop"
GOOD_FOR = timedelta(days=90)
CANNOT = frozenset({Kind.CODE, Kind.CONTACT_CHANGED, Kind.ERASURE, Kind.TEST})
"""What she asked for herself, or what keeps others from her account."""


def link(message: Message) -> str:
    """The link that stops messages of this kind; nothing for those that cannot be stopped."""
    if message.kind in CANNOT:
        return ""
    subject = f"{message.person_id} {message.kind} {message.pk}"
    return links.url(PAGE, subject, hub_clock().now() + GOOD_FOR)


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose messages of which kind a link stops. `message` is the one that it stood in; 0 where it does not say."""

    person: Person
    kind: Kind
    message: int = 0


def opened(token: str) -> Opened | None:
    """None where the link is over, or was tampered with."""
    subject = links.opened(PAGE, token)
    if subject is None:
        return None
    number, kind, *message = subject.split()
    person = Person.objects.filter(pk=number).first()
    return Opened(person, Kind(kind), int(message[0]) if message else 0) if person else None


def stop(person: Person, kind: Kind, by: str) -> None:
    """No more of this kind goes out to her; for marketing it is her consent that goes. Twice is as good as once."""
    now = hub_clock().now()
    if kind.marketing:
        consents.withdraw(person, kind.purpose, by, now)
    else:
        Stopped.objects.get_or_create(person=person, kind=kind, defaults={"at": now})


def stopped(person: Person, kind: Kind) -> bool:
    """Whether nothing of this kind goes out to her."""
    if kind.marketing and not consents.given(person, kind.purpose):
        return True
    return stopped_by_her(person, kind)


def stopped_by_her(person: Person, kind: Kind) -> bool:
    """Whether she has said no to this very kind, whatever she agreed to."""
    return bool(Stopped.objects.filter(person=person, kind=kind).exists())


def resume(person: Person, kind: Kind) -> None:
    """She wants them after all; what needs a consent needs it anew."""
    Stopped.objects.filter(person=person, kind=kind).delete()
