"""Authenticate kiosks by their signatures, and limit how many cards each may look up per hour."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.security.base import AuthBase

from hub.circulation import cards, watch
from hub.circulation.models import Kiosk
from hub.core.clock import hub_clock
from hub.core.throttle import Limit, Throttle
from hub.fleet import devices, hub_key
from hub.fleet.models import Device
from lending import wire
from lending.request_signature import SCHEME, Claim, escape_path, read_claim
from lending.wire import fleet

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
        admitted = devices.authenticate(claim, request.method, _target(request), request.body, now)
        if not isinstance(admitted, Device):
            raise SignatureRejected(admitted)
        request.device = admitted
        request.claim = claim
        kiosk: Kiosk = admitted.kiosk
        card = request.resolver_match.kwargs.get("hash") if request.resolver_match else None
        if card and not may_look_up(kiosk, card, now):
            raise HttpError(429, "too_many_cards")
        return kiosk


def _target(request: HttpRequest) -> str:
    """Return path and query as they are signed: from /api on, wherever the hub is mounted."""
    query = request.META.get("QUERY_STRING", "")
    return f"{escape_path(request.path_info)}{'?' if query else ''}{query}"


def tell_refusals(api: NinjaAPI) -> None:
    """Have the API explain why a signed request was refused.

    The answer is signed for the device that the request claims to come from.
    """
    api.add_exception_handler(SignatureRejected, lambda request, error: _refuse(request, str(error)))


def _refuse(request: HttpRequest, detail: str) -> HttpResponse:
    claim = read_claim(request.headers.get("Authorization", ""))
    answer = fleet.SignatureRefusal.model_validate({"detail": detail})
    return hub_key.sign_answer(answer, claim.device if claim else "", claim.counter if claim else 0, status=401)


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
