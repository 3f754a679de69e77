"""Authenticate devices by their signatures, revoke them, and record when a kiosk was last seen."""

from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import CharField, QuerySet

from hub.circulation.models import Kiosk
from hub.core.prepared_queries import Param, prepared_query
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
