"""Apply changes to contacts and profile fields, with source and time of verification.

A replaced or removed address stays for `KEPT`, so that its owner can be notified.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.retrying_transaction import atomic
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import normalise_address
from hub.outreach.patrons.contacts import TRUSTED
from hub.outreach.patrons.models import Change, Code, Contact, Person, ProfileField, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.services import outbox

KEPT = timedelta(days=3)
"""Time for which a replaced address is kept, so that its owner can be notified and object."""


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Origin and time of a change. `name` is that of the staff member or the kiosk."""

    source: str
    name: str = ""
    at: datetime | None = None

    @property
    def now(self) -> datetime:
        """Time of the change; the current time if none is given."""
        return self.at or hub_clock().now()


@atomic
def store_contact(
    person: Person, channel: str, text: str, by: RecordSource, verified_at: datetime | None = None
) -> Contact:
    """Store an address.

    One entered by staff is used at once and replaces the former one. One entered by the patron at a kiosk or in the
    portal does so when it is verified by code or confirmed by staff. Entering a bounced address again clears the
    bounce.

    Raises:
        BadAddress: The text is no address of this channel.
    """
    address = normalise_address(channel, text)
    contact, new = Contact.objects.select_for_update().get_or_create(
        person=person,
        channel=channel,
        hash=keyed_hash(channel, address),
        defaults={"address": address, "source": by.source, "told_at": by.now, "verified_at": verified_at},
    )
    if not new:
        contact.bounced_at = contact.replaced_at = None
        contact.verified_at = max(filter(None, (contact.verified_at, verified_at)), default=None)
        _vouched(contact, by)
        contact.save(update_fields=("bounced_at", "replaced_at", "verified_at", "source", "told_at"))
    note(person, channel, Change.Act.ADDED if new else Change.Act.CONFIRMED, by)
    if by.source in TRUSTED or contact.bound_at:
        replace_others(contact, by)
    return contact


def replace_others(contact: Contact, by: RecordSource) -> None:
    """Replace the person's other contacts of this channel, and notify each of them once."""
    former = Contact.objects.filter(person=contact.person_id, channel=contact.channel, replaced_at=None)
    for each in former.exclude(pk=contact.pk):
        each.replaced_at = by.now
        each.save(update_fields=("replaced_at",))
        if each.bounced_at is None and not is_unconfirmed(each):
            facts = {"contact": each.pk, "channel": each.channel, "what": "replaced"}
            outbox().queue_message(
                contact.person, MessageKind.CONTACT_CHANGED, f"{each.pk} {contact.pk} {by.now:%Y%m%dT%H%M%S}", facts
            )
            note(contact.person, contact.channel, Change.Act.CHANGED, by)


@atomic
def confirm(contact: Contact, by: RecordSource) -> None:
    """Record that the address is still right.

    If staff confirm one that the patron entered, it is used from now on.
    """
    contact.verified_at, contact.bounced_at = by.now, None
    vouched = _vouched(contact, by)
    contact.save(update_fields=("verified_at", "bounced_at", "source", "told_at"))
    note(contact.person, contact.channel, Change.Act.CONFIRMED, by)
    if vouched:
        replace_others(contact, by)


def is_unconfirmed(contact: Contact) -> bool:
    """Return whether the patron entered it and neither a code nor staff have confirmed it."""
    return contact.bound_at is None and contact.source not in TRUSTED


def _vouched(contact: Contact, by: RecordSource) -> bool:
    """Confirm a waiting address on this source's authority; return whether it was waiting.

    The change log keeps the original source.
    """
    if by.source not in TRUSTED or not is_unconfirmed(contact) or contact.replaced_at is not None:
        return False
    contact.source, contact.told_at = by.source, by.now
    return True


@atomic
def remove(contact: Contact, by: RecordSource) -> None:
    """Remove the address. It is kept for `KEPT`, and its owner is notified at it."""
    if contact.replaced_at is not None:
        return
    contact.replaced_at = by.now
    contact.save(update_fields=("replaced_at",))
    consents.clear_field(contact.person, contact.channel, contact.replaced_at)
    if contact.bounced_at is None and not is_unconfirmed(contact):
        facts = {"contact": contact.pk, "channel": contact.channel, "what": "removed"}
        outbox().queue_message(contact.person, MessageKind.CONTACT_CHANGED, _removal(contact), facts)
    note(contact.person, contact.channel, Change.Act.REMOVED, by)


@atomic
def put_back(contact: Contact, by: RecordSource) -> None:
    """Undo a removal, and cancel its notice if that was not sent yet."""
    if contact.replaced_at is not None:
        outbox().withdraw_message(MessageKind.CONTACT_CHANGED, _removal(contact))
        consents.restore_field(contact.person, contact.channel, contact.replaced_at)
        contact.replaced_at = None
        contact.save(update_fields=("replaced_at",))
        note(contact.person, contact.channel, Change.Act.ADDED, by)


def _removal(contact: Contact) -> str:
    return f"{contact.pk} removed {contact.replaced_at:%Y%m%dT%H%M%S}"


@atomic
def store_field(person: Person, name: str, value: str, by: RecordSource, verified_at: datetime | None = None) -> None:
    """Store a profile field; an empty value deletes it."""
    before = ProfileField.objects.filter(person=person, name=name).first()
    if not value.strip():
        if before is not None:
            before.delete()
            note(person, name, Change.Act.REMOVED, by)
        return
    same = before is not None and before.value.decrypt() == value.strip()
    ProfileField.objects.update_or_create(
        person=person,
        name=ProfileField.Name(name),
        defaults={
            "value": value.strip(),
            "source": by.source,
            "told_at": by.now,
            "verified_at": verified_at,
        },
    )
    note(person, name, Change.Act.CONFIRMED if same else Change.Act.CHANGED if before else Change.Act.ADDED, by)


def mark_verified(fact: ProfileField, by: RecordSource) -> None:
    """Mark the field as verified now, as when staff saw it in an identity document. Its source stays."""
    fact.verified_at = by.now
    fact.save(update_fields=("verified_at",))
    note(fact.person, fact.name, Change.Act.CONFIRMED, by)


def note(person: Person, what: str, act: str, by: RecordSource) -> None:
    """Add an entry to the change log, without values."""
    Change.objects.create(person=person, what=what, act=act, source=Source(by.source), by=by.name, at=by.now)


def tidy(now: datetime) -> int:
    """Delete addresses replaced longer than `KEPT` ago, and expired codes; return the number of addresses."""
    Code.objects.filter(until__lt=now - timedelta(days=1)).delete()
    gone, _each = Contact.objects.filter(replaced_at__lt=now - KEPT).delete()
    return int(gone)
