"""Limit how many cards each kiosk looks up.

Without a limit, a stolen key could read the loans of every patron.
"""

from datetime import datetime, timedelta

from hub.circulation import cards, watch
from hub.circulation.models import Attempt, Kiosk

WITHIN = timedelta(hours=1)
ALARM, MOST = 300, 1000
"""Distinct cards per kiosk and hour: ALARM opens an alarm for staff, MOST is the limit."""


def may_look_up(kiosk: Kiosk, card: str, now: datetime) -> bool:
    """Count a card for the kiosk that asks about it; False if the kiosk has asked about `MOST` others.

    The count is in the database, which all processes of the hub share. A keyed hash of the card is stored for an hour.
    """
    counted = Attempt.objects.filter(what=Attempt.What.CARD, kiosk=kiosk, at__gt=now - WITHIN)
    mark = cards.hashed(f"looked up {card}")[:16]
    if counted.filter(mark=mark).exists():
        return True
    Attempt.objects.filter(what=Attempt.What.CARD, at__lte=now - WITHIN).delete()
    attempt = Attempt.objects.create(kiosk=kiosk, what=Attempt.What.CARD, mark=mark, at=now)
    number = counted.count()
    if number > MOST:
        attempt.delete()
        return False
    if number >= ALARM:
        watch.alarm(kiosk, "cards_limit", now)
    return True
