"""Raise an alarm if a member of staff views more patrons than their work requires, and on every data export.

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
    """Raise an alarm if this view exceeds a limit, or update the count of one that is still open."""
    if look.act == Act.EXPORT:
        Alarm.objects.create(kind=Alarm.Kind.EXPORT, staff=look.staff, at=look.at, ref=look.ref)
    recent = AccessLogEntry.objects.filter(staff=look.staff, at__gt=look.at - HOUR, at__lte=look.at)
    settings = SecuritySettings.now()
    if not look.card:
        _count(Alarm.Kind.MANY, look, recent.filter(card=False), settings.mass)
    _count(Alarm.Kind.ALL, look, recent, settings.mass_in_all)


def _count(kind: Alarm.Kind, look: AccessLogEntry, recent: QuerySet[AccessLogEntry], limit: int) -> None:
    patrons = recent.values("ref").distinct().order_by().count()
    if patrons <= limit:
        return
    unseen = Alarm.objects.filter(kind=kind, staff=look.staff, at__gt=look.at - HOUR, seen_at=None)
    alarm = unseen.order_by("-at").first()
    if alarm is None:
        Alarm.objects.create(kind=kind, staff=look.staff, at=look.at, count=patrons)
    elif patrons > alarm.count:
        alarm.count = patrons
        alarm.save(update_fields=("count",))


def waiting() -> int:
    """Return the number of alarms that no administrator has marked as seen."""
    return Alarm.objects.filter(seen_at=None).count()


def see(pk: int, by: str, now: datetime) -> None:
    """Mark an alarm as seen; the first member of staff to do so is recorded."""
    Alarm.objects.filter(pk=pk, seen_at=None).update(seen_by=by, seen_at=now)
