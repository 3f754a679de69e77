"""Estimate by which channel many people would be reached, with few queries for all of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.outreach.messaging.settings import Channels, channels_or_none
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import IN_HOUSE, Channel
from hub.outreach.patrons.models import Contact, Person
from hub.outreach.patrons.purposes import MessageKind

BATCH = 500


@dataclass(frozen=True, slots=True)
class Reach:
    """People by their first channel, largest first; `unreachable` counts those without a usable channel."""

    by_channel: tuple[tuple[str, int], ...]
    unreachable: int

    @property
    def count(self) -> int:
        """The number of people who can be reached."""
        return sum(count for _channel, count in self.by_channel)


def reach(people: Iterable[Person], kind: MessageKind) -> Reach:
    """Return how many of the people each channel would reach."""
    found = Counter(first(people, kind).values())
    unreachable = found.pop("", 0)
    return Reach(tuple((str(Channel(channel).label), count) for channel, count in found.most_common()), unreachable)


def first(people: Iterable[Person], kind: MessageKind) -> dict[int, str]:
    """Return each person's first channel, empty if there is none. Load the guardians with the people."""
    rows, on = list(people), channels_or_none()
    found: dict[int, str] = {}
    for begin in range(0, len(rows), BATCH):
        found |= _first(rows[begin : begin + BATCH], kind, on)
    return found


def find_unreached(people: Iterable[Person], kind: MessageKind) -> set[int]:
    """Return the ids of the people whom only the kiosk's screen or a receipt can tell. Load the guardians with them."""
    rows, on = list(people), channels_or_none()
    found: set[int] = set()
    for begin in range(0, len(rows), BATCH):
        ways = records.ways_of(rows[begin : begin + BATCH], kind)
        found |= {
            pk
            for pk, addresses in ways.items()
            if not any(each.channel not in IN_HOUSE and on.has(each.channel, kind, each.address) for each in addresses)
        }
    return found


def reachable(found: Iterable[Contact], kind: MessageKind) -> Contact | None:
    """Return the first contact to which this kind can go by a channel that is on."""
    on = channels_or_none()
    return next((each for each in found if on.has(each.channel, kind, each.address.decrypt())), None)


def _first(people: Sequence[Person], kind: MessageKind, on: Channels) -> dict[int, str]:
    return {
        pk: next((way.channel for way in ways if on.has(way.channel, kind, way.address)), "")
        for pk, ways in records.ways_of(people, kind).items()
    }
