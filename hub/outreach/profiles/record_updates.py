"""Takes down what a person tells of herself, where it came from and when it was last right; sends no message itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.enqueue import say, unsay
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.profiles import field_consents
from hub.outreach.profiles.channels import tidied
from hub.outreach.profiles.contacts import TRUSTED
from hub.outreach.profiles.models import Change, Code, Contact, Person, ProfileField, Source

KEPT = timedelta(days=3)
"""How long an address stays after another one took its place, so that its owner can be told and object."""


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Who says so, and when. `name` is staff's or the kiosk's."""

    source: str
    name: str = ""
    at: datetime | None = None

    @property
    def now(self) -> datetime:
        return self.at or hub_clock().now()


@atomic
def tell(person: Person, channel: str, text: str, by: RecordSource, verified_at: datetime | None = None) -> Contact:
    """Takes down an address. Raises BadAddress.

    What staff write down is used at once and takes the place of the former one; what she tells at a kiosk or her phone
    does so when it is bound, or when staff confirm it. One that came back gets another chance when it is told anew.
    """
    address = tidied(channel, text)
    contact, new = Contact.objects.select_for_update().get_or_create(
        person=person,
        channel=channel,
        hash=keyed(channel, address),
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
    """Puts the contact in the place of her others of this channel; each of those is told so, once."""
    former = Contact.objects.filter(person=contact.person_id, channel=contact.channel, replaced_at=None)
    for each in former.exclude(pk=contact.pk):
        each.replaced_at = by.now
        each.save(update_fields=("replaced_at",))
        if each.bounced_at is None and not waits(each):
            facts = {"contact": each.pk, "channel": each.channel, "what": "replaced"}
            say(contact.person, MessageKind.CONTACT_CHANGED, f"{each.pk} {contact.pk} {by.now:%Y%m%dT%H%M%S}", facts)
            note(contact.person, contact.channel, Change.Act.CHANGED, by)


@atomic
def confirm(contact: Contact, by: RecordSource) -> None:
    """Notes that the address is still right; where staff say so, one that she told herself is used from now on."""
    contact.verified_at, contact.bounced_at = by.now, None
    vouched = _vouched(contact, by)
    contact.save(update_fields=("verified_at", "bounced_at", "source", "told_at"))
    note(contact.person, contact.channel, Change.Act.CONFIRMED, by)
    if vouched:
        replace_others(contact, by)


def waits(contact: Contact) -> bool:
    """Whether she told it herself, and neither a code nor staff have confirmed it."""
    return contact.bound_at is None and contact.source not in TRUSTED


def _vouched(contact: Contact, by: RecordSource) -> bool:
    """Whether it was waiting and stands on this word from now on; where it came from first, her changes tell."""
    if by.source not in TRUSTED or not waits(contact) or contact.replaced_at is not None:
        return False
    contact.source, contact.told_at = by.source, by.now
    return True


@atomic
def remove(contact: Contact, by: RecordSource) -> None:
    """Takes the address away; its owner is told at it before it goes for good."""
    if contact.replaced_at is not None:
        return
    contact.replaced_at = by.now
    contact.save(update_fields=("replaced_at",))
    field_consents.emptied(contact.person, contact.channel, contact.replaced_at)
    if contact.bounced_at is None and not waits(contact):
        facts = {"contact": contact.pk, "channel": contact.channel, "what": "removed"}
        say(contact.person, MessageKind.CONTACT_CHANGED, _removal(contact), facts)
    note(contact.person, contact.channel, Change.Act.REMOVED, by)


@atomic
def put_back(contact: Contact, by: RecordSource) -> None:
    """Takes the removal back, and the word of it where that has not left yet."""
    if contact.replaced_at is not None:
        unsay(MessageKind.CONTACT_CHANGED, _removal(contact))
        field_consents.filled_again(contact.person, contact.channel, contact.replaced_at)
        contact.replaced_at = None
        contact.save(update_fields=("replaced_at",))
        note(contact.person, contact.channel, Change.Act.ADDED, by)


def _removal(contact: Contact) -> str:
    return f"{contact.pk} removed {contact.replaced_at:%Y%m%dT%H%M%S}"


@atomic
def state(person: Person, name: str, value: str, by: RecordSource, verified_at: datetime | None = None) -> None:
    """Takes down one thing that she told; an empty text takes it away."""
    before = ProfileField.objects.filter(person=person, name=name).first()
    if not value.strip():
        if before is not None:
            before.delete()
            note(person, name, Change.Act.REMOVED, by)
        return
    same = before is not None and before.value.opened() == value.strip()
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


def vouch(fact: ProfileField, by: RecordSource) -> None:
    """What she told stands in her paper too: whose word it was stays, and when it was last right is now."""
    fact.verified_at = by.now
    fact.save(update_fields=("verified_at",))
    note(fact.person, fact.name, Change.Act.CONFIRMED, by)


def note(person: Person, what: str, act: str, by: RecordSource) -> None:
    """Keeps that it was done, without any value."""
    Change.objects.create(person=person, what=what, act=act, source=Source(by.source), by=by.name, at=by.now)


def tidy(now: datetime) -> int:
    """Takes away the addresses whose place was taken long enough ago, and codes that are over; tells how many."""
    Code.objects.filter(until__lt=now - timedelta(days=1)).delete()
    gone, _each = Contact.objects.filter(replaced_at__lt=now - KEPT).delete()
    return int(gone)
