"""Cases of a kiosk whose library keeps its loans in a system of its own: each is kept once; does nothing of them."""

from collections.abc import Sequence
from datetime import datetime

from hub.circulation.models import ExceptionCase, Kiosk
from lending.model import CardRef, ItemId
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TransactionId, Undo
from lending.wire import WireCase

TOLD = "told "
"""Before kind and id in the key of such a case."""


def take(kiosk: Kiosk, told: Sequence[WireCase], now: datetime) -> list[str]:
    """Opens a case for each that is new; gives the ids of those that staff have settled."""
    kept = [(each, _kept(kiosk, each, now)) for each in told]
    return [each.id for each, case in kept if case.resolved_at is not None]


def _kept(kiosk: Kiosk, told: WireCase, now: datetime) -> ExceptionCase:
    kind = ExceptionCase.Kind.UNTOLD if told.kind == "untold" else ExceptionCase.Kind.REFUSED
    case, _ = ExceptionCase.objects.get_or_create(
        kiosk=kiosk,
        raw_hash=f"{TOLD}{told.kind} {told.id}",
        defaults={
            "kind": kind,
            "reason": told.kind if told.kind == "fee" else told.reason or told.kind,
            "detail": told.reason,
            "raw": told.model_dump_json(exclude_defaults=True),
            "facts": {"given": told.given.isoformat()} if told.given else {},
            "opened_at": now,
        },
    )
    found: ExceptionCase = case
    return found


def is_so(case: ExceptionCase) -> bool:
    """Whether another system keeps the loan: nothing can be done of it here."""
    return (case.raw_hash or "").startswith(TOLD)


def as_told(case: ExceptionCase) -> WireCase | None:
    """As the kiosk told it; None some time after it was settled."""
    return WireCase.model_validate_json(case.raw) if is_so(case) and case.raw else None


def act_of(told: WireCase) -> Act | None:
    """What was agreed at the kiosk, as far as it was told."""
    item = ItemId(told.item)
    match told.act:
        case "checkout":
            return Checkout(CardRef(told.card), item, told.promised or told.at)
        case "renew":
            return Renew(CardRef(told.card), item, told.promised or told.at)
        case "checkin":
            return Checkin(item, ReturnMode.TRUSTED)
        case "undo":
            return Undo(TransactionId(told.id))
        case _:
            return None
