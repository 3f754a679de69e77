"""What waits for a patron in the library: on the kiosk's screen, or for her next receipt; shows nothing itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery import unsubscribe
from hub.outreach.delivery.delivery_planner import language_of
from hub.outreach.delivery.message_kinds import OF_LOANS, MessageKind
from hub.outreach.delivery.models import Delivery, Message
from hub.outreach.delivery.rendering import rendered
from hub.outreach.delivery.template_data import fresh
from hub.outreach.profiles.channels import IN_HOUSE, Channel

State = Delivery.State
MOST = 10
WAITS = timedelta(days=26)
"""So long what was said of a loan waits for whoever does not come: its words are gone before the loan's 30 days are."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is to be shown or printed; `number` names it when it has been."""

    number: int
    kind: MessageKind
    subject: str
    short: str
    long: str
    link: str


def waiting(ref: str, channel: str, language: str = "") -> list[Waiting]:
    """What waits for the patron by this channel, `screen` or `paper`, oldest first, but not what is over."""
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
        spoken = language or language_of(message.person)
        facts = fresh(message, now, spoken) if message.until is None or now < message.until else None
        if facts is None:
            _close(each.pk, State.DEAD, Message.State.WITHHELD, "over")
            continue
        if channel == Channel.PAPER:
            facts = {**facts, "link": ""}  # nobody types it, and whoever finds the receipt could
        words = rendered(kind, spoken, facts)
        found.append(Waiting(each.pk, kind, words.subject, words.short, words.long, words.link))
    return found


def shown(ref: str, number: int) -> bool:
    """Notes that the patron has had it before her; False where it was noted before, or is not hers."""
    mine = Delivery.objects.filter(pk=number, message__person__ref=ref, channel__in=("screen", "paper"))
    return mine.exists() and _close(number, State.SENT, Message.State.SAID, "")


def end(now: datetime) -> int:
    """Ends what is of no use any more to whoever has not come; tells how many that were."""
    of_loans = Q(message__kind__in=OF_LOANS, message__made_at__lte=now - WAITS)
    waits = Delivery.objects.filter(
        state=State.PENDING, channel__in=IN_HOUSE, message__state=Message.State.UNDERWAY
    )  # fmt: skip
    late = waits.filter(Q(message__until__lte=now) | of_loans)
    keys = list(late.values_list("pk", flat=True))
    return sum(_close(each, State.DEAD, Message.State.WITHHELD, "over") for each in keys)


@atomic
def _close(number: int, state: object, ends: object, why: str) -> bool:
    now = hub_clock().now()
    pending = Delivery.objects.filter(pk=number, state=State.PENDING)
    if not pending.update(state=state, done_at=now, code=why):
        return False
    message = Message.objects.filter(deliveries=number)
    message.update(state=ends, why=why, done_at=now)
    return True
