"""Calculate who of a segment a message would reach, and why the others would not get it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Max

from hub.core.clock import hub_clock
from hub.outreach.messaging.models import FrequencyPreference, Message, Unsubscription
from hub.outreach.messaging.reach_estimate import first
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose

BATCH = 500


@dataclass(frozen=True, slots=True)
class Audience:
    """Audience of a message, with everyone in `meant` counted once below; `reached` are person keys."""

    meant: int
    not_agreed: int
    stopped: int
    less: int
    no_way: int
    reached: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of recipients."""
        return len(self.reached)


def audience_of(meant: set[int]) -> Audience:
    """Return who of these people gets a message; one query per 500 people besides a fixed number."""
    stopped = meant & set(Unsubscription.objects.filter(kind=MessageKind.CAMPAIGN).values_list("person_id", flat=True))
    agreed = (meant - stopped) & consents.all_given(Purpose.CAMPAIGN)
    less = _less(agreed)
    ways = _ways(sorted(agreed - less))
    reached = tuple(pk for pk, channel in ways.items() if channel)
    return Audience(
        meant=len(meant),
        not_agreed=len(meant) - len(stopped) - len(agreed),
        stopped=len(stopped),
        less=len(less),
        no_way=len(ways) - len(reached),
        reached=reached,
    )


def _less(agreed: set[int]) -> set[int]:
    """Return the people who asked for fewer messages and whose minimum interval is not over."""
    days = dict(FrequencyPreference.objects.filter(kind=MessageKind.CAMPAIGN).values_list("person_id", "days"))
    messages = Message.objects.filter(
        kind=MessageKind.CAMPAIGN, state=Message.State.SAID, person__paces__kind=MessageKind.CAMPAIGN
    )
    last = dict(messages.order_by().values_list("person_id").annotate(Max("done_at")))
    now = hub_clock().now()
    return {each for each in agreed & last.keys() if last[each] + timedelta(days=days[each]) > now}


def _ways(keys: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for begin in range(0, len(keys), BATCH):
        people = Person.objects.filter(pk__in=keys[begin : begin + BATCH]).select_related("guardian").order_by("pk")
        found |= first(people, MessageKind.CAMPAIGN)
    return found
