"""Takes down what is to be said to a patron; never decides how, and sends nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hub.core.clock import hub_clock
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.delivery.models import Message
from hub.outreach.profiles.models import Person

Plain = str | int | bool | None | Mapping[str, str]
"""A dict has the same text in both languages: {"zh": …, "en": …}."""
Fact = Plain | Sequence[Mapping[str, Plain]]
BATCH = 500


def say(
    person: Person,
    kind: MessageKind,
    key: str,
    facts: Mapping[str, Fact],
    *,
    at: datetime | None = None,
    until: datetime | None = None,
) -> Message:
    """Has this said to her, once: what was taken down under the same kind and key stays as it is.

    Not before `at`, and not after `until`, when it would be of no use any more. `fields.FIELDS` lists the facts of each
    kind; days and moments are ISO 8601. The fact `contact`, the key of a contact, names the one address that it is for,
    whatever her order is. Call it in the transaction that makes it true.
    """
    now = hub_clock().now()
    message, _made = Message.objects.get_or_create(
        kind=kind,
        key=key,
        defaults={
            "person": person,
            "facts": Message.sealed(facts),
            "made_at": now,
            "next_at": at or now,
            "until": until,
        },
    )
    return message


def say_all(
    kind: MessageKind,
    told: Sequence[tuple[Person, str, Mapping[str, Fact]]],
    *,
    at: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """What `say` does, for many: each a person, a key and its facts."""
    now = hub_clock().now()
    rows = (
        Message(
            person=person,
            kind=kind,
            key=key,
            facts=Message.sealed(facts),
            made_at=now,
            next_at=at or now,
            until=until,
        )
        for person, key, facts in told
    )
    Message.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def said_of(kind: MessageKind, keys: Iterable[str]) -> set[str]:
    """Which of these keys were taken down already under the kind."""
    wanted, found = list(keys), set[str]()
    for begin in range(0, len(wanted), BATCH):
        some = Message.objects.filter(kind=kind, key__in=wanted[begin : begin + BATCH])
        found.update(some.values_list("key", flat=True))
    return found


def unsay(kind: MessageKind, key: str) -> bool:
    """Takes back what has not been sent yet; False where it is too late, or was never taken down."""
    waiting = Message.objects.filter(kind=kind, key=key, state=Message.State.WAITING)
    now = hub_clock().now()
    return bool(waiting.update(state=Message.State.WITHHELD, why="unsaid", facts="", done_at=now))


def unsay_all(person: Person, kind: MessageKind) -> int:
    """Takes back whatever of this kind has not left for her yet; tells how many that were."""
    waiting = Message.objects.filter(person=person, kind=kind, state=Message.State.WAITING)
    now = hub_clock().now()
    return int(waiting.update(state=Message.State.WITHHELD, why="unsaid", facts="", done_at=now))
