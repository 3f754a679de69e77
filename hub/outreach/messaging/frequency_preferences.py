"""Store the minimum interval, in days, that a patron set for a kind of message."""

from hub.outreach.messaging.models import FrequencyPreference
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

BEGINS, SELDOMEST = 28, 112
"""Days between two messages after the first "less often", and the maximum."""


def less(person: Person, kind: MessageKind) -> int:
    """Halve the frequency, starting at one message in four weeks; return the days between two."""
    pace, new = FrequencyPreference.objects.select_for_update().get_or_create(
        person=person, kind=kind, defaults={"days": BEGINS}
    )
    if not new:
        pace.days = min(2 * pace.days, SELDOMEST)
        pace.save(update_fields=("days",))
    return int(pace.days)


def more(person: Person, kind: MessageKind) -> None:
    """Double the frequency; back to the library's own frequency from the first step."""
    pace = FrequencyPreference.objects.select_for_update().filter(person=person, kind=kind).first()
    if pace is None:
        return
    if pace.days <= BEGINS:
        pace.delete()
    else:
        pace.days //= 2
        pace.save(update_fields=("days",))
