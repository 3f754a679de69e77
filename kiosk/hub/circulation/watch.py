"""Limit what one kiosk's key can do at the hub, and raise an alarm where a limit is reached.

A kiosk that was stolen or broken into has a key that signs as it likes. `rests` and `note` keep its damage small:
wrong PINs, codes sent, changes without a proof and erasures are counted per kiosk in the hub's database.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.hub.circulation.models import Attempt, ExceptionCase, Kiosk
from kiosk.hub.circulation.pins import Verdict

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
PIN, CODE, UNPROVED, ERASE = "pin", "code", "unproved", "erase"
"""What is counted, as `Attempt.What` names it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many within a span; the next one is refused, and staff are told."""

    most: int
    within: timedelta


LIMITS: dict[str, tuple[Limit, ...]] = {
    PIN: (Limit(10, timedelta(minutes=10)), Limit(100, DAY)),
    CODE: (Limit(20, timedelta(hours=1)),),
    UNPROVED: (Limit(5, DAY),),
    ERASE: (Limit(3, DAY),),
}
"""Wrong PINs: a card rests after five, so ten within minutes come from several cards, or from somebody who guesses."""


def rests(kiosk: Kiosk, what: str, now: datetime) -> bool:
    """Tell whether the kiosk has reached a limit and has to wait."""
    return any(_count(kiosk, what, now - each.within) >= each.most for each in LIMITS[what])


def note(kiosk: Kiosk, what: str, now: datetime) -> None:
    """Count one attempt; raise the alarm of the day where it is the last one allowed."""
    Attempt.objects.filter(kiosk=kiosk, at__lt=now - DAY).delete()
    Attempt.objects.create(kiosk=kiosk, what=Attempt.What(what), at=now)
    if rests(kiosk, what, now):
        alarm(kiosk, f"{what}_limit", now)


def alarm(kiosk: Kiosk, reason: str, now: datetime) -> None:
    """Open a case, once a day and reason, for what a kiosk in good order does not do."""
    log.error("kiosk %s: alarm: %s", kiosk.name, reason)
    ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        journal="",
        raw_hash=f"{reason} {now.date()}",
        defaults={"kind": ExceptionCase.Kind.ALARM, "reason": reason, "opened_at": now},
    )


def guarded(kiosk: Kiosk, now: datetime, check: Callable[[], Verdict]) -> Verdict:
    """Check a PIN or a code, unless too many were wrong at this kiosk: then it is locked, right or wrong."""
    if rests(kiosk, PIN, now):
        return "locked"
    verdict = check()
    if verdict == "wrong":
        note(kiosk, PIN, now)
    return verdict


def _count(kiosk: Kiosk, what: str, since: datetime) -> int:
    return int(Attempt.objects.filter(kiosk=kiosk, what=what, at__gt=since).count())
