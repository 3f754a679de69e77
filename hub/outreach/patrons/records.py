"""Keep patrons' records: contacts and other fields, their changes with source and time, and what needs a check.

A replaced or removed address stays for `KEPT`, so that its owner can be notified.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, Q, QuerySet

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import IN_HOUSE, Channel, mask_address, normalise_address
from hub.outreach.patrons.models import Change, Code, Contact, Order, Person, ProfileField, ProfileSettings, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.services import outbox

TRUSTED = (Source.STAFF, Source.REGISTRATION, Source.IMPORT)
"""Sources whose addresses are used before a verification code has proved them."""
USUAL = (Channel.WECHAT, Channel.WECOM, Channel.SMS, Channel.MAIL, Channel.APPRISE, Channel.SCREEN)
"""Default order of channels: those free of charge for the patron first. Paper is used only on request."""
KEPT = timedelta(days=3)
"""Time for which a replaced address is kept, so that its owner can be notified and object."""
MONTH = timedelta(days=365.25 / 12)
LEFT_ALONE = timedelta(days=30)
"""Time for which a patron who postponed the answer is not asked again."""
AGES = (ProfileField.Name.OCCUPATION, ProfileField.Name.INSTITUTION, ProfileField.Name.ADDRESS)
"""Fields that can change within months.

A year of birth does not, and staff settle the guardian at the desk.
"""


def person_of(ref: str) -> Person | None:
    """Return the person with this pseudonym; None if the system that keeps the loans has no such patron."""
    found: Person | None = Person.objects.filter(ref=ref).first()
    if found is None and the_central().standing([ref]):
        found, _new = Person.objects.get_or_create(ref=ref, defaults={"since": hub_clock().now()})
    return found


@dataclass(frozen=True, slots=True)
class UsableAddress:
    """Address and its owner: for a child the parent or guardian. `address` is empty for screen and paper."""

    channel: str
    address: str
    person: Person

    @property
    def masked(self) -> str:
        """Enough of the address for its owner to recognise it; empty without one."""
        return mask_address(self.channel, self.address) if self.address else ""


def usable_addresses(person: Person, kind: str = "", to: int | None = None) -> list[UsableAddress]:
    """Return the person's usable addresses for this kind of message, in the preferred order.

    Left out are addresses that bounced, addresses that the patron entered and did not verify, and, for marketing,
    addresses without consent to its purpose.

    `to` is the id of the one contact that the message is for, such as a verification code or the notice to a
    replaced address. Only that contact is used then.
    """
    owner = person.recipient
    if to is not None:
        return [
            UsableAddress(each.channel, each.address.decrypt(), owner)
            for each in Contact.objects.filter(pk=to, person=owner, bounced_at=None)
        ]
    return ways_of([person], kind)[person.pk]


def ways_of(people: Iterable[Person], kind: str = "") -> dict[int, list[UsableAddress]]:
    """Return by person id what `usable_addresses` returns for each, with a constant number of queries."""
    owners = {each.pk: (each, each.recipient) for each in people}
    keys = list({owner.pk for _each, owner in owners.values()})
    orders, usable = _orders(keys, kind), _usable(keys)
    if kind and MessageKind(kind).marketing:
        serving = consents.fields_serving(keys, MessageKind(kind).purpose)
        usable = {pk: {field: usable[pk][field] for field in usable[pk] if field in serving[pk]} for pk in keys}
    return {pk: _ways(each, owner, orders[owner.pk], usable[owner.pk]) for pk, (each, owner) in owners.items()}


def _ways(person: Person, owner: Person, wanted: list[str], usable: dict[str, list[Contact]]) -> list[UsableAddress]:
    found: list[UsableAddress] = []
    for channel in wanted:
        if channel in IN_HOUSE:
            found.append(UsableAddress(channel, "", person))
        elif not (person.child and owner == person):
            found += [UsableAddress(channel, each.address.decrypt(), owner) for each in usable.get(channel, ())]
    return found


def channel_order(person: Person, kind: str = "") -> list[str]:
    """Return the person's channels for this kind of message, the preferred one first."""
    return _orders([person.pk], kind)[person.pk]


def _orders(people: list[int], kind: str) -> dict[int, list[str]]:
    chosen: dict[int, dict[str, list[str]]] = defaultdict(dict)
    rows = Order.objects.filter(person__in=people, kind__in=("", kind))
    for person, message_kind, channels in rows.values_list("person_id", "kind", "channels"):
        chosen[person][message_kind] = channels
    usual = [str(each) for each in USUAL]
    return {each: chosen[each].get(kind, chosen[each].get("", usual)) for each in people}


def set_channel_order(person: Person, kind: str, channels: list[str]) -> None:
    """Store the person's channels for this kind, or for all other kinds if `kind` is empty.

    An empty list is valid: no messages of this kind.
    """
    wanted = [str(Channel(each)) for each in dict.fromkeys(channels)]
    Order.objects.update_or_create(person=person, kind=kind, defaults={"channels": wanted})


def _usable(owners: list[int]) -> dict[int, dict[str, list[Contact]]]:
    found: dict[int, dict[str, list[Contact]]] = {each: {} for each in owners}
    live = _usable_contacts().filter(person__in=owners, bounced_at=None)
    for each in live.order_by(F("bound_at").desc(nulls_last=True), "id"):
        found[each.person_id].setdefault(each.channel, []).append(each)
    return found


def mark_bounced(channel: str, address: str, at: datetime) -> None:
    """Mark the address as undeliverable until it is entered or verified again."""
    for each in Contact.objects.filter(channel=channel, hash=keyed_hash(channel, address), bounced_at=None):
        each.bounced_at = at
        each.save(update_fields=("bounced_at",))
        Change.objects.create(
            person_id=each.person_id, what=each.channel, act=Change.Act.BOUNCED, source=each.source, at=at
        )


@dataclass(frozen=True, slots=True)
class RecordSource:
    """Origin and time of a change. `name` is that of the staff member or the kiosk."""

    source: str
    name: str = ""
    time: datetime | None = None

    @property
    def now(self) -> datetime:
        """Time of the change; the current time if none is given."""
        return self.time or hub_clock().now()

    @property
    def signature(self) -> str:
        """What is stored with a consent: `staff grace`, `kiosk front`, `phone`."""
        return f"{self.source} {self.name}".strip()


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
def confirm_contact(contact: Contact, by: RecordSource) -> None:
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
def remove_contact(contact: Contact, by: RecordSource) -> None:
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
def put_back_contact(contact: Contact, by: RecordSource) -> None:
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


def confirm_field(fact: ProfileField, by: RecordSource) -> None:
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
    count, _each = Contact.objects.filter(replaced_at__lt=now - KEPT).delete()
    return int(count)


class CheckReason(StrEnum):
    """Reason why a field needs a check."""

    BOUNCED = "bounced"
    STALE = "stale"


class Answer(StrEnum):
    """Patron's answer to the question whether a field is still right."""

    RIGHT = "right"
    WRONG = "wrong"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Check:
    """Question at the patron's next visit. `about` is the id of a contact or the name of a profile field."""

    about: str
    field: str
    value: str
    reason: CheckReason


@dataclass(frozen=True, slots=True)
class Freshness:
    """Number of fields in use, and how many of them were verified within the library's time limit."""

    fields: int
    fresh: int
    bounced: int

    @property
    def rate(self) -> float | None:
        """Share of fresh fields, 0 to 1; None without any field."""
        return self.fresh / self.fields if self.fields else None


def due_check(ref: str, now: datetime) -> Check | None:
    """Return the question for the patron's visit, or None.

    A child is not asked: the fields are the guardian's.
    """
    asked = Q(asked_at=None) | Q(asked_at__lt=now - LEFT_ALONE)
    found = contacts_to_check(now).filter(asked, person__ref=ref, person__child=False).first()
    if found is not None:
        return Check(
            str(found.pk), found.channel, found.masked, CheckReason.BOUNCED if found.bounced_at else CheckReason.STALE
        )
    fact = fields_to_check(now).filter(person__ref=ref, person__child=False).first()
    return None if fact is None else Check(fact.name, fact.name, fact.masked, CheckReason.STALE)


@atomic
def answer_check(ref: str, about: str, answer: str, by: RecordSource) -> bool:
    """Apply the patron's answer; return False if the contact or field is no longer theirs."""
    if about in ProfileField.Name.values:
        return _of_fact(ref, about, answer, by)
    if not about.isdecimal() or len(about) > 18:
        return False
    found = Contact.objects.select_for_update(of=("self",)).filter(pk=int(about), person__ref=ref, replaced_at=None)
    contact = found.select_related("person").first()
    if contact is None:
        return False
    match Answer(answer):
        case Answer.RIGHT:
            confirm_contact(contact, by)
        case Answer.WRONG:
            remove_contact(contact, by)
        case Answer.LATER:
            contact.asked_at = by.now
            contact.save(update_fields=("asked_at",))
    return True


def _of_fact(ref: str, name: str, response: str, by: RecordSource) -> bool:
    """Apply an answer about a profile field. hub.outreach.post_visit handles postponed questions."""
    fact = ProfileField.objects.select_related("person").filter(name=name, person__ref=ref, person__child=False).first()
    if fact is None:
        return False
    match Answer(response):
        case Answer.RIGHT:
            confirm_field(fact, by)
        case Answer.WRONG:
            store_field(fact.person, name, "", by)
        case Answer.LATER:
            pass
    return True


def contacts_to_check(now: datetime) -> "QuerySet[Contact]":
    """Return every contact in use that bounced or was not verified for long; bounced ones first."""
    known = _usable_contacts().select_related("person")
    return known.filter(Q(bounced_at__isnull=False) | _stale(now)).order_by(
        F("bounced_at").asc(nulls_last=True), F("verified_at").asc(nulls_first=True), "pk"
    )


def fields_to_check(now: datetime) -> "QuerySet[ProfileField]":
    """Return every other field that was not verified for long, the oldest first."""
    rows = ProfileField.objects.filter(_stale(now), name__in=AGES).select_related("person")
    return rows.order_by(F("verified_at").asc(nulls_first=True), "pk")


def _usable_contacts() -> "QuerySet[Contact]":
    proved = Q(bound_at__isnull=False) | Q(source__in=TRUSTED)
    return Contact.objects.filter(proved, replaced_at=None)


def _stale(now: datetime) -> Q:
    before = now - ProfileSettings.now().stale_months * MONTH
    return Q(verified_at__lt=before) | Q(verified_at=None, told_at__lt=before)


def freshness(now: datetime) -> Freshness:
    """Return the figure for the dashboard."""
    used = _usable_contacts()
    bounced = used.filter(bounced_at__isnull=False).count()
    every = used.count() + ProfileField.objects.filter(name__in=AGES).count()
    old = used.filter(_stale(now), bounced_at=None).count() + fields_to_check(now).count()
    return Freshness(every, every - bounced - old, bounced)


def without_contact() -> "QuerySet[Person]":
    """Return the patrons without a usable address, their own or, for a child, the guardian's."""
    usable = _usable_contacts().filter(bounced_at=None).values("person")
    return Person.objects.exclude(pk__in=usable).exclude(child=True, guardian__in=usable).order_by("pk")
