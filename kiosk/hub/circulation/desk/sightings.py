"""Notes when a copy was in the library and finds what was noted; decides nothing about loans."""

from datetime import timedelta

from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation.desk.terms import By
from kiosk.hub.circulation.models import Sighting

SKEW = timedelta(minutes=2)
"""How far the clocks of hub and kiosks may lie apart: what is nearer than this is not called later."""


def note(by: By, item: Item, *, seen: bool) -> None:
    """Notes that the copy is here now, if it is known when that is. The caller holds the item's row."""
    if not by.believed:
        return
    last, fresh = Sighting.objects.get_or_create(item=item, seen=seen, defaults={"at": by.now, "kiosk": by.kiosk})
    if not fresh and last.at < by.now:
        last.at, last.kiosk = by.now, by.kiosk
        last.save(update_fields=("at", "kiosk"))


def later(by: By, item: Item, *, seen: bool) -> Sighting | None:
    """Finds a sighting after what happened, by somebody else: what one kiosk tells comes in its order."""
    if not by.believed:
        return None
    found: Sighting | None = Sighting.objects.filter(item=item, seen=seen, at__gt=by.now + SKEW).first()
    return None if found is None or found.kiosk_id == (by.kiosk.pk if by.kiosk else None) else found


def forget_scans(item: Item) -> None:
    """Staff have looked, and the copy was not there."""
    Sighting.objects.filter(item=item, seen=False).delete()
