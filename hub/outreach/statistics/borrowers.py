"""Find the people of patron groups and branches by their last loan."""

from collections.abc import Collection

from hub.outreach.statistics.models import Borrower


def borrowers(groups: Collection[str], branches: Collection[str]) -> set[int]:
    """Return the keys of the people of these groups and branches; all groups or branches if there are none."""
    found = Borrower.objects.all()
    found = found.filter(group__in=groups) if groups else found
    found = found.filter(branch__in=branches) if branches else found
    return set(found.values_list("person_id", flat=True))
