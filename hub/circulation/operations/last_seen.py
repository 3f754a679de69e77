"""Notes when a copy was in the library and finds what was noted; decides nothing about loans."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation.models import Loan, Sighting
from hub.circulation.operations.context import Actor
from hub.core.prepared_queries import Given, asked

SKEW = timedelta(minutes=2)
"""How far the clocks of hub and kiosks may lie apart: what is nearer than this is not called later."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when something may have happened of which nobody knows that."""
NEWEST = """
INSERT INTO circulation_sighting (item_id, seen, at, kiosk_id) VALUES (%s, %s, %s, %s)
ON CONFLICT (item_id, seen) DO UPDATE SET at = excluded.at, kiosk_id = excluded.kiosk_id
WHERE circulation_sighting.at < excluded.at
"""


def note(by: Actor, item: Item, *, seen: bool) -> None:
    """Notes that the copy is here now, if it is known when that is. The caller holds the item's row."""
    if by.believed:
        _note(by, item, seen)


def note_what_ends_no_loan(by: Actor, item: Item) -> None:
    """Notes a return of a copy that the hub has on no loan: one may come late, and then staff look.

    As a scan, which closes nothing. One by a clock that cannot be believed was here before the hub heard of it.
    """
    _note(by, item, seen=False)


def _note(by: Actor, item: Item, seen: bool) -> None:
    at = connection.ops.adapt_datetimefield_value(by.now)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, (item.pk, seen, at, by.kiosk.pk if by.kiosk else None))


@dataclass(frozen=True, slots=True)
class Later:
    """What was noted of a copy after something happened to it."""

    seen: Sighting | None = None
    scanned: Sighting | None = None
    unclear: Sighting | None = None
    """What may as well have been before: so near that clocks cannot tell, or nobody knows when the other thing was."""


def later(by: Actor, item: Item) -> Later:
    """Finds the sightings after what happened. What one kiosk tells comes in its order, and what it noted came before.

    But to a hub that was put back from a backup old rows come again, and what the kiosk still had to send came first.
    """
    since = (by.now if by.believed else by.since or LONG_AGO + SKEW) - SKEW
    own = by.kiosk.pk if by.kiosk else None
    found: list[Sighting] = _after(item.pk, since)
    after = {each.seen: each for each in found if by.believed and each.at > by.now + SKEW}
    near = [each for each in found if each not in after.values() and each.kiosk_id != own]
    unclear = [each for each in near if not _ends_what_began_before(since, item, each)]
    return Later(after.get(True), after.get(False), max(unclear, key=lambda each: each.at, default=None))


def _ends_what_began_before(since: datetime, item: Item, seen: Sighting) -> bool:
    """It was the end of an older loan: whoever borrowed the copy did so after that."""
    ended = Q(closed_at=seen.at) | Q(handed_in__at=seen.at)
    return Loan.objects.filter(ended, item=item, checked_out_at__lte=since).exists()


@asked
def _after() -> QuerySet:
    return Sighting.objects.filter(item_id=Given(0, BigIntegerField()), at__gt=Given(1, DateTimeField())).order_by()


def forget_scans(item: Item) -> None:
    """Staff have looked, and the copy was not there."""
    Sighting.objects.filter(item=item, seen=False).delete()
