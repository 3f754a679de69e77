"""Change how many loans a patron's history keeps; what exceeds it is deleted at once everywhere."""

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.enqueue import unsay_all
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles import interests
from hub.outreach.recommendations.reading_profiles.history import lock_preferences, trim

MOST_KEPT = 200
"""Maximum that staff can enter; only the patron can choose to keep all."""


@atomic
def keep(person: Person, loans: int | None) -> int:
    """Keep this many loans, or all if None; return how many were deleted.

    Inferences and recommendations from a deleted title are recomputed, and an unsent message that may name it is
    cancelled.
    """
    preferences = lock_preferences(person)
    preferences.keep = loans if loans is None else min(max(loans, 1), MOST_KEPT)
    preferences.save(update_fields=("keep",))
    gone = trim(person, preferences.keep)
    if gone:
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.recompute(person)
    return gone


@atomic
def agree(person: Person, loans: int | None, by: str) -> int:
    """Record the consent to a history of this many loans; return how many were deleted.

    The version of the consent text shown is stored with it.
    """
    if not consents.has_consented(person, Purpose.HISTORY):
        consents.give(person, Purpose.HISTORY, by, consents.text(Purpose.HISTORY).version, hub_clock().now())
    return keep(person, loans)


@atomic
def nothing(person: Person, by: str) -> int:
    """Withdraw the consent and delete all that depends on it; return how many titles were deleted."""
    gone = int(person.had.count())
    consents.withdraw(person, Purpose.HISTORY, by, hub_clock().now())
    return gone
