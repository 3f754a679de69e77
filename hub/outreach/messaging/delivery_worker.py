"""Send planned deliveries, claimed one by one, and store the outcome of each.

A row is written before its letter is sent, and claimed by an update that only one worker can make. A worker that dies
between the letter and its outcome leaves one row in doubt. That row is sent again under the same key when the claim
expires, so no message is lost; duplicates occur only at providers that ignore the key.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex

from hub.core.clock import hub_clock
from hub.core.encrypted_fields import keyed_hash
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging import one_time_subscription, unsubscribe
from hub.outreach.messaging.channels.base import Letter, Outcome, PermanentRefusal, SendFailure, SendSuccess, Transport
from hub.outreach.messaging.channels.registry import SENT_OUT, transport
from hub.outreach.messaging.delivery_planner import plan
from hub.outreach.messaging.models import Delivery, Message, Pause
from hub.outreach.messaging.rendering import Renderer, current_facts
from hub.outreach.messaging.settings import channels
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.models import Contact
from hub.outreach.patrons.purposes import MessageKind

BATCH = 50
CLAIM = timedelta(minutes=5)
MARGIN = timedelta(minutes=2)
"""Time before the end of a claim in which no letter is sent: longer than a server may take to answer."""
ROUNDS = 20
BACKOFF = tuple(timedelta(minutes=each) for each in (1, 5, 20, 60, 240))
LONGEST_PAUSE = timedelta(minutes=30)
MOST_FAILED = 3
"""Messages in a row that failed at an address after all attempts: it then counts as bounced."""
TURNED_OFF, MOVED, KEPT = PermanentRefusal("turned_off"), PermanentRefusal("moved"), PermanentRefusal("kept_for_loans")
State = Delivery.State


def work(now: datetime, worker: Worker | None = None) -> int:
    """Plan and send until nothing is due; return how many letters were sent."""
    worker, sent = worker or Worker(), 0
    release_expired_claims(now)
    for _round in range(ROUNDS):
        plan(hub_clock().now(), worker.settings)
        left = sum(worker.send_all(channel) for channel in SENT_OUT)
        sent += left
        if not left:
            break
    return sent


def release_expired_claims(now: datetime) -> int:
    """Release deliveries whose worker did not finish within its claim."""
    rows = Delivery.objects.filter(state=State.SENDING, claimed_until__lt=now)
    return sum(
        rows.filter(pk=each.pk).update(state=State.PENDING, claim="", claimed_until=None, lost=each.lost + 1)
        for each in rows.only("pk", "lost")
    )


class Worker:
    """Sender with a random name that identifies its claims."""

    def __init__(self, claim: timedelta = CLAIM, margin: timedelta = MARGIN) -> None:
        self.name = token_hex(8)
        self._claim, self._margin = claim, margin
        self.renderer = Renderer()
        self.settings = channels()
        self._contacts: dict[tuple[int, str, str], Contact] = {}

    def send_all(self, channel: str) -> int:
        """Send what is pending by the channel; return for how many deliveries there was a decision."""
        if not Delivery.objects.filter(channel=channel, state=State.PENDING).exists():
            return 0
        pause = Pause.objects.filter(channel=channel, until__gt=hub_clock().now()).first()
        if pause is not None:
            return return_to_outbox(channel, hub_clock().now())
        way = transport(channel, self.settings)
        if way is None:
            return self._end_disabled(channel)
        with way:
            return self._send_by(channel, way)

    def _send_by(self, channel: str, way: Transport) -> int:
        count, has_sent = 0, False
        while batch := self.claim(channel):
            for each in batch:
                if hub_clock().now() + self._margin > (each.claimed_until or each.made_at):
                    break
                count += 1
                outcome = self.deliver(each, way)
                if isinstance(outcome, SendSuccess) and not has_sent:
                    has_sent = True
                    end_pause(channel)
                if isinstance(outcome, SendFailure) and outcome.everybody:
                    self._release(channel)
                    return count
            self._release(channel)
        return count

    @atomic
    def claim(self, channel: str) -> list[Delivery]:
        """Claim the oldest pending deliveries of the channel for this worker."""
        pending = Delivery.objects.filter(channel=channel, state=State.PENDING)
        taken = list(
            pending.select_for_update(of=("self",), skip_locked=True)
            .order_by("id")
            .values_list("pk", flat=True)[:BATCH]
        )
        pending.filter(pk__in=taken).update(
            state=State.SENDING, claim=self.name, claimed_until=hub_clock().now() + self._claim
        )
        claimed = Delivery.objects.filter(pk__in=taken, state=State.SENDING, claim=self.name)
        found = list(claimed.select_related("message__person__guardian", "person").order_by("id"))
        self.load_contacts(found)
        return found

    def load_contacts(self, deliveries: list[Delivery]) -> None:
        """Look up the addresses of a batch with one query."""
        rows = Contact.objects.filter(hash__in={each.address for each in deliveries}, bounced_at=None)
        self._contacts = {(each.person_id, each.channel, each.hash): each for each in rows}

    def deliver(self, delivery: Delivery, way: Transport) -> Outcome | None:
        """Send one claimed delivery and store its outcome; None if there was nothing left to say."""
        kind = MessageKind(delivery.message.kind)
        if kind.marketing and unsubscribe.stopped(delivery.message.person, kind):
            withhold(delivery, "no_consent")
            return None
        if kind.marketing and not consents.field_serves(delivery.person, delivery.channel, kind.purpose):
            store_outcome(delivery, KEPT, "")
            return KEPT
        letter = self.letter(delivery)
        if letter is None:
            withhold(delivery)
            return None
        if isinstance(letter, PermanentRefusal):
            store_outcome(delivery, letter, "")
            return letter
        outcome = way.send(letter)
        store_outcome(delivery, outcome, letter.address)
        if isinstance(outcome, PermanentRefusal) and outcome.bounced:
            self._contacts.pop((delivery.person_id, delivery.channel, delivery.address), None)
        if delivery.channel == "wechat" and not isinstance(outcome, SendFailure):
            one_time_subscription.use_consent(delivery.person, letter.kind, letter.address, hub_clock().now())
        return outcome

    def letter(self, delivery: Delivery) -> Letter | PermanentRefusal | None:
        """Return the letter as it would be sent now.

        Refused if the address is no longer the patron's; None if there is nothing left to say.
        """
        message, language = delivery.message, delivery.person.message_language
        facts = current_facts(message, hub_clock().now(), language)
        if facts is None:
            return None
        address = self._address(delivery, facts)
        if address is None:
            return MOVED
        stop = unsubscribe.link(message)
        words = self.renderer.words(MessageKind(message.kind), language, facts, stop)
        return Letter(delivery.key, MessageKind(message.kind), address, words, stop)

    def _address(self, delivery: Delivery, facts: dict[str, object]) -> str | None:
        """Return the planned address if it still belongs to the patron and has not bounced since."""
        if delivery.channel == "wechat":
            for way in one_time_subscription.ways(delivery.message, self.settings):
                if keyed_hash(way.channel, way.address) == delivery.address:
                    return way.address
        owner = delivery.message.person.recipient
        contact = self._contacts.get((owner.pk, delivery.channel, delivery.address))
        if contact is None or (contact.replaced_at is not None and facts.get("contact") != contact.pk):
            return None
        return contact.address.decrypt()

    def _release(self, channel: str) -> None:
        claimed = Delivery.objects.filter(channel=channel, state=State.SENDING, claim=self.name)
        claimed.update(state=State.PENDING, claim="", claimed_until=None)

    def _end_disabled(self, channel: str) -> int:
        count = 0
        while batch := self.claim(channel):
            for each in batch:
                store_outcome(each, TURNED_OFF, "")
            count += len(batch)
        return count


@atomic
def store_outcome(delivery: Delivery, outcome: Outcome, address: str) -> bool:
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
                records.mark_bounced(delivery.channel, address, now)
    return True


@atomic
def withhold(delivery: Delivery, reason: str = "over") -> None:
    """Withhold the message: the book is back, the hold is over, or the patron no longer wants it."""
    now = hub_clock().now()
    if _end(delivery, State.DEAD, now, code=reason):
        Message.objects.filter(pk=delivery.message_id).update(state=Message.State.WITHHELD, why=reason, done_at=now)


def _end(
    delivery: Delivery, state: object, now: datetime, code: str = "", provider: str = "", fault: bool = False
) -> bool:
    claimed = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, claim=delivery.claim)
    return bool(
        claimed.update(state=state, done_at=now, code=code, provider=provider, claimed_until=None, channels_fault=fault)
    )


@atomic
def return_to_outbox(channel: str, now: datetime) -> int:
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
    if since.values("message").distinct().count() >= MOST_FAILED and since.count() >= MOST_FAILED * len(BACKOFF):
        records.mark_bounced(delivery.channel, address, now)
