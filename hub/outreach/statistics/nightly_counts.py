"""Count nightly what is too slow for a page: groups, key patrons, activity, cohorts and messages."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncMonth

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import contact_checks
from hub.outreach.patrons.key_patrons import key_persons
from hub.outreach.statistics.models import Borrower, Cohort, Headcount, Night

ACTIVE, FRESH, LAPSED = timedelta(days=180), timedelta(days=60), timedelta(days=365)
"""Active: a loan in 180 days. New: the first in 60. Lapsing: none in 60. Lapsed: the last 180 to 365 ago."""
COHORTS = timedelta(days=2 * 366)
"""How far back cohorts are counted."""
AFTER = (1, 3, 6, 12)
AGAIN = 8
"""Days whose messages are counted again each night, because a mail may bounce late."""
CHUNK = 500


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
    found = contact_checks.freshness(now)
    facts = {"contacts": found.fields, "fresh": found.fresh, "bounced": found.bounced}
    Night.objects.update_or_create(on=today, defaults=facts)


def _messages(today: date, where: ZoneInfo) -> None:
    first = datetime.combine(today - timedelta(days=AGAIN), time.min, where)
    states = {name: Count("pk", filter=Q(state=state)) for name, state in STATES.items()}
    done = Message.objects.filter(done_at__gte=first).order_by()
    for row in done.values(day=TruncDate("done_at", tzinfo=where)).annotate(**states):
        facts = {name: row[name] for name in STATES}
        Night.objects.update_or_create(on=row["day"], defaults=facts)


STATES = {"said": Message.State.SAID, "failed": Message.State.GIVEN_UP, "withheld": Message.State.WITHHELD}
