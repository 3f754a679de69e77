"""Tells by which addresses a person may be reached, and marks those that came back; sends nothing."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from hub.core.encrypted_fields import keyed
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.profiles import field_consents
from hub.outreach.profiles.channels import IN_HOUSE, Channel
from hub.outreach.profiles.models import Change, Contact, Order, Person, Source

TRUSTED = (Source.STAFF, Source.REGISTRATION, Source.IMPORT)
"""Sources whose addresses are used before a code has proved them."""
USUAL = (Channel.WECHAT, Channel.WECOM, Channel.SMS, Channel.MAIL, Channel.APPRISE, Channel.SCREEN)
"""The order of whoever chose none: what costs her nothing first, and paper only for those who ask for it."""


@dataclass(frozen=True, slots=True)
class Way:
    """An address and whose it is: for a child it is the guardian's. Screen and paper have an empty one."""

    channel: str
    address: str
    person: Person


def ways(person: Person, kind: str = "", to: int | None = None) -> list[Way]:
    """Her usable addresses in her order for this kind of message; the first is the one to try first.

    An address that came back, or that she told herself and did not bind, is not among them, and for marketing none that
    may not serve its purpose. `to` is the key of the one
    contact that a message is for: a code, or the word to an old address; it alone is used then.
    """
    owner = spoken_to(person)
    if to is not None:
        return [
            Way(each.channel, each.address.opened(), owner)
            for each in Contact.objects.filter(pk=to, person=owner, bounced_at=None)
        ]
    return ways_of([person], kind)[person.pk]


def ways_of(people: Iterable[Person], kind: str = "") -> dict[int, list[Way]]:
    """By person, what `ways` tells of each, with as many queries for hundreds as for one."""
    owners = {each.pk: (each, spoken_to(each)) for each in people}
    keys = list({owner.pk for _each, owner in owners.values()})
    orders, usable = _orders(keys, kind), _usable(keys)
    if kind and MessageKind(kind).marketing:
        serving = field_consents.serving(keys, MessageKind(kind).purpose)
        usable = {pk: {field: usable[pk][field] for field in usable[pk] if field in serving[pk]} for pk in keys}
    return {pk: _ways(each, owner, orders[owner.pk], usable[owner.pk]) for pk, (each, owner) in owners.items()}


def _ways(person: Person, owner: Person, wanted: list[str], usable: dict[str, list[Contact]]) -> list[Way]:
    found: list[Way] = []
    for channel in wanted:
        if channel in IN_HOUSE:
            found.append(Way(channel, "", person))
        elif not (person.child and owner == person):
            found += [Way(channel, each.address.opened(), owner) for each in usable.get(channel, ())]
    return found


def spoken_to(person: Person) -> Person:
    """Who reads what is for her: a child's guardian, else she herself."""
    guardian: Person | None = person.guardian if person.child else None
    return guardian or person


def order(person: Person, kind: str = "") -> list[str]:
    """The channels that she wants for this kind, first the one she likes best."""
    return _orders([person.pk], kind)[person.pk]


def _orders(people: list[int], kind: str) -> dict[int, list[str]]:
    chosen: dict[int, dict[str, list[str]]] = defaultdict(dict)
    rows = Order.objects.filter(person__in=people, kind__in=("", kind))
    for person, of, channels in rows.values_list("person_id", "kind", "channels"):
        chosen[person][of] = channels
    usual = [str(each) for each in USUAL]
    return {each: chosen[each].get(kind, chosen[each].get("", usual)) for each in people}


def set_order(person: Person, kind: str, channels: list[str]) -> None:
    """Takes down by which channels she wants this kind, or every other one where `kind` is empty; none is an answer."""
    wanted = [str(Channel(each)) for each in dict.fromkeys(channels)]
    Order.objects.update_or_create(person=person, kind=kind, defaults={"channels": wanted})


def _usable(owners: list[int]) -> dict[int, dict[str, list[Contact]]]:
    found: dict[int, dict[str, list[Contact]]] = {each: {} for each in owners}
    proved = Q(bound_at__isnull=False) | Q(source__in=TRUSTED)
    live = Contact.objects.filter(proved, person__in=owners, bounced_at=None, replaced_at=None)
    for each in live.order_by(F("bound_at").desc(nulls_last=True), "id"):
        found[each.person_id].setdefault(each.channel, []).append(each)
    return found


def bounced(way: Way, at: datetime) -> None:
    """Marks the address as one that nothing reaches, until it is told or bound anew."""
    mark = keyed(way.channel, way.address)
    for each in Contact.objects.filter(channel=way.channel, hash=mark, bounced_at=None):
        each.bounced_at = at
        each.save(update_fields=("bounced_at",))
        Change.objects.create(
            person_id=each.person_id, what=each.channel, act=Change.Act.BOUNCED, source=each.source, at=at
        )
