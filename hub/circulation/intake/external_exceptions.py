"""Keep the exceptions that SIP2 kiosks report about loans of a third-party ILS, each once."""

from collections.abc import Sequence
from datetime import datetime

from hub.circulation.models import ExceptionCase, Kiosk
from lending.model import CardRef, ItemId
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TransactionId, Undo
from lending.wire import WireCase

PREFIX = "told "
"""Prefix of kind and id in the key (`raw_hash`) of such a case."""


def take(kiosk: Kiosk, reports: Sequence[WireCase], now: datetime) -> list[str]:
    """Open a case for each report that is new; return the ids of those that staff have resolved."""
    kept = [(each, _get_or_open(kiosk, each, now)) for each in reports]
    return [each.id for each, case in kept if case.resolved_at is not None]


def _get_or_open(kiosk: Kiosk, report: WireCase, now: datetime) -> ExceptionCase:
    kind = ExceptionCase.Kind.UNTOLD if report.kind == "untold" else ExceptionCase.Kind.REFUSED
    case, _ = ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        raw_hash=f"{PREFIX}{report.kind} {report.id}",
        defaults={
            "kind": kind,
            "reason": report.kind if report.kind == "fee" else report.reason or report.kind,
            "detail": report.reason,
            "raw": report.model_dump_json(exclude_defaults=True),
            "facts": {"given": report.given.isoformat()} if report.given else {},
            "opened_at": now,
        },
    )
    return case


def is_external(case: ExceptionCase) -> bool:
    """Return whether the loan is kept by an ILS, so that staff have to correct it there."""
    return (case.raw_hash or "").startswith(PREFIX)


def report_of(case: ExceptionCase) -> WireCase | None:
    """Return the report that the kiosk sent; None once it was erased, some time after it was resolved."""
    return WireCase.model_validate_json(case.raw) if is_external(case) and case.raw else None


def act_of(report: WireCase) -> Act | None:
    """Return the reported transaction as far as the report describes it, else None."""
    item = ItemId(report.item)
    match report.act:
        case "checkout":
            return Checkout(CardRef(report.card), item, report.promised or report.at)
        case "renew":
            return Renew(CardRef(report.card), item, report.promised or report.at)
        case "checkin":
            return Checkin(item, ReturnMode.TRUSTED)
        case "undo":
            return Undo(TransactionId(report.id))
        case _:
            return None
