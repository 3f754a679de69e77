"""The rhythms that may be gone by: those of patrons who agreed to reminders at their own time; plans nothing."""

from collections.abc import Iterable

from hub.outreach.profiles import consents
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.reminders.models import VisitPattern


def of(people: Iterable[int]) -> dict[int, VisitPattern]:
    """By person. Of whoever has not agreed it is only told how often she came: her returns count as none."""
    keys = set(people)
    agreed = consents.all_given(Purpose.REMINDERS, keys)
    found = {each.person_id: each for each in VisitPattern.objects.filter(person__in=keys)}
    for each in found.values():
        if each.person_id not in agreed:
            each.returns = 0
    return found
