"""Counts by which channel a digest would go; names nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.settings import BadChannels, Channels, channels
from kiosk.hub.outreach.news.digest import Due
from kiosk.hub.outreach.people import contacts
from kiosk.hub.outreach.people.channels import Channel
from kiosk.hub.outreach.people.models import Person


@dataclass(frozen=True, slots=True)
class Reach:
    """Readers by the channel that is tried first, most first; `nobody` has no way by which a digest can go."""

    by: tuple[tuple[str, int], ...]
    nobody: int

    @property
    def count(self) -> int:
        return sum(count for _channel, count in self.by)


def reach(due: Iterable[Due]) -> Reach:
    on = _on()
    found = Counter(_first(each.person, on) for each in due)
    nobody = found.pop("", 0)
    return Reach(tuple((str(Channel(channel).label), count) for channel, count in found.most_common()), nobody)


def _on() -> Channels:
    """The channels as they are set; where the file has a fault, none that goes out."""
    try:
        return channels()
    except BadChannels:
        return Channels()


def _first(person: Person, on: Channels) -> str:
    usable = (way for way in contacts.ways(person, Kind.DIGEST) if on.has(way.channel, Kind.DIGEST, way.address))
    return next((way.channel for way in usable), "")
