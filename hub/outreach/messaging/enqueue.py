"""Queue messages to patrons in the outbox."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hub.core.clock import hub_clock
from hub.outreach.messaging.models import Message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

Plain = str | int | bool | None | Mapping[str, str]
"""A dict holds the same text by language of the library."""
Fact = Plain | Sequence[Mapping[str, Plain]]
BATCH = 500


def queue_message(
    person: Person,
    kind: MessageKind,
    key: str,
    facts: Mapping[str, Fact],
    *,
    at: datetime | None = None,
    until: datetime | None = None,
) -> Message:
    """Queue a message once: an earlier one with the same kind and key stays unchanged.

    Call it in the transaction that makes the message true.

    Args:
        person: Recipient.
        kind: Its facts are listed in `message_templates.FIELDS`.
        key: Unique within the kind.
        facts: Values for the template, with dates and times in ISO 8601. The fact `contact`, a contact's key, sends the
            message to that address only, whatever the patron's order of channels; `on_screen` shows it only at the
            kiosk.
        at: Earliest time of sending, now if None.
        until: Time from which the message is of no use, or None.
    """
    now = hub_clock().now()
    message, _made = Message.objects.get_or_create(
        kind=kind,
        key=key,
        defaults={
            "person": person,
            "facts": Message.encode_facts(facts),
            "made_at": now,
            "next_at": at or now,
            "until": until,
        },
    )
    return message


def queue_messages(
    kind: MessageKind,
    messages: Sequence[tuple[Person, str, Mapping[str, Fact]]],
    *,
    at: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Queue many messages as `queue_message` does; each is a person, a key and its facts."""
    now = hub_clock().now()
    rows = (
        Message(
            person=person,
            kind=kind,
            key=key,
            facts=Message.encode_facts(facts),
            made_at=now,
            next_at=at or now,
            until=until,
        )
        for person, key, facts in messages
    )
    Message.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def queued_keys(kind: MessageKind, keys: Iterable[str]) -> set[str]:
    """Return which of these keys were already queued under the kind."""
    wanted, found = list(keys), set[str]()
    for begin in range(0, len(wanted), BATCH):
        some = Message.objects.filter(kind=kind, key__in=wanted[begin : begin + BATCH])
        found.update(some.values_list("key", flat=True))
    return found


def withdraw_message(kind: MessageKind, key: str) -> bool:
    """Withdraw a message that has not been sent; False if it is too late or there is none."""
    waiting = Message.objects.filter(kind=kind, key=key, state=Message.State.WAITING)
    now = hub_clock().now()
    return bool(waiting.update(state=Message.State.WITHHELD, why="unsaid", facts="", done_at=now))


def unsay_all(person: Person, kind: MessageKind) -> int:
    """Withdraw all unsent messages of this kind to this person; return how many."""
    waiting = Message.objects.filter(person=person, kind=kind, state=Message.State.WAITING)
    now = hub_clock().now()
    return int(waiting.update(state=Message.State.WITHHELD, why="unsaid", facts="", done_at=now))
