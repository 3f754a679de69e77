"""Load the visit patterns that may be used: complete only with consent to reminders by habit."""

from collections.abc import Iterable

from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders.models import VisitPattern


def patterns_of(people: Iterable[int]) -> dict[int, VisitPattern]:
    """Return patterns by person. Without the consent only visits may be used, so returns are set to 0."""
    keys = set(people)
    agreed = consents.all_given(Purpose.REMINDERS, keys)
    found = {each.person_id: each for each in VisitPattern.objects.filter(person__in=keys)}
    for each in found.values():
        if each.person_id not in agreed:
            each.returns = 0
    return found
