"""Says when somebody looks at more patrons than work asks for, and when data leave the house; stops nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kiosk.hub.audit.models import Act, Alarm, Look, Settled

if TYPE_CHECKING:
    from datetime import datetime

HOUR = timedelta(hours=1)


def heed(look: Look) -> None:
    """Raises an alarm where the look is one too many; one that goes on counts up instead of coming again."""
    if look.act == Act.EXPORT:
        Alarm.objects.create(kind=Alarm.Kind.EXPORT, staff=look.staff, at=look.at, ref=look.ref)
    if look.card:
        return
    lately = Look.objects.filter(staff=look.staff, card=False, at__gt=look.at - HOUR, at__lte=look.at)
    patrons = lately.values("ref").distinct().order_by().count()
    if patrons <= Settled.now().mass:
        return
    going_on = Alarm.objects.filter(kind=Alarm.Kind.MANY, staff=look.staff, at__gt=look.at - HOUR, seen_at=None)
    known = going_on.order_by("-at").first()
    if known is None:
        Alarm.objects.create(kind=Alarm.Kind.MANY, staff=look.staff, at=look.at, count=patrons)
    elif patrons > known.count:
        known.count = patrons
        known.save(update_fields=("count",))


def waiting() -> int:
    """How many nobody has seen."""
    count: int = Alarm.objects.filter(seen_at=None).count()
    return count


def see(pk: int, by: str, now: datetime) -> None:
    Alarm.objects.filter(pk=pk, seen_at=None).update(seen_by=by, seen_at=now)
