"""Does at the hub what a kiosk's transaction says; never stores it and never answers a kiosk."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from kiosk.domain import model, transactions
from kiosk.domain.model import Block, Reason
from kiosk.domain.transactions import Act, Trust, Verified
from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation import desk
from kiosk.hub.circulation.desk import By, Done
from kiosk.hub.circulation.models import Card, ExceptionCase, Kiosk, Transaction
from kiosk.sync.wire import WireRow


def by_kiosk(kiosk: Kiosk, row: WireRow, now: datetime) -> By:
    """The kiosk as the one who acts; the transaction date is its own time when that can be believed."""
    believed = row.trust is Trust.SYNCED and row.at <= now
    return By(
        branch=kiosk.branch,
        now=row.at if believed else now,
        kiosk=kiosk,
        transaction=UUID(row.id),
        no_block=row.no_block,
    )


def do(by: By, act: Act, trust: Trust) -> Done | Block:
    """Does the act in the caller's database transaction. A Block has changed nothing."""
    match act:
        case transactions.Checkout():
            return _checkout(by, act, _promise(act.due, trust))
        case transactions.Checkin(item=barcode, mode=mode):
            item = item_by(barcode)
            return desk.checkin(by, item, mode) if item else Block(Reason.UNKNOWN_ITEM)
        case transactions.Renew():
            return _renew(by, act, _promise(act.due, trust))
        case transactions.Undo(of=of):
            return _undo(by, UUID(of))
        case _:
            assert_never(act)


def _promise(due: datetime, trust: Trust) -> datetime | None:
    """The due date that the patron was told, unless it was reckoned by a clock that nobody believes."""
    return None if trust is Trust.UNKNOWN else due


def card_by(hashed: str) -> Card | None:
    """Finds the card with the keyed hash."""
    card: Card | None = Card.objects.select_related("patron__category").filter(hash=hashed).first()
    return card


def item_by(barcode: str) -> Item | None:
    """Finds the item with the barcode."""
    item: Item | None = Item.objects.select_related("title", "type", "branch").filter(barcode=barcode).first()
    return item


def _holder(card: model.CardRef, barcode: model.ItemId) -> tuple[Card, Item] | Block:
    known, item = card_by(card), item_by(barcode)
    if known is None:
        return Block(Reason.UNKNOWN_CARD)
    return (known, item) if item else Block(Reason.UNKNOWN_ITEM)


def _checkout(by: By, act: transactions.Checkout, promised: datetime | None) -> Done | Block:
    found = _holder(act.card, act.item)
    if isinstance(found, Block):
        return found
    card, item = found
    unverified = act.verified is Verified.UNVERIFIED
    return desk.checkout(by, card.patron, item, card=card, promised=promised, unverified=unverified)


def _renew(by: By, act: transactions.Renew, promised: datetime | None) -> Done | Block:
    found = _holder(act.card, act.item)
    if isinstance(found, Block):
        return found
    card, item = found
    return desk.renew(by, card.patron, item, card=card, promised=promised)


def _undo(by: By, of: UUID) -> Done | Block:
    """Undoing what never took effect settles its exception: the patron has taken the promise back herself."""
    first = Transaction.objects.filter(pk=of, kiosk=by.kiosk).first()
    if first is None:
        return Block(Reason.NOTHING_TO_UNDO)
    if first.outcome == Transaction.Outcome.SET_ASIDE:
        ExceptionCase.objects.filter(transaction=first, resolved_at=None).update(
            resolved_at=by.now, resolved_by=by.kiosk.name if by.kiosk else "", resolution="undone by the patron"
        )
        return Done()
    return desk.undo(by, of)
