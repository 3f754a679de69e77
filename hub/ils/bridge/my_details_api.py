"""Serve the patron's own record to kiosks, as described in docs/wire.md.

Before the patron has verified their identity, only the means of verification are served.
"""

from dataclasses import asdict
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from hub.circulation import watch
from hub.circulation.intake.apply_transaction import card_by
from hub.circulation.models import Card
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.records import person_of
from hub.outreach.portal import identity_proof as proofs
from hub.outreach.portal import my_details
from lending import wire

router = Router(tags=["details"])
UNKNOWN = {200: wire.ProofAnswer, 404: wire.UnknownAnswer}


@router.get("/cards/{hash}/proof", response=UNKNOWN)
def proof(request: HttpRequest, hash: str) -> wire.ProofAnswer | HttpResponse:
    """Return whether the patron has a PIN, and the channel for a code, without the address."""
    known, person = _card_and_person(hash)
    if known is None or person is None:
        return _unknown()
    contact = proofs.way(person)
    return wire.ProofAnswer(pin=bool(known.patron.pin), by=str(contact.channel) if contact else "")


@router.post("/cards/{hash}/code", response={200: wire.CodeAnswer, 404: wire.UnknownAnswer})
def send_code(request: HttpRequest, hash: str) -> wire.CodeAnswer | HttpResponse:
    """Send the patron a verification code."""
    _known, person = _card_and_person(hash)
    if person is None:
        return _unknown()
    attempt = watch.reserve(request.auth, watch.CODE, hub_clock().now())
    if attempt is None:
        return wire.CodeAnswer(sent=False, why="too_many")
    refusal = proofs.send(person)
    watch.settle(request.auth, watch.CODE, attempt, counts=not refusal)
    return wire.CodeAnswer(sent=not refusal, why=refusal)


@router.post("/cards/{hash}/code/check", response=wire.PinAnswer)
def check_code(request: HttpRequest, hash: str, asked: wire.CodeRequest) -> wire.PinAnswer:
    """Check a code. A right one is answered with a token that opens the patron's record."""
    _known, person = _card_and_person(hash)
    now = hub_clock().now()
    verdict = watch.check_guarded(request.auth, now, lambda: proofs.check(person, asked.code) if person else "wrong")
    token = verified_card_token.issue_token(hash, request.auth.name, now) if verdict == "right" else ""
    return wire.PinAnswer(verdict=verdict, token=token)


@router.post("/cards/{hash}/mine", response={200: wire.MineAnswer, 403: wire.ErrorAnswer, 404: wire.UnknownAnswer})
def patron_record(request: HttpRequest, hash: str, shown: wire.MineRequest) -> wire.MineAnswer | HttpResponse:
    """Return the patron's record after the identity was verified."""
    if not _proved(request, hash, shown):
        return _error_response(403, "not_proved")
    _known, person = _card_and_person(hash)
    if person is None:
        return _unknown()
    return wire.MineAnswer.model_validate(asdict(my_details.details(person, hub_clock().now())))


@router.post("/cards/{hash}/page", response={200: wire.PageAnswer, 403: wire.ErrorAnswer, 404: wire.UnknownAnswer})
def page(request: HttpRequest, hash: str, shown: wire.MineRequest) -> wire.PageAnswer | HttpResponse:
    """Return a URL at which the patron continues on a phone.

    A child's record has none: only a code sent to the guardian opens it.
    """
    if not _proved(request, hash, shown):
        return _error_response(403, "not_proved")
    _known, person = _card_and_person(hash)
    if person is None or person.child:
        return _unknown()
    return wire.PageAnswer(url=proofs.handover_url(person, uuid4().hex))


def _card_and_person(hash: str) -> tuple[Card | None, Person | None]:
    known = card_by(hash)
    return known, person_of(known.patron.ref) if known else None


def _proved(request: HttpRequest, hash: str, shown: wire.MineRequest) -> bool:
    return verified_card_token.is_valid_token(shown.token, hash, request.auth.name, hub_clock().now())


def _unknown() -> HttpResponse:
    return _error_response(404, "unknown_card")


def _error_response(status: int, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)
