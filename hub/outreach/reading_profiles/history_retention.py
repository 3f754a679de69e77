"""She chooses how many of her last loans are kept; what is more than that is gone at once, wherever it was named."""

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.enqueue import unsay_all
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.profiles import consents
from hub.outreach.profiles.models import Person
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.reading_profiles import interests
from hub.outreach.reading_profiles.history import held, trim

MOST_KEPT = 200
"""That staff may type; all are kept for whoever chooses so herself."""


@atomic
def keep(person: Person, loans: int | None) -> int:
    """Keeps so many, or all where that is None; tells how many were forgotten.

    What was inferred or picked from a forgotten title is worked out anew, and a letter that may name it does not leave.
    """
    hers = held(person)
    hers.keep = loans if loans is None else min(max(loans, 1), MOST_KEPT)
    hers.save(update_fields=("keep",))
    gone = trim(person, hers.keep)
    if gone:
        unsay_all(person, MessageKind.RECOMMENDATION)
        interests.anew(person)
    return gone


@atomic
def agree(person: Person, loans: int | None, by: str) -> int:
    """Her yes to a history of so many loans, and the words that she was shown; tells how many were forgotten."""
    if not consents.given(person, Purpose.HISTORY):
        consents.give(person, Purpose.HISTORY, by, consents.text(Purpose.HISTORY).version, hub_clock().now())
    return keep(person, loans)


@atomic
def nothing(person: Person, by: str) -> int:
    """Her no: whatever stood on her history goes with it; tells how many titles were forgotten."""
    gone = int(person.had.count())
    consents.withdraw(person, Purpose.HISTORY, by, hub_clock().now())
    return gone
