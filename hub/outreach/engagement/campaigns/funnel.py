"""Track what followed a campaign (delivery, link, visit, loan); only counts remain when it is closed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db.models import Count, Q

from hub.core import signed_links
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.campaigns.dispatch import FOLLOW
from hub.outreach.engagement.campaigns.models import Campaign, CampaignRecipient
from hub.outreach.library_system.events import Event
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.feed_consumer import EventBatch

PHONE = "phone"
LATE = timedelta(days=7)
"""How long after its end a campaign still counts events that an offline kiosk uploads late."""
CAME = frozenset({"checkout", "handed_in", "checkin", "renewed", "fee_paid", "said"})
"""Events that show a visit to the library, at a kiosk or at the desk."""


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One variant of a campaign: its number of people, and how many of them reached each step."""

    part: str
    people: int
    said: int
    opened: int
    came: int
    lent: int


class Funnel:
    """Record visits and loans of people who recently received a campaign."""

    KINDS: ClassVar = CAME | {"checkout_undone"}

    def __init__(self, stretch: EventBatch) -> None:
        self._targets: dict[str, list[CampaignRecipient]] = defaultdict(list)
        self._changed: dict[int, CampaignRecipient] = {}
        moments = [each.at for each in stretch.events]
        watched = list(Campaign.objects.filter(sent_at__lte=max(moments), until__gte=min(moments)))
        if watched:
            rows = CampaignRecipient.objects.filter(campaign__in=watched, person__in=stretch.keys)
            for each in rows.select_related("person", "campaign"):
                self._targets[each.person.ref].append(each)

    def take(self, event: Event) -> None:
        """Record an event in the library; events by phone do not count."""
        if event.data.get("staff") == PHONE:
            return
        for each in self._targets.get(event.patron, ()):
            if each.campaign.sent_at <= event.at <= each.campaign.until:
                self._take(each, event)

    def _take(self, target: CampaignRecipient, event: Event) -> None:
        if event.kind == "checkout_undone":
            out = event.data.get("out")
            if isinstance(out, str) and target.lent_at == datetime.fromisoformat(out):
                target.lent_at = None
        elif event.kind in CAME:
            target.came_at = target.came_at or event.at
            if event.kind == "checkout":
                target.lent_at = target.lent_at or event.at
        self._changed[target.pk] = target

    def finish(self) -> None:
        """Save the records of the batch."""
        CampaignRecipient.objects.bulk_update(self._changed.values(), ("came_at", "lent_at"))


def record_opening(token: str, now: datetime) -> Campaign | None:
    """Record that a link was opened; return its campaign, or None if the link is expired or invalid."""
    subject = signed_links.subject_of_token(FOLLOW, token)
    if subject is None:
        return None
    campaign, person = (int(each) for each in subject.split())
    CampaignRecipient.objects.filter(campaign=campaign, person=person, opened_at=None).update(opened_at=now)
    return Campaign.objects.select_related("poster").filter(pk=campaign).first()


def steps(campaign: Campaign) -> list[FunnelStep]:
    """Return the current counts by variant."""
    if campaign.state == Campaign.State.CLOSED:
        return [FunnelStep(**each) for each in campaign.figures.get("steps", ())]
    rows = CampaignRecipient.objects.filter(campaign=campaign).order_by("part").values("part")
    counted = rows.annotate(
        people=Count("pk"),
        said=Count("pk", filter=Q(message__state=Message.State.SAID)),
        opened=Count("opened_at"),
        came=Count("came_at"),
        lent=Count("lent_at"),
    )
    return [FunnelStep(**row) for row in counted]


def nightly(now: datetime) -> int:
    """Close campaigns that are no longer tracked: keep the counts, delete the recipients."""
    over = Campaign.objects.filter(state=Campaign.State.SENT, until__lt=now - LATE).values_list("pk", flat=True)
    return sum(_close(pk) for pk in list(over))


@atomic
def _close(pk: int) -> int:
    campaign = Campaign.objects.select_for_update().get(pk=pk)
    campaign.figures = {**campaign.figures, "steps": [asdict(each) for each in steps(campaign)]}
    campaign.state = Campaign.State.CLOSED
    campaign.save(update_fields=("state", "figures"))
    campaign.targets.all().delete()
    return 1
