"""Return the addresses at which a person can be reached, and mark those that bounced."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from hub.core.encrypted_fields import keyed_hash
from hub.outreach.patrons import consents
from hub.outreach.patrons.channels import IN_HOUSE, Channel
from hub.outreach.patrons.models import Change, Contact, Order, Person, Source
from hub.outreach.patrons.purposes import MessageKind

TRUSTED = (Source.STAFF, Source.REGISTRATION, Source.IMPORT)
"""Sources whose addresses are used before a verification code has proved them."""
USUAL = (Channel.WECHAT, Channel.WECOM, Channel.SMS, Channel.MAIL, Channel.APPRISE, Channel.SCREEN)
"""Default order of channels: those free of charge for the patron first. Paper is used only on request."""


@dataclass(frozen=True, slots=True)
class UsableAddress:
    """Address and its owner: for a child the parent or guardian. `address` is empty for screen and paper."""

    channel: str
    address: str
    person: Person


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


def order(person: Person, kind: str = "") -> list[str]:
    """Return the person's channels for this kind of message, the preferred one first."""
    return _orders([person.pk], kind)[person.pk]


def _orders(people: list[int], kind: str) -> dict[int, list[str]]:
    chosen: dict[int, dict[str, list[str]]] = defaultdict(dict)
    rows = Order.objects.filter(person__in=people, kind__in=("", kind))
    for person, message_kind, channels in rows.values_list("person_id", "kind", "channels"):
        chosen[person][message_kind] = channels
    usual = [str(each) for each in USUAL]
    return {each: chosen[each].get(kind, chosen[each].get("", usual)) for each in people}


def set_order(person: Person, kind: str, channels: list[str]) -> None:
    """Store the person's channels for this kind, or for all other kinds if `kind` is empty.

    An empty list is valid: no messages of this kind.
    """
    wanted = [str(Channel(each)) for each in dict.fromkeys(channels)]
    Order.objects.update_or_create(person=person, kind=kind, defaults={"channels": wanted})


def _usable(owners: list[int]) -> dict[int, dict[str, list[Contact]]]:
    found: dict[int, dict[str, list[Contact]]] = {each: {} for each in owners}
    proved = Q(bound_at__isnull=False) | Q(source__in=TRUSTED)
    live = Contact.objects.filter(proved, person__in=owners, bounced_at=None, replaced_at=None)
    for each in live.order_by(F("bound_at").desc(nulls_last=True), "id"):
        found[each.person_id].setdefault(each.channel, []).append(each)
    return found


def mark_bounced(way: UsableAddress, at: datetime) -> None:
    """Mark the address as undeliverable until it is entered or verified again."""
    mark = keyed_hash(way.channel, way.address)
    for each in Contact.objects.filter(channel=way.channel, hash=mark, bounced_at=None):
        each.bounced_at = at
        each.save(update_fields=("bounced_at",))
        Change.objects.create(
            person_id=each.person_id, what=each.channel, act=Change.Act.BOUNCED, source=each.source, at=at
        )
