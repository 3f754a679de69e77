"""Limit what one kiosk's key can do at the hub, and raise an alarm where a limit is reached.

A kiosk that was stolen or broken into has a key that signs as it likes. `reserve`, `rests` and `note` keep its damage
small: wrong PINs, codes sent, changes without a proof and erasures are counted per kiosk in the hub's database.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.circulation.models import Attempt, ExceptionCase, Kiosk
from hub.circulation.pins import Verdict

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
PIN, CODE, UNPROVED, ERASE = "pin", "code", "unproved", "erase"
"""Values of `Attempt.What`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Maximum number of attempts within a span; the next one is refused and raises an alarm."""

    most: int
    within: timedelta


LIMITS: dict[str, tuple[Limit, ...]] = {
    PIN: (Limit(10, timedelta(minutes=10)), Limit(100, DAY)),
    CODE: (Limit(20, timedelta(hours=1)),),
    UNPROVED: (Limit(5, DAY),),
    ERASE: (Limit(3, DAY),),
}
"""Wrong PINs: a card is locked after five, so ten within minutes come from several cards or from guessing."""


def rests(kiosk: Kiosk, what: str, now: datetime) -> bool:
    """Return whether the kiosk has reached a limit and has to wait."""
    return any(_count(kiosk, what, now - each.within) >= each.most for each in LIMITS[what])


def reserve(kiosk: Kiosk, what: str, now: datetime) -> Attempt | None:
    """Count an attempt before it is made, or return None if the kiosk has reached a limit and has to wait.

    Parallel requests see each other's attempts, so that no more of them pass than the limit allows. Call it outside a
    transaction, and `settle` after the attempt.
    """
    _forget_old(kiosk, now)
    attempt: Attempt = Attempt.objects.create(kiosk=kiosk, what=Attempt.What(what), at=now)
    if any(_count(kiosk, what, now - each.within) > each.most for each in LIMITS[what]):
        attempt.delete()
        return None
    return attempt


def settle(attempt: Attempt, counts: bool) -> None:
    """Keep an attempt that counts, else delete it.

    The last one allowed raises the alarm of the day.
    """
    if not counts:
        attempt.delete()
    elif rests(attempt.kiosk, attempt.what, attempt.at):
        alarm(attempt.kiosk, f"{attempt.what}_limit", attempt.at)


def note(kiosk: Kiosk, what: str, now: datetime) -> None:
    """Count one attempt of an uploaded row, for which the intake has locked the kiosk.

    Raise the alarm of the day if it is the last one allowed.
    """
    _forget_old(kiosk, now)
    settle(Attempt.objects.create(kiosk=kiosk, what=Attempt.What(what), at=now), counts=True)


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


def guarded(kiosk: Kiosk, now: datetime, check: Callable[[], Verdict]) -> Verdict:
    """Check a PIN or a code, unless too many were wrong at this kiosk: then it is locked, right or wrong."""
    attempt = reserve(kiosk, PIN, now)
    if attempt is None:
        return "locked"
    verdict = check()
    settle(attempt, counts=verdict == "wrong")
    return verdict


def _forget_old(kiosk: Kiosk, now: datetime) -> None:
    Attempt.objects.filter(kiosk=kiosk, at__lt=now - DAY).delete()


def _count(kiosk: Kiosk, what: str, since: datetime) -> int:
    return int(Attempt.objects.filter(kiosk=kiosk, what=what, at__gt=since).count())
