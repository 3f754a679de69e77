"""She chooses how many of her last loans are kept; what is more than that is gone at once, wherever it was named."""

from kiosk.hub.atomic import atomic
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.say import unsay_all
from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.models import Person
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.outreach.reading import interests
from kiosk.hub.outreach.reading.history import held, trim

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
        unsay_all(person, Kind.RECOMMENDATION)
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
