"""Authenticate devices by their signatures, revoke them, and record when a kiosk was last seen."""

import threading
from datetime import datetime, timedelta

from django.apps import apps
from django.db import transaction
from django.db.models import BooleanField, CharField, Func, QuerySet, Value
from django.db.models.lookups import Exact

from hub.circulation.models import Kiosk
from hub.core.prepared_queries import Param, prepared_query, prepared_update
from hub.core.retrying_transaction import atomic, retry_on_lock
from hub.fleet.models import Device, EnrolmentCode
from lending.request_signature import Claim, request_text, verifies

SEEN = timedelta(minutes=1)
"""Resolution of the time at which a kiosk was last seen."""
UNKNOWN, BAD, REVOKED, OLD = "unknown_device", "bad_signature", "revoked", "old_counter"


def authenticate(claim: Claim, method: str, target: str, body: bytes, now: datetime) -> Device | str:
    """Return the device that sent the request, with its counter advanced, or the reason for refusal.

    Nothing is changed before the signature is verified, so that a stranger cannot advance a device's counter.
    """
    device: Device | None = next(iter(_device(claim.device)), None)
    if device is None:
        return UNKNOWN
    text = request_text(claim.device, claim.counter, method, target, body)
    if not verifies(device.public_key, text, claim.signature):
        return BAD
    if device.revoked_at is not None:
        return REVOKED
    if not apps.get_app_config("fleet").counters.take(device.pk, claim.counter):
        return OLD
    if device.confirmed_at is None:
        confirm(device, now)
    _record_contact(device.kiosk, now)
    return device


@prepared_query
def _device() -> QuerySet:
    return Device.objects.select_related("kiosk__branch").filter(pk=Param(0, CharField())).order_by()


@atomic
def confirm(device: Device, now: datetime) -> None:
    """Confirm the device after its first signed request; every other device of this kiosk is revoked."""
    if not Device.objects.filter(pk=device.pk, revoked_at=None).update(confirmed_at=now):
        return
    Device.objects.filter(kiosk=device.kiosk, revoked_at=None).exclude(pk=device.pk).update(revoked_at=now)
    Kiosk.objects.filter(pk=device.kiosk.pk).update(revoked_at=None)


@atomic
def revoke(kiosk: Kiosk, now: datetime) -> None:
    """Revoke the kiosk: its next request is refused, and its unused enrolment codes are deleted."""
    EnrolmentCode.objects.filter(kiosk=kiosk, used_at=None).delete()
    Device.objects.filter(kiosk=kiosk, revoked_at=None).update(revoked_at=now)
    Kiosk.objects.filter(pk=kiosk.pk).update(revoked_at=now)


def _record_contact(kiosk: Kiosk, now: datetime) -> None:
    if kiosk.seen_at is None or not kiosk.seen_at <= now < kiosk.seen_at + SEEN:
        retry_on_lock(lambda: Kiosk.objects.filter(pk=kiosk.pk).update(seen_at=now))


BLOCK = 1000
"""Request numbers reserved per disk write on SQLite."""


class RequestCounters:
    """Replay protection for all processes and hubs that share a database.

    On PostgreSQL the database stores the highest number of each device, without waiting for the disk. On SQLite every
    write would wait for the disk, so the single process keeps the numbers in memory, below a limit that it reserves in
    the database. A hub accepts a number below its own limit, or above the limits of all hubs. So no two hubs accept the
    same number, and a restarted hub accepts none that was used before.
    """

    def __init__(self) -> None:
        self._taken: dict[str, tuple[int, int]] = {}
        """Per device: the highest number accepted, and the limit that this process has reserved."""
        self._changing, self._reserving = threading.Lock(), threading.Lock()

    def take(self, device: str, counter: int) -> bool:
        """Accept the number; return False if it, or a higher one, was accepted before."""
        if transaction.get_connection().vendor == "postgresql":
            return bool(_advance(device, counter))
        known = self._take_reserved(device, counter)
        if known is not None:
            return known
        # Check again: another thread may have reserved a block while this one waited for the lock
        with self._reserving:
            known = self._take_reserved(device, counter)
            return self._reserve(device, counter) if known is None else known

    def _take_reserved(self, device: str, counter: int) -> bool | None:
        """Return whether the number is accepted; None if it is above what this process has reserved."""
        with self._changing:
            taken, limit = self._taken.get(device, (0, 0))
            if counter <= taken:
                return False
            if counter > limit:
                return None
            self._taken[device] = counter, limit
            return True

    def _reserve(self, device: str, counter: int) -> bool:
        lower = Device.objects.filter(pk=device, counter__lt=counter)
        if not retry_on_lock(lambda: lower.update(counter=counter + BLOCK)):
            return False
        with self._changing:
            taken, limit = self._taken.get(device, (0, 0))
            self._taken[device] = max(taken, counter), max(limit, counter + BLOCK)
        return True


@prepared_update
def _advance() -> tuple[QuerySet, dict[str, Param]]:
    """Store a higher number in its own transaction, which does not wait for the disk.

    The next transaction that does wait also writes this one. If there is none, a crash of PostgreSQL loses the numbers
    of less than a second. Source: PostgreSQL 15, "Asynchronous Commit".
    """
    asynchronous = Func(Value("synchronous_commit"), Value("off"), Value(True, BooleanField()), function="set_config")
    asynchronous.output_field = CharField()
    lower = Device.objects.filter(Exact(asynchronous, "off"), pk=Param(0, CharField()), counter__lt=Param(1))
    return lower, {"counter": Param(1)}
