"""Queue messages about loans and holds for events of the feed."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from hub.outreach.library_system.events import Event
from hub.outreach.messaging import on_site_messages
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Delivery, Message
from hub.outreach.patrons.channels import Channel
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.patrons.models import Order, Person
from hub.outreach.patrons.purposes import MessageKind

VISIT = timedelta(minutes=10)
"""Transactions of one patron within this time go on one receipt."""
ACTS = {"checkout": "checkout", "renewed": "renew", "checkin": "checkin", "handed_in": "checkin"}
PROMISES = {"promise_confirmed": MessageKind.LOAN_CONFIRMED, "promise_refused": MessageKind.LOAN_REFUSED}


class NoticeConsumer:
    """Event handler that queues a message for what an event means to its patron."""

    KINDS: ClassVar = frozenset({*PROMISES, "exception_settled", "hold_ready", "asked_back", *ACTS})

    def __init__(self, stretch: EventBatch) -> None:
        self._people = stretch.people
        wanted = Order.objects.filter(person__in=stretch.keys, kind=MessageKind.RECEIPT)
        self._want_receipts = set(wanted.values_list("person_id", flat=True))

    def take(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is not None:
            _queue_message(person, event, receipt=person.pk in self._want_receipts)

    def finish(self) -> None:
        pass


def _queue_message(person: Person, event: Event, *, receipt: bool) -> None:
    data = event.data
    if event.kind in PROMISES:
        facts = {each: data.get(each) for each in ("title", "act", "due", "code")}
        queue_message(person, PROMISES[event.kind], str(data.get("transaction")), facts)
    elif event.kind == "exception_settled" and data.get("how") in ("lent", "again"):
        facts = {each: data.get(each) for each in ("title", "act", "due", "code")}
        queue_message(person, MessageKind.LOAN_CONFIRMED, f"settled {data.get('exception')}", facts)
    elif event.kind == "hold_ready":
        queue_message(person, MessageKind.HOLD_READY, f"{data.get('hold')} {event.number}", {"hold": data.get("hold")})
    elif event.kind == "asked_back":
        queue_message(person, MessageKind.RECALL, f"{data.get('loan')} {event.number}", {"loan": data.get("loan")})
    elif event.kind in ACTS and receipt:
        has_due = ACTS[event.kind] != "checkin" and not data.get("reckoned")
        line = {"title": data.get("title"), "due": data.get("due") if has_due else None, "act": ACTS[event.kind]}
        on_receipt(person, event, [line], at=event.at + VISIT)


def mark_read(ref: str, about: str) -> None:
    """Mark a message as read on the kiosk's screen.

    An answer to a question is shown there anyway, so its own screen delivery is closed as well.
    """
    kind, _, number = about.partition("-")
    if not number.isdecimal() or len(number) > 18:
        return
    if kind == "delivery":
        on_site_messages.mark_shown(ref, int(number))
    elif kind == "answer":
        answers = Delivery.objects.filter(
            message__kind=MessageKind.ANSWER, message__person__ref=ref, channel=Channel.SCREEN
        )
        for found in answers.filter(message__key__startswith="ticket-", message__key__endswith=f"-{number}"):
            on_site_messages.mark_shown(ref, found.pk)


def on_receipt(person: Person, event: Event, lines: list[dict[str, Any]], at: datetime | None = None) -> None:
    """Add transactions to the receipt of this visit, which is sent at `at` or later."""
    open_one = (
        Message.objects.select_for_update()
        .filter(person=person, kind=MessageKind.RECEIPT, state=Message.State.WAITING, made_at__gt=event.at - VISIT)
        .first()
    )
    if open_one is None:
        queue_message(person, MessageKind.RECEIPT, f"{event.number}", {"items": lines, "count": len(lines)}, at=at)
        return
    items = [*open_one.decrypted_facts().get("items", ()), *lines]
    open_one.facts = Message.encode_facts({"items": items, "count": len(items)})
    open_one.save(update_fields=("facts",))
