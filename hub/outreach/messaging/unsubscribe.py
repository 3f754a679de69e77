"""Stop a kind of message for a patron, by a link in each message, without sign-in."""

from dataclasses import dataclass
from datetime import timedelta

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message, Unsubscription
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

PAGE = "messaging:stop"
GOOD_FOR = timedelta(days=90)
CANNOT = frozenset({MessageKind.CODE, MessageKind.CONTACT_CHANGED, MessageKind.ERASURE, MessageKind.TEST})
"""Kinds that the patron requested, or that protect the account."""


def link(message: Message) -> str:
    """Return the link that stops messages of this kind; empty for kinds that cannot be stopped."""
    if message.kind in CANNOT:
        return ""
    subject = f"{message.person_id} {message.kind} {message.pk}"
    return signed_links.url(PAGE, subject, hub_clock().now() + GOOD_FOR)


@dataclass(frozen=True, slots=True)
class StopLink:
    """Person and kind that a link stops; `message` is the one that contained it, or 0 if unknown."""

    person: Person
    kind: MessageKind
    message: int = 0


def open_link(token: str) -> StopLink | None:
    """Decode a link; None if it is expired or was tampered with."""
    subject = signed_links.subject_of_token(PAGE, token)
    if subject is None:
        return None
    number, kind, *message = subject.split()
    person = Person.objects.filter(pk=number).first()
    return StopLink(person, MessageKind(kind), int(message[0]) if message else 0) if person else None


def stop(person: Person, kind: MessageKind, by: str) -> None:
    """Stop this kind for the person; a marketing kind by withdrawing the consent. Repeating has no effect."""
    now = hub_clock().now()
    if kind.marketing:
        consents.withdraw(person, kind.purpose, by, now)
    else:
        Unsubscription.objects.get_or_create(person=person, kind=kind, defaults={"at": now})


def stopped(person: Person, kind: MessageKind) -> bool:
    """Return whether this kind is stopped for the person."""
    if kind.marketing and not consents.has_consented(person, kind.purpose):
        return True
    return stopped_by_her(person, kind)


def stopped_by_her(person: Person, kind: MessageKind) -> bool:
    """Return whether the patron has stopped this very kind, whatever consents they gave."""
    return bool(Unsubscription.objects.filter(person=person, kind=kind).exists())


def resume(person: Person, kind: MessageKind) -> None:
    """Resume the kind for the person; a kind that needs a consent needs a new one."""
    Unsubscription.objects.filter(person=person, kind=kind).delete()
