"""Check PINs and limit the rate of guesses, without revealing whether a card exists."""

from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.hashers import check_password, make_password

from hub.circulation.models import Card, Patron
from hub.core.retrying_transaction import atomic

Verdict = Literal["right", "wrong", "locked"]

HASHER = "scrypt_pin"
PAUSES = {5: timedelta(minutes=15), 10: timedelta(hours=1)}
"""Pause of the card after that many wrong PINs in a row; from the tenth, each costs the longest pause."""
A_DAY, DAY = 10, timedelta(days=1)
"""Maximum number of wrong PINs within a day, however many right ones come between."""


def set_pin(patron: Patron, pin: str) -> None:
    """Store the hash of the patron's new PIN and end a pause."""
    patron.pin, patron.pin_failures, patron.pin_tries, patron.pin_locked_until = _hashed(pin), 0, [], None
    patron.save(update_fields=("pin", "pin_failures", "pin_tries", "pin_locked_until"))


def is_pin(patron: Patron, pin: str) -> bool:
    """Return whether this is the patron's PIN already.

    It is for repeated imports of a sheet only: it has no rate limit.
    """
    return bool(patron.pin) and check_password(pin, patron.pin, preferred=HASHER)


def _hashed(pin: str) -> str:
    made: str = make_password(pin, hasher=HASHER)
    return made


@atomic
def check(card: Card | None, pin: str, now: datetime) -> Verdict:
    """Check a PIN entered at a kiosk. An unknown card takes the same time as a wrong PIN."""
    if card is None:
        _hashed(pin)
        return "wrong"
    patron = Patron.objects.select_for_update().get(pk=card.patron_id)
    if patron.pin_locked_until is not None and now < patron.pin_locked_until:
        return "locked"
    if patron.pin and check_password(pin, patron.pin, preferred=HASHER):
        patron.pin_failures, patron.pin_locked_until = 0, None
        patron.save(update_fields=("pin_failures", "pin_locked_until"))
        return "right"
    if not patron.pin:
        _hashed(pin)
    _count(patron, now)
    return "wrong"


def _count(patron: Patron, now: datetime) -> None:
    patron.pin_failures += 1
    tries = [*(each for each in map(datetime.fromisoformat, patron.pin_tries) if now - each < DAY), now]
    pause = PAUSES[10] if patron.pin_failures >= 10 else PAUSES.get(patron.pin_failures)
    ends = [now + pause] if pause else []
    ends += [tries[-A_DAY] + DAY] if len(tries) >= A_DAY else []
    patron.pin_locked_until = max(ends, default=None)
    patron.pin_tries = [each.isoformat() for each in tries[-A_DAY:]]
    patron.save(update_fields=("pin_failures", "pin_tries", "pin_locked_until"))
