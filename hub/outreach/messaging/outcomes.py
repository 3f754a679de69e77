"""Store the outcome of a delivery attempt, together with its effects on the message."""

from datetime import datetime, timedelta

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.channels.base import Outcome, PermanentRefusal, SendFailure, SendSuccess
from hub.outreach.messaging.models import Delivery, Message, Pause
from hub.outreach.patrons import records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.records import UsableAddress

BACKOFF = tuple(timedelta(minutes=each) for each in (1, 5, 20, 60, 240))
LONGEST_PAUSE = timedelta(minutes=30)
FOR_EVER = 3
"""Messages in a row that failed at an address after all attempts: it then counts as bounced."""
TURNED_OFF, MOVED, KEPT = PermanentRefusal("turned_off"), PermanentRefusal("moved"), PermanentRefusal("kept_for_loans")
State = Delivery.State


@atomic
def note(delivery: Delivery, outcome: Outcome, address: str) -> bool:
    """Store the outcome; False if another worker has claimed the delivery since and stores its own."""
    now = hub_clock().now()
    match outcome:
        case SendSuccess(number):
            if not _end(delivery, State.SENT, now, provider=number[:120]):
                return False
            Message.objects.filter(pk=delivery.message_id).update(state=Message.State.SAID, why="", done_at=now)
        case SendFailure(code, words, everybody):
            if not _end(delivery, State.FAILED, now, code=code, fault=everybody):
                return False
            if everybody:
                _pause(delivery.channel, code, words, now)
                _requeue(delivery, now)
            else:
                _requeue(delivery, now + _backoff(delivery))
                _bounce_if_dead(delivery, address, now)
        case PermanentRefusal(code, _words, bounced):
            if not _end(delivery, State.DEAD, now, code=code):
                return False
            _requeue(delivery, now)
            if bounced:
                records.mark_bounced(UsableAddress(delivery.channel, address, delivery.person), now)
    return True


@atomic
def withhold(delivery: Delivery, why: str = "over") -> None:
    """Withhold the message: the book is back, the hold is over, or the patron no longer wants it."""
    now = hub_clock().now()
    if _end(delivery, State.DEAD, now, code=why):
        Message.objects.filter(pk=delivery.message_id).update(state=Message.State.WITHHELD, why=why, done_at=now)


def _end(
    delivery: Delivery, state: object, now: datetime, code: str = "", provider: str = "", fault: bool = False
) -> bool:
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, claim=delivery.claim)
    return bool(
        mine.update(state=state, done_at=now, code=code, provider=provider, claimed_until=None, channels_fault=fault)
    )


@atomic
def put_back(channel: str, now: datetime) -> int:
    """Return the pending deliveries of a paused channel to the outbox, which may use another channel."""
    rows = Delivery.objects.filter(channel=channel, state=State.PENDING)
    messages = list(rows.values_list("message", flat=True))
    rows.update(state=State.FAILED, done_at=now, code="paused", channels_fault=True)
    Message.objects.filter(pk__in=messages).update(state=Message.State.WAITING, why="again", next_at=now)
    return len(messages)


def end_pause(channel: str) -> None:
    """End the channel's pause after a successful delivery."""
    Pause.objects.filter(channel=channel).delete()


def _requeue(delivery: Delivery, at: datetime) -> None:
    Message.objects.filter(pk=delivery.message_id).update(state=Message.State.WAITING, why="again", next_at=at)


def _backoff(delivery: Delivery) -> timedelta:
    failed = Delivery.objects.filter(message=delivery.message_id, channel=delivery.channel, address=delivery.address)
    return BACKOFF[min(failed.filter(state=State.FAILED).count(), len(BACKOFF)) - 1]


def _pause(channel: str, code: str, words: str, now: datetime) -> None:
    """Pause the channel, longer each time; a failure during a pause does not extend it."""
    pause, new = Pause.objects.select_for_update().get_or_create(
        channel=Channel(channel),
        defaults={"since": now, "until": now + timedelta(minutes=1), "code": code, "words": words[:300]},
    )
    if new or pause.until > now:
        return
    pause.times += 1
    pause.until = now + min(timedelta(minutes=2 ** min(pause.times - 1, 10)), LONGEST_PAUSE)
    pause.code, pause.words = code, words[:300]
    pause.save(update_fields=("times", "until", "code", "words"))


def _bounce_if_dead(delivery: Delivery, address: str, now: datetime) -> None:
    """Mark an address as bounced that has failed this often without any success since."""
    recent = Delivery.objects.filter(address=delivery.address, channel=delivery.channel).exclude(done_at=None)
    last = recent.filter(state=State.SENT).order_by("-done_at").values_list("done_at", flat=True).first()
    failed = recent.filter(state=State.FAILED, channels_fault=False)
    since = failed.filter(done_at__gt=last) if last else failed
    if since.values("message").distinct().count() >= FOR_EVER and since.count() >= FOR_EVER * len(BACKOFF):
        records.mark_bounced(UsableAddress(delivery.channel, address, delivery.person), now)
