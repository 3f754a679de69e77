"""Limit how many cards each kiosk looks up.

Without a limit, a stolen key could read the loans of every patron.
"""

from datetime import datetime, timedelta

from hub.circulation import cards, watch
from hub.circulation.models import Kiosk
from hub.core.throttle import Limit, Throttle

ALARM, MOST = 300, 1000
"""Distinct cards per kiosk and hour: ALARM opens an alarm for staff, MOST is the limit."""
CARDS = Throttle("kiosk card", Limit(MOST, timedelta(hours=1)))


def may_look_up(kiosk: Kiosk, card: str, now: datetime) -> bool:
    """Count a card for the kiosk that asks about it; False if the kiosk has asked about `MOST` others.

    The count is in the database, which all processes of the hub share. A keyed hash of the card is stored for an hour.
    """
    mark = cards.hashed(f"looked up {card}")[:16]
    if CARDS.attempts(kiosk.name, now).filter(mark=mark).exists():
        return True
    if CARDS.take(kiosk.name, now, mark) is None:
        return False
    if CARDS.attempts(kiosk.name, now).count() >= ALARM:
        watch.alarm(kiosk, "cards_limit", now)
    return True
