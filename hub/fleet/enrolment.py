"""Makes one-time codes and turns each into one device; of a code it keeps a hash alone."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.catalogue.models import Branch
from hub.circulation.models import Kiosk
from hub.core.retrying_transaction import atomic
from hub.fleet.models import Device, EnrolmentCode
from lending.request_signature import LETTERS, LOOK_UP, SECRET

GOOD_FOR = timedelta(minutes=15)
WRONG_TRIES = 5
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""How a kiosk may be called."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a code does not enrol: `wrong_code`, `expired_code`, `used_code` or `dead_code`."""

    detail: str


@atomic
def add(name: str, branch: Branch, returns: str | None = None) -> Kiosk:
    """Adds a kiosk, or moves a known one to the branch; its history and its device stay.

    Args:
        returns: How far the hub believes its returns; None leaves it as it is.
    """
    believed = {"returns": Kiosk.Returns(returns)} if returns else {}
    kiosk, _ = Kiosk.objects.update_or_create(name=name, defaults={"branch": branch, **believed})
    found: Kiosk = kiosk
    return found


@atomic
def new_code(kiosk: Kiosk, now: datetime) -> tuple[str, datetime]:
    """Gives the kiosk a fresh code and ends its unused ones. The code is told this once, with the end of its time."""
    EnrolmentCode.objects.filter(kiosk=kiosk, used_at=None).delete()
    EnrolmentCode.objects.filter(made_at__lt=now - timedelta(days=1)).delete()
    look_up = _letters(LOOK_UP)
    while EnrolmentCode.objects.filter(look_up=look_up).exists():
        look_up = _letters(LOOK_UP)
    code = look_up + _letters(SECRET)
    EnrolmentCode.objects.create(kiosk=kiosk, look_up=look_up, code_hash=_hash(code), made_at=now)
    return code, now + GOOD_FOR


@atomic
def enrol(code: str, public_key: str, now: datetime) -> Device | Refusal:
    """Makes the device of this code, once; the same key may ask again while the code is good and gets the same device.

    A wrong try is counted where the first letters name a code that lives.
    """
    kept = EnrolmentCode.objects.select_for_update().filter(look_up=code[:LOOK_UP]).first()
    if kept is None:
        return Refusal("wrong_code")
    if kept.wrong_tries >= WRONG_TRIES:
        return Refusal("dead_code")
    if not hmac.compare_digest(kept.code_hash, _hash(code)):
        kept.wrong_tries += 1
        kept.save(update_fields=("wrong_tries",))
        return Refusal("dead_code" if kept.wrong_tries >= WRONG_TRIES else "wrong_code")
    if not kept.made_at - GOOD_FOR < now < kept.made_at + GOOD_FOR:
        return Refusal("expired_code")
    if kept.used_at is not None:
        device: Device | None = kept.device
        return device if device is not None and device.public_key == public_key else Refusal("used_code")
    return _used(kept, public_key, now)


def _used(kept: EnrolmentCode, public_key: str, now: datetime) -> Device:
    device: Device = Device.objects.create(
        id=secrets.token_hex(16), kiosk=kept.kiosk, public_key=public_key, enrolled_at=now
    )
    kept.used_at, kept.device = now, device
    kept.save(update_fields=("used_at", "device"))
    return device


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def _hash(code: str) -> str:
    """The code has 60 bits of chance and lives for 15 minutes, so a plain hash is enough."""
    return hashlib.sha256(code.encode()).hexdigest()
