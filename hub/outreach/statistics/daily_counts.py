"""Count loans and returns from the event feed, by day, branch and patron group."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import ClassVar

from hub.outreach.library_system.central import local_day, the_central
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.event_batch import EventBatch, add
from hub.outreach.statistics.models import Borrower, DailyLoans

BACK = frozenset({"checkin", "handed_in"})
"""Events that count as a return. One that staff confirm later was counted when it was handed in."""


class Counting:
    """Count the events of a batch; other events are skipped."""

    KINDS: ClassVar = BACK | {"checkout", "checkout_undone", "loan_reopened", "used_in_house", "used_in_house_undone"}

    def __init__(self, stretch: EventBatch) -> None:
        self._people, self._where = stretch.people, stretch.where
        self._borrowers = {each.person_id: each for each in Borrower.objects.filter(person__in=stretch.keys)}
        first = {each.patron for each in stretch.events if each.kind == "checkout" and each.patron}
        new = sorted(ref for ref in first if self._people[ref].pk not in self._borrowers)
        self._standing = the_central().standing(new) if new else {}
        self._changed: dict[int, Borrower] = {}
        self._counts: defaultdict[tuple[date, str, str], Counter[str]] = defaultdict(Counter)

    def take(self, event: Event) -> None:
        """Count one event."""
        day = local_day(event.at, self._where)
        if event.kind == "checkout":
            self._add(event, self._update_borrower(event, day), day, loans=1)
        elif event.kind == "checkout_undone":
            lent = local_day(_moment(event, "out") or event.at, self._where)
            self._add(event, self._group(event), lent, loans=-1)
        elif event.kind in BACK:
            due = _moment(event, "due")
            certain = event.data.get("time") != "uncertain" and not event.data.get("reckoned")
            late = int(certain and due is not None and event.at > due)
            self._add(event, self._group(event), day, back=1, late=late)
        elif event.kind == "loan_reopened":
            self._add(event, self._group(event), day, back=-1)
        elif event.kind == "used_in_house":
            self._add(event, "", day, here=1)
        elif event.kind == "used_in_house_undone":
            self._add(event, "", day, here=-1)

    def finish(self) -> None:
        """Save the counts of the batch."""
        new = [each for each in self._changed.values() if each.pk is None]
        known = [each for each in self._changed.values() if each.pk is not None]
        Borrower.objects.bulk_update(known, ("first_on", "last_on", "branch"))
        Borrower.objects.bulk_create(new)
        add(DailyLoans, ("on", "branch", "group"), self._counts)

    def _update_borrower(self, event: Event, day: date) -> str:
        """Update the patron's first and last loan; return their group."""
        person = self._people.get(event.patron)
        if person is None:
            return ""
        branch = event.branch
        borrower = self._borrowers.get(person.pk)
        if borrower is None:
            standing = self._standing.get(event.patron)
            group = standing.category if standing else ""
            borrower = Borrower(person=person, branch=branch, group=group, first_on=day, last_on=day)
            self._borrowers[person.pk] = borrower
        borrower.first_on, borrower.last_on = min(borrower.first_on, day), max(borrower.last_on, day)
        borrower.branch = branch or borrower.branch
        self._changed[person.pk] = borrower
        return str(borrower.group)

    def _group(self, event: Event) -> str:
        person = self._people.get(event.patron)
        borrower = self._borrowers.get(person.pk) if person else None
        return str(borrower.group) if borrower else ""

    def _add(self, event: Event, group: str, day: date, **more: int) -> None:
        branch = event.branch
        self._counts[day, branch, group].update({"loans": 0, "back": 0, "late": 0, **more})


def _moment(event: Event, name: str) -> datetime | None:
    text = event.data.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def borrowers(groups: Collection[str], branches: Collection[str]) -> set[int]:
    """Return the keys of the people of these groups and branches; all groups or branches if there are none."""
    found = Borrower.objects.all()
    found = found.filter(group__in=groups) if groups else found
    found = found.filter(branch__in=branches) if branches else found
    return set(found.values_list("person_id", flat=True))
