"""Apply a kiosk's transaction to loans, holds and the event feed."""

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from django.apps import apps
from django.db.models import CharField, Q, QuerySet

from hub.catalogue.models import Item
from hub.circulation import event_feed, hold_requests, operations, watch
from hub.circulation.domain_mapping import Whereabouts, whereabouts
from hub.circulation.intake import proofs
from hub.circulation.intake.transaction_time import AHEAD, RelativeOrder, UploadContext, determine_time, order_to_loan
from hub.circulation.models import Card, ExceptionCase, Kiosk, Loan, Sighting, Transaction
from hub.circulation.operations import Actor, OperationResult, external_ils, in_house_use, last_seen
from hub.circulation.operations.context import lock_card, lock_item, lock_item_by_barcode
from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query
from lending import model, transactions
from lending.model import Block, Reason
from lending.responses import AnyPatronResponse, EventPlace, HoldRequest, PatronResponse, SelfRegistration
from lending.transactions import Act, PinStatus, ReturnMode
from lending.wire import WireRow

TRUST = (ReturnMode.PROVISIONAL, ReturnMode.BIN, ReturnMode.TRUSTED)
"""Return modes from the least to the most trusted."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The kiosk's clock cannot order the transaction against the open loan: staff decide."""


def by_kiosk(kiosk: Kiosk, row: WireRow | Transaction, sending: UploadContext) -> Actor:
    """Return the kiosk as the actor, at the transaction time, or at the time of receipt if it is unknown."""
    moment = determine_time(kiosk, row, sending)
    return Actor(
        branch=kiosk.branch,
        now=moment.date,
        kiosk=kiosk,
        transaction=UUID(str(row.id)),
        no_block=row.no_block,
        elsewhere=sending.elsewhere,
        believed=moment.believed,
        clock_right=moment.believed and abs(row.at - moment.date) <= AHEAD,
        since=moment.since,
        seq=row.seq,
    )


def do(by: Actor, act: Act) -> OperationResult | Block | Unclear:
    """Apply the transaction in the caller's database transaction.

    Loans are changed only if an `OperationResult` is returned.
    """
    match act:
        case transactions.Checkout():
            return _checkout(by, act)
        case transactions.Checkin():
            return _checkin(by, act)
        case transactions.Renew():
            return _renew(by, act)
        case transactions.Undo(of=of):
            return _undo(by, UUID(of))
        case PatronResponse():
            return _respond(by, act)
        case _:
            assert_never(act)


def card_by(hashed: str) -> Card | None:
    """Return the card with the keyed hash, or None."""
    return next(iter(_card(hashed)), None)


@prepared_query
def _card() -> QuerySet:
    return Card.objects.select_related("patron__category").filter(hash=Param(0, CharField()))


def item_by(barcode: str) -> Item | None:
    """Return the item with the barcode, or None."""
    return next(iter(_item(barcode)), None)


@prepared_query
def _item() -> QuerySet:
    return Item.objects.select_related("title", "type", "branch").filter(barcode=Param(0, CharField())).order_by()


def _lock_card_and_item(card: model.CardRef, barcode: model.ItemId) -> tuple[Card, Whereabouts] | Block:
    """Return the card and where the item is, with the rows of patron and item locked, in this order."""
    known = lock_card(card)
    if known is None:
        return Block(Reason.UNKNOWN_CARD)
    item = lock_item_by_barcode(barcode)
    return (known, whereabouts(item)) if item else Block(Reason.UNKNOWN_ITEM)


def _checkout(by: Actor, act: transactions.Checkout) -> OperationResult | Block:
    """Check out the item.

    If a copy was seen by staff after a checkout that is uploaded late, the loan is recorded as closed. If it was only
    scanned, or the order is uncertain, the return is recorded as not yet checked and staff look for the copy.
    """
    found = _lock_card_and_item(act.card, act.item)
    if isinstance(found, Block):
        return found
    card, there = found
    brought = external_ils.imported_loan(by, card.patron, there)
    if brought is not None and brought.state != Loan.State.ON_LOAN:
        return external_ils.claim_imported_loan(by, brought)
    unverified = act.verified is PinStatus.UNVERIFIED
    later = last_seen.later(by, there.item) if by.no_block else last_seen.Later()
    if (back := later.seen) is not None:
        over = operations.record_closed_loan(
            by, card.patron, there, back.at, card=card, promised=act.due, unverified=unverified, reckoned=act.reckoned
        )
        in_house_use.remove_use(by, there.item, back.at)
        return over
    done = operations.checkout_held(
        by, card.patron, there, card=card, promised=act.due, unverified=unverified, reckoned=act.reckoned
    )
    scan = later.scanned or (None if by.staff else later.unclear)
    if scan is not None and isinstance(done, OperationResult):
        _look_for_it(by, there.item, scan)
    return done


def check_late_checkout(by: Actor, of: UUID) -> None:
    """Record a return, not yet checked, if a copy was scanned at about the time of a late checkout.

    The kiosk confirmed that checkout without the hub. The patron may have returned the item at another kiosk before the
    hub had the loan.
    """
    loan = Loan.objects.filter(transaction=of).select_related("item").first()
    if loan is None:
        return
    there = whereabouts(lock_item(loan.item))
    if there.loan is None or there.loan.pk != loan.pk or there.loan.state != Loan.State.ON_LOAN:
        return
    if (scan := last_seen.later(by, there.item).unclear) is not None:
        _look_for_it(by, there.item, scan)


def _look_for_it(by: Actor, item: Item, scan: Sighting) -> None:
    then = replace(by, now=scan.at, kiosk=scan.kiosk, transaction=None)
    operations.checkin_held(then, whereabouts(item), ReturnMode.PROVISIONAL)
    in_house_use.remove_use(by, item, scan.at)


def _checkin(by: Actor, act: transactions.Checkin) -> OperationResult | Block | Unclear:
    item = lock_item_by_barcode(act.item)
    if item is None:
        return Block(Reason.UNKNOWN_ITEM)
    there = whereabouts(item)
    return _overtaken(by, there) or operations.checkin_held(by, there, _permitted_mode(by, act.mode))


def _permitted_mode(by: Actor, claimed: ReturnMode) -> ReturnMode:
    """Return the mode that the library allows this kiosk; raise an alarm if it claims more."""
    if by.kiosk is None or by.staff or by.elsewhere:
        return claimed
    allowed = ReturnMode(by.kiosk.returns)
    if TRUST.index(claimed) <= TRUST.index(allowed):
        return claimed
    watch.alarm(by.kiosk, "return_mode", hub_clock().now())
    return allowed


def _overtaken(by: Actor, there: Whereabouts) -> OperationResult | Unclear | None:
    """Return a result if the open loan began after this late return or renewal.

    The transaction then concerns an earlier loan, and the open one is left alone. When staff apply a case again, they
    have checked that the open loan is the right one.
    """
    if not by.no_block:
        return None
    if there.loan is None:
        return OperationResult() if last_seen.later(by, there.item).seen else None
    match order_to_loan(by, there.loan):
        case RelativeOrder.BEFORE:
            return OperationResult()
        case RelativeOrder.UNCLEAR if not by.staff:
            return Unclear()
        case _:
            return None


def _renew(by: Actor, act: transactions.Renew) -> OperationResult | Block | Unclear:
    found = _lock_card_and_item(act.card, act.item)
    if isinstance(found, Block):
        return found
    card, there = found
    if overtaken := _overtaken(by, there):
        return overtaken
    if by.elsewhere and (renewed := external_ils.recorded_renewal(by, card.patron, there, act.due)) is not None:
        return OperationResult(due=renewed.due, loan=renewed)
    if by.elsewhere and not external_ils.has(card.patron, there):  # the renewed loan has not been imported yet
        return operations.checkout_held(by, card.patron, there, card=card, promised=act.due, reckoned=act.reckoned)
    return operations.renew_held(by, card.patron, there, card=card, promised=act.due, reckoned=act.reckoned)


def _undo(by: Actor, of: UUID) -> OperationResult | Block:
    """Undo an earlier transaction.

    Undoing a transaction that never took effect resolves its exception, because the patron has cancelled it. What staff
    have done meanwhile for a transaction that was set aside is undone like any other.
    """
    first = Transaction.objects.filter(pk=of, kiosk=by.kiosk).first()
    if first is None:
        return Block(Reason.NOTHING_TO_UNDO)
    if first.outcome == Transaction.Outcome.SET_ASIDE:
        _settle(by, first)
        done_since = Loan.objects.filter(Q(transaction=of) | Q(renewed__transaction=of)).exists()
        return operations.undo(by, of) if done_since else OperationResult()
    done = operations.undo(by, of)
    if isinstance(done, OperationResult):
        _settle(by, first, str(ExceptionCase.Kind.AGAINST))
    return done


def _respond(by: Actor, act: AnyPatronResponse) -> OperationResult | Block:
    """Pass the patron's response on through the feed, except the kinds that are handled here.

    Holds, event bookings and registrations are applied at once, because the patron waits for the result.
    """
    if isinstance(act, SelfRegistration):
        return apps.get_app_config("circulation").registrar(by, act)
    known = card_by(act.card) if act.card else None
    if act.card and known is None:
        return Block(Reason.UNKNOWN_CARD)
    if known and (refusal := proofs.refusal(by, act)) is not None:
        return refusal
    if known and isinstance(act, HoldRequest):
        return hold_requests.keep(by, known.patron, act.about)
    if known and isinstance(act, EventPlace):
        return apps.get_app_config("circulation").booker(by, known, act)
    who = known.patron.ref if known else None
    proved = "yes" if known and proofs.is_proved(by, act) else None
    event_feed.append(
        "said", by.now, patron=who, ask=act.ask, about=act.about, answer=act.answer, proved=proved, **by.actor_facts()
    )
    return OperationResult()


def _settle(by: Actor, first: Transaction, *kinds: str) -> None:
    """Resolve the open cases: the patron has cancelled the transaction, so that staff need not decide."""
    cases = ExceptionCase.objects.filter(transaction=first, resolved_at=None)
    (cases.filter(kind__in=kinds) if kinds else cases).update(
        resolved_at=by.now, resolved_by=by.kiosk.name if by.kiosk else "", resolution="undone by the patron"
    )
