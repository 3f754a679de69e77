"""Calculate the audience of a campaign: the people targeted, consenting and reachable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.db.models import Max

from hub.core.clock import hub_clock
from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.messaging.models import FrequencyPreference, Message, Unsubscription
from hub.outreach.messaging.reach_estimate import first
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles import recommendation_picker
from hub.outreach.recommendations.reading_profiles.models import Interest, SegmentMembership

BATCH = 500


@dataclass(frozen=True, slots=True)
class Audience:
    """Audience of a campaign, with everyone in `meant` counted once below; `reached` are person keys."""

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


def audience(campaign: Campaign) -> Audience:
    """Return the audience; the number of queries does not grow with it, except for one per 500 people."""
    meant = _targeted_people(campaign)
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


def _targeted_people(campaign: Campaign) -> set[int]:
    """Return the people in every criterion that the campaign names; an empty criterion means everyone."""
    found = set(Person.objects.filter(erase_asked_at=None).values_list("pk", flat=True))
    if campaign.segments:
        rows = SegmentMembership.objects.filter(segment__in=campaign.segments)
        found &= set(rows.values_list("person_id", flat=True))
    if campaign.groups or campaign.branches:
        found &= apps.get_app_config("engagement").borrowers(campaign.groups, campaign.branches)
    if campaign.interests:
        liked = Interest.objects.filter(subject__in=campaign.interests).exclude(source=Interest.Source.REMOVED)
        found &= set(liked.values_list("person_id", flat=True)) & set(recommendation_picker.all_allowed())
    return found


def _less(agreed: set[int]) -> set[int]:
    """Return the people who asked for fewer campaigns and whose minimum interval is not over."""
    days = dict(FrequencyPreference.objects.filter(kind=MessageKind.CAMPAIGN).values_list("person_id", "days"))
    said = Message.objects.filter(
        kind=MessageKind.CAMPAIGN, state=Message.State.SAID, person__paces__kind=MessageKind.CAMPAIGN
    )
    last = dict(said.order_by().values_list("person_id").annotate(Max("done_at")))
    now = hub_clock().now()
    return {each for each in agreed & last.keys() if last[each] + timedelta(days=days[each]) > now}


def _ways(keys: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for begin in range(0, len(keys), BATCH):
        people = Person.objects.filter(pk__in=keys[begin : begin + BATCH]).select_related("guardian").order_by("pk")
        found |= first(people, MessageKind.CAMPAIGN)
    return found
