"""Apply a kiosk's transaction to loans, holds and the event feed, at the time at which it happened.

A change of a patron's record needs the token issued for a right PIN or code (`hub.core.verified_card_token`), because a
card hash proves nothing: each kiosk has all of them in its snapshot. A token that an offline kiosk uploads later must
cover the time of the transaction, and to prevent reuse of an old one, the hub must have received no earlier row of the
kiosk that happened after the token expired. Without it a change is refused while the patron waits, and set aside for
staff if it was promised offline.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from django.apps import apps
from django.db.models import BigIntegerField, CharField, DateTimeField, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hub.catalogue.models import Item
from hub.circulation import watch
from hub.circulation.domain_mapping import Whereabouts, whereabouts
from hub.circulation.models import Card, ExceptionCase, Kiosk, Loan, Sighting, Transaction
from hub.circulation.operations import external_ils, hold_queue, loan_changes, sightings
from hub.circulation.operations.context import (
    Actor,
    OperationResult,
    append_event,
    lock_card,
    lock_item,
    lock_item_by_barcode,
)
from hub.circulation.operations.sightings import SKEW
from hub.core import verified_card_token
from hub.core.clock import hub_clock
from hub.core.prepared_queries import Param, prepared_query
from lending import model, transactions
from lending.model import Block, Reason
from lending.responses import (
    AnyPatronResponse,
    EventPlace,
    HoldRequest,
    PatronResponse,
    Proof,
    RecordErasure,
    SelfRegistration,
)
from lending.transactions import Act, ClockTrust, PinStatus, ReturnMode
from lending.wire import WireRow

AHEAD = timedelta(minutes=5)
"""Maximum lead of a kiosk's clock over the hub's; a transaction within it is dated now."""
BACK = timedelta(minutes=1)
"""Maximum backward step of a synchronised clock between two rows."""
LONGEST_BOOT = timedelta(days=400)
"""A longer uptime is more likely a wrong monotonic counter."""
OLDEST = timedelta(days=30)
"""An earlier time is more likely an unset clock than a kiosk that was offline for so long."""
TRUST = (ReturnMode.PROVISIONAL, ReturnMode.BIN, ReturnMode.TRUSTED)
"""Return modes from the least to the most trusted."""


@dataclass(frozen=True, slots=True)
class UploadContext:
    """Time of the upload, and the kiosk's boot id and monotonic counter (in ns) when it sent the rows."""

    time: datetime
    boot: str = ""
    mono_ns: int | None = None
    elsewhere: bool = False
    """The transactions were made in the ILS, which keeps the loans."""


@dataclass(frozen=True, slots=True)
class TransactionTime:
    """`date` is the transaction date. It happened no earlier than `since`; None if that is unknown."""

    date: datetime
    since: datetime | None
    believed: bool


class RelativeOrder(StrEnum):
    """Order of a kiosk's transaction relative to a loan in the hub."""

    BEFORE = "before"
    AFTER = "after"
    UNCLEAR = "unclear"


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


def determine_time(kiosk: Kiosk, row: WireRow | Transaction, sending: UploadContext) -> TransactionTime:
    """Determine when it happened: by the kiosk's monotonic counter, else by evaluating its wall clock.

    The evaluation uses the trust in the clock, the hub's time of receipt and the kiosk's previous row. A row that may
    still be refused is about a patron who is waiting: it happens now. A restored clock is never ahead, because it
    continued from the time that was saved last. A stored row keeps the time determined when it arrived.
    """
    if isinstance(row, Transaction) and row.happened_at is not None:
        return TransactionTime(row.happened_at, row.happened_at, believed=True)
    now = sending.time
    oldest = now - (OLDEST if row.no_block else AHEAD)
    worked_out = _time_by_counter(row, sending)
    if worked_out is not None and (row.no_block or oldest <= worked_out):
        return TransactionTime(worked_out, worked_out, believed=True)
    journal = row.journal if isinstance(row, Transaction) else kiosk.journal
    before, trust = _earliest_time(kiosk, journal, row.seq, now), ClockTrust(row.trust)
    late_enough = before is None or row.at >= before - BACK
    if trust is ClockTrust.SYNCED and late_enough and oldest <= row.at <= now + AHEAD:
        date = min(row.at, now)
        return TransactionTime(date, date, believed=True)
    reckoned = _time_by_earlier_row(kiosk, journal, row)
    if reckoned is not None and oldest <= reckoned <= now + AHEAD:
        date = min(reckoned, now)
        return TransactionTime(date, date, believed=True)
    if trust is ClockTrust.RESTORED and late_enough and row.at <= now:
        return TransactionTime(now, row.at, believed=False)
    return TransactionTime(now, before, believed=False)


def _time_by_counter(row: WireRow | Transaction, sending: UploadContext) -> datetime | None:
    """Compute the time from the kiosk's counter at sending; None if the kiosk was restarted since."""
    if sending.mono_ns is None or row.boot != sending.boot or row.mono_ns > sending.mono_ns:
        return None
    ago = (sending.mono_ns - row.mono_ns) // 1000
    return sending.time - timedelta(microseconds=ago) if ago <= LONGEST_BOOT / timedelta(microseconds=1) else None


def _time_by_earlier_row(kiosk: Kiosk, journal: str, row: WireRow | Transaction) -> datetime | None:
    """Compute the time from an earlier row of the same boot with a known time; None if there is none.

    A kiosk without a time server for hours reports its clock as unsynchronised, and may be restarted before it can
    send.
    """
    known = Transaction.objects.filter(kiosk=kiosk, journal=journal, boot=row.boot, seq__lt=row.seq)
    last = known.exclude(happened_at=None).order_by("-seq").values_list("happened_at", "mono_ns").first()
    if last is None or row.mono_ns < last[1]:
        return None
    since: datetime = last[0]
    later = (row.mono_ns - last[1]) // 1000
    return since + timedelta(microseconds=later) if later <= LONGEST_BOOT / timedelta(microseconds=1) else None


def _earliest_time(kiosk: Kiosk, journal: str, seq: int, now: datetime) -> datetime | None:
    """Return the latest time before which this row cannot have been made.

    That is the time of the kiosk's last row before this one, or the hub's time of the last row of the journal that this
    one replaced: two journals never run at once. A kiosk's very first row has neither, and is limited by OLDEST alone.
    """
    ((own, replaced),) = _times_before(kiosk.pk, journal, seq, now)
    return max(filter(None, (own, replaced and replaced - AHEAD)), default=None)


@prepared_query
def _times_before() -> QuerySet:
    kiosk, journal, seq = Param(0, BigIntegerField()), Param(1, CharField()), Param(2, BigIntegerField())
    rows = Transaction.objects.filter(kiosk_id=kiosk, journal=journal)
    known = rows.filter(seq__lt=seq, happened_at__isnull=False).order_by("-seq").values("happened_at")
    first = Subquery(rows.order_by("received_at").values("received_at")[:1])
    others = Transaction.objects.filter(kiosk_id=kiosk).exclude(journal=journal).order_by("-received_at")
    came_before = others.filter(received_at__lt=Coalesce(first, Param(3, DateTimeField()))).values("received_at")
    which = Kiosk.objects.filter(pk=kiosk).order_by()
    return which.values_list(Subquery(known[:1]), Subquery(came_before[:1]))


def order_to_loan(by: Actor, loan: Loan) -> RelativeOrder:
    """Return whether the transaction came before the loan or after it; rows of one kiosk are in order.

    Within the tolerance between clocks the order is unclear. Otherwise a patron's return could be attributed to an
    earlier loan.
    """
    if loan.checked_out_at <= by.now and by.believed:
        return RelativeOrder.AFTER
    if by.since is not None and loan.checked_out_at <= by.since:
        return RelativeOrder.AFTER
    if by.kiosk is not None and loan.transaction is not None:
        own = Transaction.objects.filter(pk=loan.transaction, kiosk=by.kiosk, journal=by.kiosk.journal)
        if own.filter(seq__lt=by.seq).exists():
            return RelativeOrder.AFTER
    return RelativeOrder.BEFORE if by.believed and by.now + SKEW < loan.checked_out_at else RelativeOrder.UNCLEAR


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
        case transactions.Undo(transaction=undone):
            return _undo(by, UUID(undone))
        case transactions.TagReport():
            return OperationResult()
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
    brought = external_ils.imported_loan(by, card.patron, there) if by.elsewhere else None
    if brought is not None and brought.state != Loan.State.ON_LOAN:
        return external_ils.claim_imported_loan(by, brought)
    unverified = act.verified is PinStatus.UNVERIFIED
    later = sightings.later(by, there.item) if by.no_block else sightings.LaterSightings()
    if (back := later.seen) is not None:
        over = loan_changes.record_closed_loan(
            by, card.patron, there, back.at, card=card, promised=act.due, unverified=unverified, reckoned=act.reckoned
        )
        sightings.remove_use(by, there.item, back.at)
        return over
    done = loan_changes.checkout_held(
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
    if (scan := sightings.later(by, there.item).unclear) is not None:
        _look_for_it(by, there.item, scan)


def _look_for_it(by: Actor, item: Item, scan: Sighting) -> None:
    then = replace(by, now=scan.at, kiosk=scan.kiosk, transaction=None)
    loan_changes.checkin_held(then, whereabouts(item), ReturnMode.PROVISIONAL)
    sightings.remove_use(by, item, scan.at)


def _checkin(by: Actor, act: transactions.Checkin) -> OperationResult | Block | Unclear:
    item = lock_item_by_barcode(act.item)
    if item is None:
        return Block(Reason.UNKNOWN_ITEM)
    there = whereabouts(item)
    return _overtaken(by, there) or loan_changes.checkin_held(by, there, _permitted_mode(by, act.mode))


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
        return OperationResult() if sightings.later(by, there.item).seen else None
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
        return loan_changes.checkout_held(by, card.patron, there, card=card, promised=act.due, reckoned=act.reckoned)
    return loan_changes.renew_held(by, card.patron, there, card=card, promised=act.due, reckoned=act.reckoned)


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
        return loan_changes.undo(by, of) if done_since else OperationResult()
    done = loan_changes.undo(by, of)
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
    if known and (refusal := proof_refusal(by, act)) is not None:
        return refusal
    if known and isinstance(act, HoldRequest):
        return hold_queue.request_hold(by, known.patron, act.about)
    if known and isinstance(act, EventPlace):
        return apps.get_app_config("circulation").booker(by, known, act)
    ref = known.patron.ref if known else None
    proved = "yes" if known and is_proved(by, act) else None
    append_event(
        "said", by.now, patron=ref, ask=act.ask, about=act.about, answer=act.answer, proved=proved, **by.actor_facts()
    )
    return OperationResult()


def _settle(by: Actor, first: Transaction, *kinds: str) -> None:
    """Resolve the open cases: the patron has cancelled the transaction, so that staff need not decide."""
    cases = ExceptionCase.objects.filter(transaction=first, resolved_at=None)
    (cases.filter(kind__in=kinds) if kinds else cases).update(
        resolved_at=by.now, resolved_by=by.kiosk.name if by.kiosk else "", resolution="undone by the patron"
    )


def is_proved(by: Actor, response: PatronResponse) -> bool:
    """Return whether the patron has proved ownership of the card, to the kiosk or to the member of staff."""
    if by.staff:
        return True
    if (
        by.kiosk is None
        or response.card is None
        or not verified_card_token.covers(response.proof, response.card, by.kiosk.name, by.now)
    ):
        return False
    return not _may_be_reused(by, by.kiosk, verified_card_token.ends(response.proof) + verified_card_token.SLACK)


def proof_refusal(by: Actor, response: PatronResponse) -> Block | None:
    """Return why the response of a known card is refused, or None; count a refusal against the kiosk.

    A kiosk with older software sends no proofs: that is no sign of misuse.
    """
    if response.required_proof is not Proof.REQUIRED or by.staff or by.kiosk is None:
        return None
    now = hub_clock().now()
    if not is_proved(by, response):
        if response.proof or by.kiosk.proves:
            watch.note(by.kiosk, watch.UNPROVED, now)
        return Block(Reason.NO_PROOF)
    if isinstance(response, RecordErasure):
        if watch.rests(by.kiosk, watch.ERASE, now):
            return Block(Reason.CENTRAL_REFUSED)
        watch.note(by.kiosk, watch.ERASE, now)
    return None


def _may_be_reused(by: Actor, kiosk: Kiosk, moment: datetime) -> bool:
    """Return whether the token may be reused: a row happened after that moment, or has the same number.

    Newer rows of the same journal prove nothing: after a restore a kiosk sends older rows again after them.
    """
    others = Transaction.objects.filter(kiosk=kiosk).exclude(pk=by.transaction)
    before = ~Q(journal=kiosk.journal) | Q(seq__lt=by.seq)
    used_twice = Q(journal=kiosk.journal, seq=by.seq)
    return bool(others.filter(before & Q(happened_at__gt=moment) | used_twice).exists())
