"""Takes down what is to be said to a patron; never decides how, and sends nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message
from kiosk.hub.outreach.people.models import Person

Plain = str | int | bool | None | Mapping[str, str]
"""A dict has the same text in both languages: {"zh": …, "en": …}."""
Fact = Plain | Sequence[Mapping[str, Plain]]


def say(
    person: Person,
    kind: Kind,
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


def unsay(kind: Kind, key: str) -> bool:
    """Takes back what has not been sent yet; False where it is too late, or was never taken down."""
    waiting = Message.objects.filter(kind=kind, key=key, state=Message.State.WAITING)
    now = hub_clock().now()
    return bool(waiting.update(state=Message.State.WITHHELD, why="unsaid", facts="", done_at=now))
