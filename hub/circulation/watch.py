"""Limit what one kiosk's key can do at the hub, and raise an alarm where a limit is reached.

A kiosk that was stolen or broken into has a key that signs as it likes. `reserve`, `rests` and `note` keep its damage
small: wrong PINs, codes sent, changes without a proof and erasures are counted per kiosk in the hub's database.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.circulation.models import ExceptionCase, Kiosk
from hub.circulation.pins import Verdict
from hub.core.models import Attempt
from hub.core.throttle import Limit, Throttle

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
PIN, CODE, UNPROVED, ERASE = "pin", "code", "unproved", "erase"
THROTTLES = {
    PIN: Throttle("kiosk pin", Limit(10, timedelta(minutes=10)), Limit(100, DAY)),
    CODE: Throttle("kiosk code", Limit(20, timedelta(hours=1))),
    UNPROVED: Throttle("kiosk unproved", Limit(5, DAY)),
    ERASE: Throttle("kiosk erase", Limit(3, DAY)),
}
"""Attempts of one kiosk, by kind; the last one allowed raises an alarm.

Wrong PINs: a card is locked after five, so ten within minutes come from several cards or from guessing.
"""


def rests(kiosk: Kiosk, what: str, now: datetime) -> bool:
    """Return whether the kiosk has reached a limit and has to wait."""
    return bool(THROTTLES[what].wait(kiosk.name, now))


def reserve(kiosk: Kiosk, what: str, now: datetime) -> Attempt | None:
    """Count an attempt before it is made, or return None if the kiosk has reached a limit and has to wait.

    Call it outside a transaction, and `settle` after the attempt.
    """
    return THROTTLES[what].take(kiosk.name, now)


def settle(kiosk: Kiosk, what: str, attempt: Attempt, counts: bool) -> None:
    """Keep an attempt that counts, else give it back.

    The last one allowed raises the alarm of the day.
    """
    if not counts:
        attempt.give_back()
    elif rests(kiosk, what, attempt.at):
        alarm(kiosk, f"{what}_limit", attempt.at)


def note(kiosk: Kiosk, what: str, now: datetime) -> None:
    """Count one attempt of an uploaded row, for which the intake has locked the kiosk.

    Raise the alarm of the day if it is the last one allowed.
    """
    settle(kiosk, what, THROTTLES[what].count(kiosk.name, now), counts=True)


def alarm(kiosk: Kiosk, reason: str, now: datetime) -> None:
    """Open a case, once per day and reason, for behaviour that a working kiosk does not show."""
    _case, is_new = ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        journal="",
        raw_hash=f"{reason} {now.date()}",
        defaults={"kind": ExceptionCase.Kind.ALARM, "reason": reason, "opened_at": now},
    )
    if is_new:
        log.error("kiosk %s: alarm: %s", kiosk.name, reason)


def check_guarded(kiosk: Kiosk, now: datetime, check: Callable[[], Verdict]) -> Verdict:
    """Check a PIN or a code, unless too many were wrong at this kiosk: then it is locked, right or wrong."""
    attempt = reserve(kiosk, PIN, now)
    if attempt is None:
        return "locked"
    verdict = check()
    settle(kiosk, PIN, attempt, counts=verdict == "wrong")
    return verdict
