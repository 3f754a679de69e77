"""Database triggers that reject changes to published loan rules, whichever program writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from hub.core.database_triggers import Event, Trigger, TriggerSet

WORDS = "published rules are never changed: publish an edition that follows them"
RULE, EDITION = "circulation_rule", "circulation_ruleversion"
SIDES: tuple[tuple[Event, str], ...] = (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD"))


def _triggers() -> Iterator[Trigger]:
    for event, side in SIDES:
        published = f"SELECT 1 FROM {EDITION} WHERE id = {side}.edition_id AND published_at IS NOT NULL"
        yield Trigger(f"kept_rule_{event}", event, RULE, f"EXISTS ({published})", WORDS)
    withdrawn = "OLD.published_at IS NOT NULL AND NEW.published_at IS NOT NULL"  # this makes a version a draft again
    yield Trigger("kept_rule_edition_update", "update", EDITION, withdrawn, WORDS)
    yield Trigger("kept_rule_edition_delete", "delete", EDITION, "OLD.published_at IS NOT NULL", WORDS)


TRIGGERS = TriggerSet(_triggers, needs=[RULE, EDITION])


@contextmanager
def filling() -> Iterator[None]:
    """Permit, in one transaction, rules to be added to published versions that come from another hub."""
    with transaction.atomic():
        TRIGGERS.remove("kept_rule_insert")
        yield
        TRIGGERS.install()
