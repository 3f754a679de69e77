"""Serve the kiosk API of circulation, as described in docs/wire.md."""

from datetime import UTC
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Router
from pydantic import BaseModel, ValidationError

from hub.circulation import domain_mapping, pins, watch
from hub.circulation.domain_mapping import NoLibrary, is_gone, item_facts, items_facts, patron_facts
from hub.circulation.intake import exceptions
from hub.circulation.intake.apply_transaction import UploadContext, card_by, item_by
from hub.circulation.intake.transaction_intake import TransactionIntake
from hub.circulation.models import Card, Fee, Hold, Kiosk, Loan
from hub.circulation.operations import fines
from hub.circulation.snapshot import pages as pages
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query
from lending import model, wire

router = Router(tags=["circulation"])


def tell_refusals(api: NinjaAPI) -> None:
    """Answer 503 with an explanation while the hub has no library."""
    api.add_exception_handler(NoLibrary, lambda request, error: _error_response(503, str(error)))


@router.get("/health", auth=None, response=wire.HealthAnswer)
def health(request: HttpRequest) -> wire.HealthAnswer:
    """Report that the hub is running, and its time."""
    return wire.HealthAnswer(wire=wire.VERSION, now=hub_clock().now(), status="ok")


def _body(shape: type[BaseModel]) -> dict[str, object]:
    content = {"application/json": {"schema": shape.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/transactions", response=wire.TransactionsAnswer, openapi_extra=_body(wire.TransactionsRequest))
def transactions(request: HttpRequest) -> wire.TransactionsAnswer | HttpResponse:
    """Store the rows of a kiosk's journal; return one answer per row, in order."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > wire.MOST_BYTES:
        return _error_response(413, f"at most {wire.MOST_BYTES} bytes")
    try:
        envelope = wire.TransactionsRequest.model_validate_json(request.body)
    except ValidationError as error:
        too_long = any(fault["type"] == "too_long" for fault in error.errors(include_url=False, include_input=False))
        return _error_response(413 if too_long else 422, wire.first_fault(error))
    config = apps.get_app_config("circulation")
    sending = UploadContext(hub_clock().now(), envelope.boot, envelope.mono_ns, envelope.elsewhere)
    exchange = TransactionIntake(_kiosk(request), sending, config.obstacle, envelope.journal)
    return wire.TransactionsAnswer(wire=wire.VERSION, answers=list(exchange.take(envelope.rows)))


@router.post("/cases", response=wire.CasesAnswer)
def cases(request: HttpRequest, asked: wire.CasesRequest) -> wire.CasesAnswer:
    """Open exceptions that a SIP2 kiosk reports; return the ids of those that staff have resolved."""
    settled = exceptions.take_reports(_kiosk(request), asked.cases, hub_clock().now())
    return wire.CasesAnswer(wire=wire.VERSION, settled=settled)


@router.get("/cards/{hash}", response={200: wire.CardAnswer, 404: wire.UnknownAnswer})
def card(request: HttpRequest, hash: str) -> wire.CardAnswer | HttpResponse:
    """Return the card's patron with the open loans, the open holds and the unpaid fees."""
    known = card_by(hash)
    if known is None:
        return _error_response(404, "unknown_card")
    fines.bring_up_to_date(known.patron, hub_clock().now())
    items = [loan.item for loan in _loans(known.patron_id)]
    return wire.CardAnswer(
        patron=domain_mapping.wire_patron(patron_facts(known.patron, known)),
        loans=[domain_mapping.wire_item(facts) for facts in items_facts(items)],
        holds=_holds(known),
        fees=_fees(known),
    )


@prepared_query
def _loans() -> QuerySet:
    loans = Loan.objects.filter(patron_id=Param(0, BigIntegerField()), state=Loan.State.ON_LOAN)
    return loans.select_related("item__title", "item__type", "item__branch").order_by("due", "pk")


@prepared_query
def _open_holds() -> QuerySet:
    rows = Hold.objects.filter(patron_id=Param(0, BigIntegerField()), state__in=Hold.OPEN)
    return rows.select_related("title", "copy")


def _hold_title(hold: Hold) -> str:
    """Return the title, with the call number of the only copy that can fill the hold, such as a volume."""
    volume = hold.copy.call_number if hold.copy else ""
    return f"{hold.title.title} ({volume})" if volume else hold.title.title


def _holds(card: Card) -> list[wire.WireHold]:
    return [
        domain_mapping.wire_hold(
            model.Hold(
                title=_hold_title(row),
                ready=row.state == Hold.State.READY,
                shelf=row.shelf,
                until=row.until,
                suspended_until=row.suspended_until,
                subject=row.title.subject,
                cover=row.title.cover,
            )
        )
        for row in _open_holds(card.patron_id)
    ]


@prepared_query
def _unpaid_fees() -> QuerySet:
    fees = Fee.objects.filter(Fee.UNSETTLED, patron_id=Param(0, BigIntegerField()))
    return fees.select_related("item__title")[: wire.MOST_FEES]


def _fees(card: Card) -> list[wire.WireFee]:
    rows = _unpaid_fees(card.patron_id)
    zone = ZoneInfo(domain_mapping.the_library().timezone) if rows else UTC
    return [
        wire.WireFee(
            kind=row.kind,
            owed=row.owed,
            text=row.item.title.title if row.item else "",
            charged=row.charged_at.astimezone(zone).date(),
            growing=row.growing,
        )
        for row in rows
    ]


@router.post("/cards/{hash}/pin", response=wire.PinAnswer)
def pin(request: HttpRequest, hash: str, asked: wire.PinRequest) -> wire.PinAnswer:
    """Check a PIN. A right one is answered with a token that opens the patron's record."""
    now, card = hub_clock().now(), card_by(hash)
    patron = card.patron if card else None
    verdict = watch.check_guarded(_kiosk(request), now, lambda: pins.check(patron, asked.pin, now))
    token = verified_card_token.issue_token(hash, _kiosk(request).name, now) if verdict == "right" else ""
    return wire.PinAnswer(verdict=verdict, token=token)


@router.get("/items/{path:barcode}", response={200: wire.WireItem, 404: wire.UnknownAnswer})
def item(request: HttpRequest, barcode: str) -> wire.WireItem | HttpResponse:
    """Return the item's description and status."""
    known = item_by(barcode)
    facts = item_facts(known) if known else None
    if known is None or facts is None or is_gone(known, facts):
        return _error_response(404, "unknown_item")
    return domain_mapping.wire_item(facts)


@router.get("/snapshot", response={200: wire.SnapshotPage, 304: None})
def snapshot(request: HttpRequest, since: str = "") -> HttpResponse:
    """Return one page of the changes since that mark; 304 if there are none."""
    page = pages.page(since, hub_clock().now(), _kiosk(request).branch)
    return HttpResponse(status=304) if page is None else HttpResponse(page, content_type="application/json")


def _kiosk(request: HttpRequest) -> Kiosk:
    return request.auth


def _error_response(status: int, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail}, status=status)
