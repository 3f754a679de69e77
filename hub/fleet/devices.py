"""Authenticate kiosks by their signatures, sign the hub's answers, revoke devices, and limit card look-ups.

The hub's key is in the state directory.
"""

import threading
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, CharField, Func, QuerySet, Value
from django.db.models.lookups import Exact
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.security.base import AuthBase
from pydantic import BaseModel

from hub.circulation import cards, watch
from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query, prepared_update
from hub.core.retrying_transaction import atomic, retry_on_lock
from hub.core.state_directory import secret
from hub.core.throttle import Limit, Throttle
from hub.fleet.models import Device, EnrolmentCode
from lending import wire
from lending.request_signature import (
    ANSWER_HEADER,
    SCHEME,
    Claim,
    answer_text,
    escape_path,
    public_of,
    read_claim,
    request_text,
    settings_text,
    sign,
    verifies,
)
from lending.wire import fleet
from lending.wire.kiosk_settings import SignedSettings

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


def hub_public_key() -> str:
    """Return the public key in hex, which a kiosk receives at enrolment."""
    return public_of(_hub_key())


def sign_settings(device: str, document: str) -> SignedSettings:
    """Sign a document of settings for one device."""
    return SignedSettings(document=document, signature=sign(_hub_key(), settings_text(device, document)))


def sign_answer(answer: BaseModel, to: str, counter: int, status: int = 200) -> HttpResponse:
    """Return the answer, signed together with the sender and the counter of the request."""
    body = answer.model_dump_json().encode()
    signature = sign(_hub_key(), answer_text(to, counter, body))
    return HttpResponse(body, content_type="application/json", status=status, headers={ANSWER_HEADER: signature})


def _hub_key() -> bytes:
    return bytes.fromhex(secret("hub_key", settings.STATE))


ALARM, MOST = 300, 1000
"""Distinct cards per kiosk and hour: ALARM opens an alarm for staff, MOST is the limit.

Without a limit, a stolen key could read the loans of every patron.
"""
CARDS = Throttle("kiosk card", Limit(MOST, timedelta(hours=1)))


class SignatureRejected(Exception):
    """A request that is refused; `args[0]` is the reason, as listed in docs/wire.md."""


class SignatureAuth(AuthBase):
    """Set `request.auth` to the kiosk and `request.device` to its device; refuse with 401 and a reason.

    A `hash` in the path is a patron's card, which is counted. A kiosk that looks up too many gets 429.
    """

    openapi_type = "http"
    openapi_scheme = SCHEME
    openapi_description = (
        f"`Authorization: {SCHEME} <device> <counter> <signature>`: an Ed25519 signature over method, path, query, "
        "SHA-256 of the body, device and counter; the counter rises with every request. See docs/wire.md."
    )

    def __call__(self, request: HttpRequest) -> Kiosk | None:
        claim = read_claim(request.headers.get("Authorization", ""))
        return None if claim is None else self._kiosk(request, claim)

    def _kiosk(self, request: HttpRequest, claim: Claim) -> Kiosk:
        if int(request.META.get("CONTENT_LENGTH") or 0) > wire.MOST_BYTES:
            raise HttpError(413, f"at most {wire.MOST_BYTES} bytes")
        now = hub_clock().now()
        admitted = authenticate(claim, request.method, _signed_target(request), request.body, now)
        if not isinstance(admitted, Device):
            raise SignatureRejected(admitted)
        request.device = admitted
        request.claim = claim
        kiosk: Kiosk = admitted.kiosk
        card = request.resolver_match.kwargs.get("hash") if request.resolver_match else None
        if card and not may_look_up(kiosk, card, now):
            raise HttpError(429, "too_many_cards")
        return kiosk


def _signed_target(request: HttpRequest) -> str:
    """Return path and query as they are signed: from /api on, wherever the hub is mounted."""
    query = request.META.get("QUERY_STRING", "")
    return f"{escape_path(request.path_info)}{'?' if query else ''}{query}"


def tell_refusals(api: NinjaAPI) -> None:
    """Have the API explain why a signed request was refused.

    The answer is signed for the device that the request claims to come from.
    """
    api.add_exception_handler(SignatureRejected, lambda request, error: _refusal_answer(request, str(error)))


def _refusal_answer(request: HttpRequest, detail: str) -> HttpResponse:
    claim = read_claim(request.headers.get("Authorization", ""))
    answer = fleet.SignatureRefusal.model_validate({"detail": detail})
    return sign_answer(answer, claim.device if claim else "", claim.counter if claim else 0, status=401)


def may_look_up(kiosk: Kiosk, card: str, now: datetime) -> bool:
    """Count a card for the kiosk that asks about it; False if the kiosk has asked about `MOST` others.

    The count is in the database, which all processes of the hub share. A keyed hash of the card is stored for an hour.
    """
    mark = cards.hash_number(f"looked up {card}")[:16]
    if CARDS.attempts(kiosk.name, now).filter(mark=mark).exists():
        return True
    if CARDS.take(kiosk.name, now, mark) is None:
        return False
    if CARDS.attempts(kiosk.name, now).count() >= ALARM:
        watch.alarm(kiosk, "cards_limit", now)
    return True
