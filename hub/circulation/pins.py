"""Check PINs and limit the rate of guesses, without revealing whether a card exists."""

from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.hashers import ScryptPasswordHasher, check_password, make_password

from hub.circulation.models import Patron
from hub.core.models import Attempt
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Delay, Limit, Throttle

Verdict = Literal["right", "wrong", "locked"]

HASHER = "scrypt_pin"
PAUSES = {5: timedelta(minutes=15), 10: timedelta(hours=1)}
"""Pause of the card after that many wrong PINs in a row; from the tenth, each costs the longest pause."""
IN_A_ROW = Throttle(
    "PIN in a row", Delay(timedelta(days=30), lambda wrong: PAUSES.get(min(wrong, max(PAUSES)), timedelta(0)))
)
OF_A_DAY = Throttle("PIN of a day", Limit(10, timedelta(days=1)))
"""Wrong PINs within a day, however many right ones come between."""


def set_pin(patron: Patron, pin: str) -> None:
    """Store the hash of the patron's new PIN and end a pause."""
    patron.pin = _hash_pin(pin)
    patron.save(update_fields=("pin",))
    forget_wrong(patron)


def forget_wrong(patron: Patron) -> None:
    """Delete the counts of wrong PINs, which ends a pause."""
    IN_A_ROW.forget(patron.ref)
    OF_A_DAY.forget(patron.ref)


def locked_until(patron: Patron, now: datetime) -> datetime | None:
    """Return when the pause ends in which no PIN of the patron is accepted; None if there is none."""
    wait = max(each.wait(patron.ref, now) for each in (IN_A_ROW, OF_A_DAY))
    return now + wait if wait else None


def is_pin(patron: Patron, pin: str) -> bool:
    """Return whether this is the patron's PIN already.

    It is for repeated imports of a sheet only: it has no rate limit.
    """
    return bool(patron.pin) and check_password(pin, patron.pin, preferred=HASHER)


def _hash_pin(pin: str) -> str:
    return make_password(pin, hasher=HASHER)


def check(patron: Patron | None, pin: str, now: datetime) -> Verdict:
    """Check a PIN entered at a kiosk or on a phone. An unknown patron takes the same time as a wrong PIN."""
    if patron is None:
        _hash_pin(pin)
        return "wrong"
    attempts = _take(patron, now)
    if attempts is None:
        return "locked"
    if patron.pin and check_password(pin, patron.pin, preferred=HASHER):
        _was_right(patron, attempts)
        return "right"
    if not patron.pin:
        _hash_pin(pin)
    return "wrong"


@atomic
def _take(patron: Patron, now: datetime) -> list[Attempt] | None:
    """Count an attempt before the PIN is checked; return None during a pause."""
    OF_A_DAY.lock(patron.ref)
    if locked_until(patron, now):
        return None
    return [each.count(patron.ref, now) for each in (IN_A_ROW, OF_A_DAY)]


@atomic
def _was_right(patron: Patron, attempts: list[Attempt]) -> None:
    for each in attempts:
        each.give_back()
    IN_A_ROW.forget(patron.ref)


class PinHasher(ScryptPasswordHasher):
    """scrypt at a quarter of Django's cost: a stolen table yields ten thousand possible PINs at any cost.

    A PIN is protected by the rate limit on attempts at kiosks (`hub.circulation.pins`).
    """

    algorithm = "scrypt_pin"
    work_factor = 2**12
