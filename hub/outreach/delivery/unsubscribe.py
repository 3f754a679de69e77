"""Stops a kind of message for a patron, by a link in each of them; asks her for nothing."""

from dataclasses import dataclass
from datetime import timedelta

from hub.core.clock import hub_clock
from hub.outreach import signed_links
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import Message, Unsubscription
from hub.outreach.profiles import consents
from hub.outreach.profiles.models import Person

PAGE = "delivery:stop"
GOOD_FOR = timedelta(days=90)
CANNOT = frozenset({MessageKind.CODE, MessageKind.CONTACT_CHANGED, MessageKind.ERASURE, MessageKind.TEST})
"""What she asked for herself, or what keeps others from her account."""


def link(message: Message) -> str:
    """The link that stops messages of this kind; nothing for those that cannot be stopped."""
    if message.kind in CANNOT:
        return ""
    subject = f"{message.person_id} {message.kind} {message.pk}"
    return signed_links.url(PAGE, subject, hub_clock().now() + GOOD_FOR)


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose messages of which kind a link stops. `message` is the one that it stood in; 0 where it does not say."""

    person: Person
    kind: MessageKind
    message: int = 0


def opened(token: str) -> Opened | None:
    """None where the link is over, or was tampered with."""
    subject = signed_links.opened(PAGE, token)
    if subject is None:
        return None
    number, kind, *message = subject.split()
    person = Person.objects.filter(pk=number).first()
    return Opened(person, MessageKind(kind), int(message[0]) if message else 0) if person else None


def stop(person: Person, kind: MessageKind, by: str) -> None:
    """No more of this kind goes out to her; for marketing it is her consent that goes. Twice is as good as once."""
    now = hub_clock().now()
    if kind.marketing:
        consents.withdraw(person, kind.purpose, by, now)
    else:
        Unsubscription.objects.get_or_create(person=person, kind=kind, defaults={"at": now})


def stopped(person: Person, kind: MessageKind) -> bool:
    """Whether nothing of this kind goes out to her."""
    if kind.marketing and not consents.given(person, kind.purpose):
        return True
    return stopped_by_her(person, kind)


def stopped_by_her(person: Person, kind: MessageKind) -> bool:
    """Whether she has said no to this very kind, whatever she agreed to."""
    return bool(Unsubscription.objects.filter(person=person, kind=kind).exists())


def resume(person: Person, kind: MessageKind) -> None:
    """She wants them after all; what needs a consent needs it anew."""
    Unsubscription.objects.filter(person=person, kind=kind).delete()
