"""Provide the messages that wait for a patron on the kiosk's screen or for the next receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging import unsubscribe
from hub.outreach.messaging.models import Delivery, Message
from hub.outreach.messaging.rendering import Renderer, current_facts
from hub.outreach.patrons.channels import IN_HOUSE, Channel
from hub.outreach.patrons.purposes import OF_LOANS, MessageKind

State = Delivery.State
MOST = 10
WAITS = timedelta(days=26)
"""How long a message about a loan waits on site: its text goes before the loan's 30 days are over."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be shown or printed; pass `number` to `mark_shown` afterwards."""

    number: int
    kind: MessageKind
    subject: str
    short: str


def waiting(ref: str, channel: str) -> list[Waiting]:
    """Return the patron's valid messages on this channel, `screen` or `paper`, oldest first."""
    rows = Delivery.objects.filter(
        message__person__ref=ref, channel=channel, state=State.PENDING
    ).select_related("message__person")  # fmt: skip
    found = []
    for each in rows.order_by("id")[:MOST]:
        message, now = each.message, hub_clock().now()
        kind = MessageKind(message.kind)
        if kind.marketing and unsubscribe.stopped(message.person, kind):
            _close(each.pk, State.DEAD, Message.State.WITHHELD, "no_consent")
            continue
        language = message.person.message_language
        facts = current_facts(message, now, language) if message.until is None or now < message.until else None
        if facts is None:
            _close(each.pk, State.DEAD, Message.State.WITHHELD, "over")
            continue
        if channel == Channel.PAPER:
            # not typed off paper, and it would open the account to a finder of the receipt
            facts = {**facts, "link": ""}
        words = Renderer().words(kind, language, facts)
        found.append(Waiting(each.pk, kind, words.subject, words.short))
    return found


def mark_shown(ref: str, number: int) -> bool:
    """Mark a message as shown; False if it was marked before or belongs to another patron."""
    deliveries = Delivery.objects.filter(pk=number, message__person__ref=ref, channel__in=("screen", "paper"))
    return deliveries.exists() and _close(number, State.SENT, Message.State.SAID, "")


def withdraw(kind: MessageKind, key: str) -> None:
    """Withdraw a message that still waits on site."""
    waits = Delivery.objects.filter(
        message__kind=kind, message__key=key, state=State.PENDING, channel__in=IN_HOUSE
    )  # fmt: skip
    for pk in list(waits.values_list("pk", flat=True)):
        _close(pk, State.DEAD, Message.State.WITHHELD, "unsaid")


def end(now: datetime) -> int:
    """Close messages that are of no use any more; return how many."""
    of_loans = Q(message__kind__in=OF_LOANS, message__made_at__lte=now - WAITS)
    waits = Delivery.objects.filter(
        state=State.PENDING, channel__in=IN_HOUSE, message__state=Message.State.UNDERWAY
    )  # fmt: skip
    late = waits.filter(Q(message__until__lte=now) | of_loans)
    keys = list(late.values_list("pk", flat=True))
    return sum(_close(each, State.DEAD, Message.State.WITHHELD, "over") for each in keys)


@atomic
def _close(number: int, state: object, ends: object, reason: str) -> bool:
    now = hub_clock().now()
    pending = Delivery.objects.filter(pk=number, state=State.PENDING)
    if not pending.update(state=state, done_at=now, code=reason):
        return False
    message = Message.objects.filter(deliveries=number)
    message.update(state=ends, why=reason, done_at=now)
    return True
