"""Record when a copy was in the library, and find the sightings after a late transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation.models import Loan, Sighting
from hub.circulation.operations.context import Actor
from hub.core.prepared_queries import Param, prepared_query

SKEW = timedelta(minutes=2)
"""Tolerance between the clocks of hub and kiosks: events closer than this cannot be ordered."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Earliest possible time of a transaction whose time is unknown."""
NEWEST = """
INSERT INTO circulation_sighting (item_id, seen, at, kiosk_id) VALUES (%s, %s, %s, %s)
ON CONFLICT (item_id, seen) DO UPDATE SET at = excluded.at, kiosk_id = excluded.kiosk_id
WHERE circulation_sighting.at < excluded.at
"""


def note(by: Actor, item: Item, *, seen: bool) -> None:
    """Record that the copy is present, unless the time is uncertain. The caller has locked the item's row."""
    if by.believed:
        _note(by, item, seen)


def note_what_ends_no_loan(by: Actor, item: Item) -> None:
    """Record the return of a copy that is not on loan.

    Its loan may be uploaded late, and staff must then check. It is recorded as a scan, which closes no loan, even if
    the time is uncertain: the copy was here before the hub received the return.
    """
    _note(by, item, seen=False)


def _note(by: Actor, item: Item, seen: bool) -> None:
    at = connection.ops.adapt_datetimefield_value(by.now)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, (item.pk, seen, at, by.kiosk.pk if by.kiosk else None))


@dataclass(frozen=True, slots=True)
class Later:
    """The sightings of a copy after a transaction."""

    seen: Sighting | None = None
    scanned: Sighting | None = None
    unclear: Sighting | None = None
    """A sighting whose order is uncertain: within the clocks' tolerance, or the transaction's time is unknown."""


def later(by: Actor, item: Item) -> Later:
    """Return the sightings of the copy after the transaction.

    A kiosk uploads its transactions in order, so its own sightings came before. After the hub was restored from a
    backup, kiosks upload old rows again, after the rows that were still waiting.
    """
    since = (by.now if by.believed else by.since or LONG_AGO + SKEW) - SKEW
    own = by.kiosk.pk if by.kiosk else None
    found: list[Sighting] = _sightings_since(item.pk, since)
    after = {each.seen: each for each in found if by.believed and each.at > by.now + SKEW}
    near = [each for each in found if each not in after.values() and each.kiosk_id != own]
    unclear = [each for each in near if not _ends_what_began_before(since, item, each)]
    return Later(after.get(True), after.get(False), max(unclear, key=lambda each: each.at, default=None))


def _ends_what_began_before(since: datetime, item: Item, seen: Sighting) -> bool:
    """Return whether the sighting ended an older loan: the copy was then borrowed after it."""
    ended = Q(closed_at=seen.at) | Q(handed_in__at=seen.at)
    return Loan.objects.filter(ended, item=item, checked_out_at__lte=since).exists()


@prepared_query
def _sightings_since() -> QuerySet:
    return Sighting.objects.filter(item_id=Param(0, BigIntegerField()), at__gt=Param(1, DateTimeField())).order_by()


def forget_scans(item: Item) -> None:
    """Delete scans of the copy, because staff have looked for it and not found it."""
    Sighting.objects.filter(item=item, seen=False).delete()
