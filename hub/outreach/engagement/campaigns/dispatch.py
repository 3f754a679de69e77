"""Send a campaign once to its audience, with links that count who opened them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from django.utils.translation import gettext as _

from hub.core import signed_links
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.campaigns.audience import BATCH, audience
from hub.outreach.engagement.campaigns.models import Campaign, CampaignRecipient
from hub.outreach.messaging.enqueue import Fact, queue_messages
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

State = Campaign.State
FOLLOW = "portal:follow"
GOOD_FOR = timedelta(days=90)


class NotSent(ValueError):
    """The campaign cannot be sent. `args[0]` says why, and what to do."""


def words(campaign: Campaign, part: CampaignRecipient.Part = CampaignRecipient.Part.A) -> dict[str, Fact]:
    """Return the content of its message, without the link."""
    second = part is CampaignRecipient.Part.B and campaign.two
    return {
        "heading": {
            "zh": campaign.heading_b_zh if second else campaign.heading_zh,
            "en": campaign.heading_b_en if second else campaign.heading_en,
        },
        "body": {"zh": campaign.body_zh, "en": campaign.body_en},
    }


def review_mark(campaign: Campaign) -> str:
    """Return a checksum of the content and audience as shown, so that only a reviewed version is sent."""
    names = (
        "heading_zh heading_en body_zh body_en heading_b_zh heading_b_en poster_id segments interests groups branches "
        "hold_out"
    )
    text = "\n".join(repr(getattr(campaign, name)) for name in names.split())
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


@dataclass(frozen=True, slots=True)
class _Sent:
    person: Person
    part: CampaignRecipient.Part
    key: str


def _send_now(campaign: Campaign, now: datetime) -> int:
    found = audience(campaign)
    campaign.state, campaign.sent_at, campaign.until = State.SENT, now, now + campaign.span
    campaign.figures = {name: getattr(found, name) for name in ("meant", "not_agreed", "stopped", "less", "no_way")}
    campaign.save(update_fields=("state", "sent_at", "until", "figures"))
    sent = 0
    for begin in range(0, found.count, BATCH):
        people = Person.objects.filter(pk__in=found.reached[begin : begin + BATCH])
        sent += _queue(campaign, [_assign(campaign, each) for each in people], now)
    return sent


def _assign(campaign: Campaign, person: Person) -> _Sent:
    """Assign the person to a variant or the control group; repeating it gives the same result."""
    lot = int.from_bytes(blake2b(f"{campaign.pk} {person.pk}".encode(), digest_size=4).digest(), "big")
    part = CampaignRecipient.Part.B if campaign.two and (lot // 100) % 2 else CampaignRecipient.Part.A
    held = lot % 100 < campaign.hold_out
    return _Sent(person, CampaignRecipient.Part.HELD if held else part, f"campaign-{campaign.pk}-{person.pk}")


def _queue(campaign: Campaign, people: Sequence[_Sent], now: datetime) -> int:
    recipients = [each for each in people if each.part is not CampaignRecipient.Part.HELD]
    facts = {part: words(campaign, part) for part in CampaignRecipient.Part}
    letters = [
        (each.person, each.key, {**facts[each.part], "link": _link(campaign, each.person)}) for each in recipients
    ]
    queue_messages(MessageKind.CAMPAIGN, letters, until=campaign.until)
    rows = Message.objects.filter(kind=MessageKind.CAMPAIGN, key__in=[each.key for each in recipients])
    messages = dict(rows.values_list("key", "pk"))
    CampaignRecipient.objects.bulk_create(
        CampaignRecipient(campaign=campaign, person=each.person, part=each.part, message_id=messages.get(each.key))
        for each in people
    )
    return len(recipients)


def _link(campaign: Campaign, person: Person) -> str:
    return signed_links.url(FOLLOW, f"{campaign.pk} {person.pk}", hub_clock().now() + GOOD_FOR)
