"""Database triggers that reject any change or deletion of the access log."""

from collections.abc import Iterator

from hub.core.database_triggers import Event, Trigger, TriggerSet

TABLE = "audit_accesslogentry"
EVENTS: tuple[Event, ...] = ("update", "delete", "truncate")


def _triggers() -> Iterator[Trigger]:
    for event in EVENTS:
        yield Trigger(f"kept_audit_look_{event}", event, TABLE, rejects="looks are never changed or deleted")


TRIGGERS = TriggerSet(_triggers, needs=[TABLE])


def missing() -> list[str]:
    """Return a message for each missing trigger."""
    return [f"the guard {name} is missing: run `kiosk-hub migrate`" for name in TRIGGERS.missing()]
