"""Calculate the audience of a campaign, send it once, and count what followed: delivery, link, visit, loan.

The audience are the people targeted, consenting and reachable. Only counts remain when the campaign is closed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import ClassVar

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.campaigns.effect import Effect, effect
from hub.outreach.engagement.campaigns.models import Campaign, CampaignRecipient
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments.audience import Audience, audience_of
from hub.outreach.engagement.segments.rules import Rules
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging.enqueue import Fact, queue_messages
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

BATCH = 500
State = Campaign.State
FOLLOW = "portal:follow"
GOOD_FOR = timedelta(days=90)
PHONE = "phone"
LATE = timedelta(days=7)
"""How long after its end a campaign still counts events that an offline kiosk uploads late."""
CAME = frozenset({"checkout", "handed_in", "checkin", "renewed", "fee_paid", "said"})
"""Events that show a visit to the library, at a kiosk or at the desk."""


def audience(campaign: Campaign) -> Audience:
    """Return the audience; the number of queries does not grow with it, except for one per 500 people."""
    return audience_of(_targeted_people(campaign))


def _targeted_people(campaign: Campaign) -> set[int]:
    """Return the people in every criterion that the campaign names; an empty criterion means everyone."""
    today = local_day(hub_clock().now(), zone())
    more = {name: tuple(getattr(campaign, name)) for name in ("groups", "branches", "interests")}
    found = rules.members(Rules(**more), today, today)
    return found & rules.members_of_any(campaign.segments, today) if campaign.segments else found


class NotSent(ValueError):
    """The campaign cannot be sent. `args[0]` says why, and what to do."""


def words(campaign: Campaign, part: CampaignRecipient.Part = CampaignRecipient.Part.A) -> dict[str, Fact]:
    """Return the content of its message, without the link."""
    second = part is CampaignRecipient.Part.B and campaign.two
    return {"heading": campaign.heading_b if second else campaign.heading, "body": campaign.body}


def review_mark(campaign: Campaign) -> str:
    """Return a checksum of the content and audience as shown, so that only a reviewed version is sent."""
    names = "heading body heading_b poster_id segments interests groups branches hold_out"
    text = json.dumps([getattr(campaign, name) for name in names.split()], sort_keys=True)
    return blake2b(text.encode(), digest_size=12).hexdigest()


@atomic
def schedule(campaign: Campaign, at: datetime, mark: str) -> None:
    """Schedule the campaign.

    Raises:
        NotSent: If it is no draft, was changed since its review, or the time is over.
    """
    held = _lock(campaign)
    _require_reviewed(held, mark)
    if at <= hub_clock().now():
        raise NotSent(_("This time has passed. Choose a later time, or send it now."))
    held.state, held.send_at = State.SCHEDULED, at
    held.save(update_fields=("state", "send_at"))


@atomic
def call_off(campaign: Campaign) -> bool:
    """Make a scheduled campaign a draft again; False if it was sent."""
    held = _lock(campaign)
    if held.state != State.SCHEDULED:
        return False
    held.state, held.send_at = State.DRAFT, None
    held.save(update_fields=("state", "send_at"))
    return True


@atomic
def send(campaign: Campaign, mark: str) -> int:
    """Send the reviewed campaign now; return the number of recipients.

    Raises:
        NotSent: If it is no draft, or was changed since its review.
    """
    held = _lock(campaign)
    _require_reviewed(held, mark)
    return _send_now(held, hub_clock().now())


def due(now: datetime) -> int:
    """Send the campaigns whose time has come; return how many."""
    waiting = Campaign.objects.filter(state=State.SCHEDULED, send_at__lte=now)
    return sum(_due(pk, now) for pk in list(waiting.values_list("pk", flat=True)))


@atomic
def _due(pk: int, now: datetime) -> bool:
    held = Campaign.objects.select_for_update().get(pk=pk)
    if held.state != State.SCHEDULED or held.send_at > now:
        return False
    _send_now(held, now)
    return True


def _lock(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def _require_reviewed(campaign: Campaign, mark: str) -> None:
    if campaign.state != State.DRAFT:
        raise NotSent(_("It was already sent or scheduled."))
    if mark != review_mark(campaign):
        raise NotSent(_("It was changed after you opened it. Read it again, then send it."))


def _send_now(campaign: Campaign, now: datetime) -> int:
    found = audience(campaign)
    campaign.state, campaign.sent_at, campaign.until = State.SENT, now, now + campaign.span
    campaign.figures = {name: getattr(found, name) for name in ("meant", "not_agreed", "stopped", "less", "no_way")}
    campaign.save(update_fields=("state", "sent_at", "until", "figures"))
    sent = 0
    for begin in range(0, found.count, BATCH):
        people = Person.objects.filter(pk__in=found.reached[begin : begin + BATCH])
        sent += _queue(campaign, list(people))
    return sent


def _assign(campaign: Campaign, person: Person) -> CampaignRecipient.Part:
    """Assign the person to a variant or the control group; repeating it gives the same result."""
    lot = int.from_bytes(blake2b(f"{campaign.pk} {person.pk}".encode(), digest_size=4).digest(), "big")
    if lot % 100 < campaign.hold_out:
        return CampaignRecipient.Part.HELD
    return CampaignRecipient.Part.B if campaign.two and (lot // 100) % 2 else CampaignRecipient.Part.A


def _queue(campaign: Campaign, people: Sequence[Person]) -> int:
    parts = {each: _assign(campaign, each) for each in people}
    keys = {
        each: f"campaign-{campaign.pk}-{each.pk}" for each in people if parts[each] is not CampaignRecipient.Part.HELD
    }
    facts, until = {part: words(campaign, part) for part in CampaignRecipient.Part}, hub_clock().now() + GOOD_FOR
    letters = [
        (each, key, {**facts[parts[each]], "link": signed_links.url(FOLLOW, f"{campaign.pk} {each.pk}", until)})
        for each, key in keys.items()
    ]
    queue_messages(MessageKind.CAMPAIGN, letters, until=campaign.until)
    rows = Message.objects.filter(kind=MessageKind.CAMPAIGN, key__in=keys.values())
    messages = dict(rows.values_list("key", "pk"))
    CampaignRecipient.objects.bulk_create(
        CampaignRecipient(campaign=campaign, person=each, part=part, message_id=messages.get(keys.get(each)))
        for each, part in parts.items()
    )
    return len(keys)


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


def funnel_steps(campaign: Campaign) -> list[FunnelStep]:
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


def effect_of(campaign: Campaign) -> Effect | None:
    """Return what the campaign has moved: how many more of its recipients borrowed than of the control group."""
    steps = funnel_steps(campaign)
    on = [each for each in steps if each.part != CampaignRecipient.Part.HELD]
    held = [each for each in steps if each.part == CampaignRecipient.Part.HELD]
    return effect(
        sum(each.lent for each in on), sum(each.people for each in on),
        sum(each.lent for each in held), sum(each.people for each in held),
    )  # fmt: skip


def close_finished(now: datetime) -> int:
    """Close campaigns that are no longer tracked: keep the counts, delete the recipients."""
    over = Campaign.objects.filter(state=Campaign.State.SENT, until__lt=now - LATE).values_list("pk", flat=True)
    return sum(_close_campaign(pk) for pk in list(over))


@atomic
def _close_campaign(pk: int) -> int:
    campaign = Campaign.objects.select_for_update().get(pk=pk)
    campaign.figures = {**campaign.figures, "steps": [asdict(each) for each in funnel_steps(campaign)]}
    campaign.state = Campaign.State.CLOSED
    campaign.save(update_fields=("state", "figures"))
    campaign.targets.all().delete()
    return 1
