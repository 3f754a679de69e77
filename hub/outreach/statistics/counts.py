"""Count loans and returns from the event feed, and every night the groups, activity, cohorts and messages."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncMonth

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import records
from hub.outreach.patrons.feed_consumer import EventBatch, add_counts
from hub.outreach.patrons.key_patrons import key_persons
from hub.outreach.recommendations.reading_profiles.models import LAPSED_AFTER, LAPSING_AFTER
from hub.outreach.statistics.models import Borrower, Cohort, DailyLoans, Headcount, Night

ACTIVE, FRESH, LAPSED = timedelta(days=LAPSED_AFTER), timedelta(days=LAPSING_AFTER), timedelta(days=365)
"""Active: a loan in 180 days. New: the first in 60. Lapsing: none in 60. Lapsed: the last 180 to 365 ago."""
COHORTS = timedelta(days=2 * 366)
"""How far back cohorts are counted."""
AFTER = (1, 3, 6, 12)
AGAIN = 8
"""Days whose messages are counted again each night, because a mail may bounce late."""
CHUNK = 500
STATES = {"said": Message.State.SAID, "failed": Message.State.GIVEN_UP, "withheld": Message.State.WITHHELD}
BACK = frozenset({"checkin", "handed_in"})
"""Events that count as a return. One that staff confirm later was counted when it was handed in."""


class CountConsumer:
    """Count the events of a batch; other events are skipped."""

    KINDS: ClassVar = BACK | {"checkout", "checkout_undone", "loan_reopened", "used_in_house", "used_in_house_undone"}

    def __init__(self, stretch: EventBatch) -> None:
        self._people, self._where = stretch.people, stretch.zone
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
        add_counts(DailyLoans, ("on", "branch", "group"), self._counts)

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


def nightly(now: datetime) -> None:
    """Run all nightly counts."""
    where = zone()
    today = local_day(now, where)
    _groups()
    _keys(now)
    heads(today)
    cohorts(today)
    _contacts(now, today)
    _messages(today, where)


def _groups() -> None:
    """Update every patron's group."""
    known = Borrower.objects.select_related("person").order_by("pk")
    last = 0
    while some := list(known.filter(pk__gt=last)[:CHUNK]):
        last = some[-1].pk
        standing = the_central().standing([each.person.ref for each in some])
        changed = []
        for each in some:
            found = standing.get(each.person.ref)
            if found is not None and found.category != each.group:
                each.group = found.category
                changed.append(each)
        Borrower.objects.bulk_update(changed, ("group",))


def _keys(now: datetime) -> None:
    wanted = key_persons(now)
    there = set(Borrower.objects.filter(key=True).values_list("person_id", flat=True))
    for people, key in ((sorted(wanted - there), True), (sorted(there - wanted), False)):
        for first in range(0, len(people), CHUNK):
            Borrower.objects.filter(person__in=people[first : first + CHUNK]).update(key=key)


@atomic
def heads(today: date) -> None:
    """Count the regular, new, lapsing and lapsed patrons."""
    active, recent = Q(last_on__gt=today - ACTIVE), Q(last_on__gt=today - FRESH)
    new = Q(first_on__gt=today - FRESH)
    counted = (
        Borrower.objects.order_by()
        .values("branch", "group")
        .annotate(
            new=Count("pk", filter=new),
            regular=Count("pk", filter=recent & ~new),
            lapsing=Count("pk", filter=active & ~recent),
            lapsed=Count("pk", filter=~active & Q(last_on__gt=today - LAPSED)),
        )
    )
    Headcount.objects.filter(on=today).delete()
    Headcount.objects.bulk_create(Headcount(on=today, **row) for row in counted)


@atomic
def cohorts(today: date) -> None:
    """Count how many patrons of each month stayed, from the first and last loan of each."""
    month = TruncMonth("first_on")
    rows = Borrower.objects.filter(first_on__gt=today - COHORTS).order_by()
    counted = rows.values(began=month, last=TruncMonth("last_on")).annotate(count=Count("pk"))
    found: dict[date, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in counted:
        found[row["began"]][_months(row["began"], row["last"])] += row["count"]
    Cohort.objects.all().delete()
    Cohort.objects.bulk_create(
        Cohort(
            month=began,
            patrons=sum(stayed.values()),
            **{f"after_{each}": _retained_count(stayed, each, _months(began, today)) for each in AFTER},
        )
        for began, stayed in sorted(found.items())
    )


def _months(begin: date, end: date) -> int:
    return 12 * (end.year - begin.year) + end.month - begin.month


def _retained_count(stayed: dict[int, int], after: int, old: int) -> int | None:
    """Return how many stayed so long; None while the month in question is not over."""
    return sum(count for months, count in stayed.items() if months >= after) if old > after else None


def _contacts(now: datetime, today: date) -> None:
    found = records.freshness(now)
    facts = {"contacts": found.fields, "fresh": found.fresh, "bounced": found.bounced}
    Night.objects.update_or_create(on=today, defaults=facts)


def _messages(today: date, where: ZoneInfo) -> None:
    first = datetime.combine(today - timedelta(days=AGAIN), time.min, where)
    states = {name: Count("pk", filter=Q(state=state)) for name, state in STATES.items()}
    done = Message.objects.filter(done_at__gte=first).order_by()
    for row in done.values(day=TruncDate("done_at", tzinfo=where)).annotate(**states):
        facts = {name: row[name] for name in STATES}
        Night.objects.update_or_create(on=row["day"], defaults=facts)
