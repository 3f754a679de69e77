"""Raise an alarm if a member of staff views more patrons than work requires, and on every data export.

Views without a card count against a low limit. All views count against a higher one, because a card can be forged.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hub.audit.models import AccessLogEntry, Act, Alarm, SecuritySettings

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

HOUR = timedelta(hours=1)


def check(look: AccessLogEntry) -> None:
    """Raise an alarm if this view exceeds a limit; an alarm still open has its count raised instead."""
    if look.act == Act.EXPORT:
        Alarm.objects.create(kind=Alarm.Kind.EXPORT, staff=look.staff, at=look.at, ref=look.ref)
    lately = AccessLogEntry.objects.filter(staff=look.staff, at__gt=look.at - HOUR, at__lte=look.at)
    settled = SecuritySettings.now()
    if not look.card:
        _count(Alarm.Kind.MANY, look, lately.filter(card=False), settled.mass)
    _count(Alarm.Kind.ALL, look, lately, settled.mass_in_all)


def _count(kind: Alarm.Kind, look: AccessLogEntry, lately: QuerySet[AccessLogEntry], limit: int) -> None:
    patrons = lately.values("ref").distinct().order_by().count()
    if patrons <= limit:
        return
    going_on = Alarm.objects.filter(kind=kind, staff=look.staff, at__gt=look.at - HOUR, seen_at=None)
    known = going_on.order_by("-at").first()
    if known is None:
        Alarm.objects.create(kind=kind, staff=look.staff, at=look.at, count=patrons)
    elif patrons > known.count:
        known.count = patrons
        known.save(update_fields=("count",))


def waiting() -> int:
    """Return the number of alarms that no administrator has marked as seen."""
    return Alarm.objects.filter(seen_at=None).count()


def see(pk: int, by: str, now: datetime) -> None:
    """Mark an alarm as seen; the first member of staff to do so is recorded."""
    Alarm.objects.filter(pk=pk, seen_at=None).update(seen_by=by, seen_at=now)
