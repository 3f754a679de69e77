"""Record when a copy was in the library: its last sighting, and in-house use, which is reading without a loan."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation.models import InHouseUse, Loan, Sighting
from hub.circulation.operations.context import Actor, OperationResult, append_event, lock_item, not_at_hand
from hub.core.prepared_queries import Param, prepared_query
from hub.core.retrying_transaction import atomic
from lending.model import Block, Reason

SKEW = timedelta(minutes=2)
"""Tolerance between the clocks of hub and kiosks: events closer than this cannot be ordered."""
AGAIN = timedelta(hours=1)
"""Scans of a copy within this time belong to the same use."""
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
class LaterSightings:
    """The sightings of a copy after a transaction."""

    seen: Sighting | None = None
    scanned: Sighting | None = None
    unclear: Sighting | None = None
    """A sighting whose order is uncertain: within the clocks' tolerance, or the transaction's time is unknown."""


def later(by: Actor, item: Item) -> LaterSightings:
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
    return LaterSightings(after.get(True), after.get(False), max(unclear, key=lambda each: each.at, default=None))


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


@atomic
def use_in_house(by: Actor, item: Item) -> OperationResult | Block:
    """Count the use of a copy that staff found on a table.

    Returns:
        A Block that says where the copy should be instead, or Block(NOTHING_TO_UNDO) if it was seen within the hour,
            because a use is counted once.
    """
    item = lock_item(item)
    if elsewhere := not_at_hand(item):
        return elsewhere
    fresh = is_fresh(by, item)
    note(by, item, seen=True)
    if not fresh:
        return Block(Reason.NOTHING_TO_UNDO)
    count_use(by, item)
    return OperationResult()


def is_fresh(by: Actor, item: Item) -> bool:
    """Return whether the copy was not seen within the hour. Call it before the present scan is recorded.

    A loan closed by a sheet of the ILS counts too: the copy was returned, although no sighting was recorded.
    """
    lately = (by.now - AGAIN, by.now)
    seen = Sighting.objects.filter(item=item, at__gt=lately[0], at__lte=lately[1])
    back = Loan.objects.filter(item=item, state=Loan.State.RETURNED, closed_at__gt=lately[0], closed_at__lte=lately[1])
    return not seen.exists() and not back.exists()


def count_use(by: Actor, item: Item) -> None:
    """Count a use and append it to the feed.

    The caller has locked the item's row and knows that it is not on loan.
    """
    InHouseUse.objects.create(item=item, branch=by.branch, at=by.now)
    _tell("used_in_house", by, item)


def remove_use(by: Actor, item: Item, seen: datetime) -> None:
    """Remove a use that was counted for a copy without a loan, because its loan was uploaded late."""
    first = InHouseUse.objects.filter(item=item, at__gte=min(by.now, seen)).order_by("at").first()
    if first is not None:
        _tell("used_in_house_undone", replace(by, now=first.at, branch=first.branch), item)
        first.delete()


def _tell(kind: str, by: Actor, item: Item) -> None:
    append_event(kind, by.now, item=item.barcode, title=item.title_id, type=item.type.code, **by.actor_facts())
