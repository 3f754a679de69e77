"""Notes when a copy was in the library and finds what was noted; decides nothing about loans."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, QuerySet

from kiosk.hub.asking import Given, asked
from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation.desk.terms import By
from kiosk.hub.circulation.models import Sighting

SKEW = timedelta(minutes=2)
"""How far the clocks of hub and kiosks may lie apart: what is nearer than this is not called later."""
NEWEST = """
INSERT INTO circulation_sighting (item_id, seen, at, kiosk_id) VALUES (%s, %s, %s, %s)
ON CONFLICT (item_id, seen) DO UPDATE SET at = excluded.at, kiosk_id = excluded.kiosk_id
WHERE circulation_sighting.at < excluded.at
"""


def note(by: By, item: Item, *, seen: bool) -> None:
    """Notes that the copy is here now, if it is known when that is. The caller holds the item's row."""
    if not by.believed:
        return
    at = connection.ops.adapt_datetimefield_value(by.now)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, (item.pk, seen, at, by.kiosk.pk if by.kiosk else None))


@dataclass(frozen=True, slots=True)
class Later:
    """What was noted of a copy after something happened to it, by somebody else."""

    seen: Sighting | None = None
    scanned: Sighting | None = None


def later(by: By, item: Item) -> Later:
    """Finds the sightings after what happened, by somebody else: what one kiosk tells comes in its order."""
    if not by.believed:
        return Later()
    own = by.kiosk.pk if by.kiosk else None
    found: list[Sighting] = _after(item.pk, by.now + SKEW)
    by_kind = {each.seen: each for each in found if each.kiosk_id != own}
    return Later(by_kind.get(True), by_kind.get(False))


@asked
def _after() -> QuerySet:
    return Sighting.objects.filter(item_id=Given(0, BigIntegerField()), at__gt=Given(1, DateTimeField())).order_by()


def forget_scans(item: Item) -> None:
    """Staff have looked, and the copy was not there."""
    Sighting.objects.filter(item=item, seen=False).delete()
