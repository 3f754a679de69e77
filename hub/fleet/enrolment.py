"""Issue one-time enrolment codes, stored as hashes, and exchange each for one device."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk
from hub.core.retrying_transaction import atomic
from hub.core.throttle import Limit, Throttle
from hub.fleet.models import Device, EnrolmentCode
from lending.request_signature import LETTERS, LOOK_UP, SECRET

GOOD_FOR = timedelta(minutes=15)
"""Time in which a code that is typed at the kiosk can be used."""
FILE_GOOD_FOR = timedelta(days=7)
"""Time in which the code in a kiosk.toml can be used: the card is written in one place and used in another."""
GUESSES = Throttle("enrolment code", Limit(5, timedelta(days=1)))
"""Wrong attempts before a code is locked for a day."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Permitted names of a kiosk."""


@dataclass(frozen=True, slots=True)
class CodeRefusal:
    """Why a code is rejected: `wrong_code`, `expired_code`, `used_code` or `dead_code` (too many attempts)."""

    detail: str


@atomic
def add(name: str, branch: Branch, returns: str | None = None) -> Kiosk:
    """Add a kiosk, or move an existing one to the branch, keeping its history and its device.

    Args:
        name: Name of the kiosk.
        branch: Branch where it stands.
        returns: The most trusted return mode that the hub accepts from it. None leaves it unchanged.
    """
    defaults: dict[str, object] = {"branch": branch}
    if returns:
        defaults["returns"] = Kiosk.Returns(returns)
    kiosk, _ = Kiosk.objects.update_or_create(name=name, defaults=defaults)
    return kiosk


@atomic
def new_code(kiosk: Kiosk, now: datetime, good_for: timedelta = GOOD_FOR) -> tuple[str, datetime]:
    """Issue a new code for the kiosk and delete its unused ones.

    Returns:
        The code, which cannot be retrieved later, and its expiry time.
    """
    EnrolmentCode.objects.filter(kiosk=kiosk, used_at=None).delete()
    EnrolmentCode.objects.filter(until__lt=now - timedelta(days=1)).delete()
    look_up = _letters(LOOK_UP)
    while EnrolmentCode.objects.filter(look_up=look_up).exists():
        look_up = _letters(LOOK_UP)
    code = look_up + _letters(SECRET)
    until = now + good_for
    EnrolmentCode.objects.create(kiosk=kiosk, look_up=look_up, code_hash=_hash(code), made_at=now, until=until)
    return code, until


def cancel_codes(kiosk: Kiosk) -> bool:
    """Delete the kiosk's unused codes, and return whether there were any."""
    return EnrolmentCode.objects.filter(kiosk=kiosk, used_at=None).delete()[0] > 0


def open_code(kiosk: Kiosk, now: datetime) -> EnrolmentCode | None:
    """Return the kiosk's code that can still enrol a device, or None."""
    found: EnrolmentCode | None = EnrolmentCode.objects.filter(kiosk=kiosk, used_at=None, until__gt=now).first()
    return found


@atomic
def enrol(code: str, public_key: str, now: datetime) -> Device | CodeRefusal:
    """Exchange a code for a device, once.

    A repeated request with the same key gets the same device while the code is valid. A wrong attempt is counted if its
    first letters are those of a valid code.
    """
    stored = EnrolmentCode.objects.select_for_update().filter(look_up=code[:LOOK_UP]).first()
    if stored is None:
        return CodeRefusal("wrong_code")
    attempt = GUESSES.take(str(stored.pk), now)
    if attempt is None:
        return CodeRefusal("dead_code")
    if not hmac.compare_digest(stored.code_hash, _hash(code)):
        return CodeRefusal("dead_code" if GUESSES.wait(str(stored.pk), now) else "wrong_code")
    attempt.give_back()
    if not stored.made_at - GOOD_FOR < now < stored.until:
        return CodeRefusal("expired_code")
    if stored.used_at is not None:
        device: Device | None = stored.device
        return device if device is not None and device.public_key == public_key else CodeRefusal("used_code")
    return _create_device(stored, public_key, now)


def _create_device(stored: EnrolmentCode, public_key: str, now: datetime) -> Device:
    device: Device = Device.objects.create(
        id=secrets.token_hex(16), kiosk=stored.kiosk, public_key=public_key, enrolled_at=now
    )
    stored.used_at, stored.device = now, device
    stored.save(update_fields=("used_at", "device"))
    return device


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def _hash(code: str) -> str:
    """Hash the code. A plain hash suffices: the code has 60 random bits and is valid for a week at most."""
    return hashlib.sha256(code.encode()).hexdigest()
