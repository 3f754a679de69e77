"""Determine when a kiosk's transaction happened, how far that is certain, and its order to a loan."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import BigIntegerField, CharField, DateTimeField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hub.circulation.models import Kiosk, Loan, Transaction
from hub.circulation.operations import Actor
from hub.circulation.operations.last_seen import SKEW
from hub.core.prepared_queries import Param, prepared_query
from lending.transactions import ClockTrust
from lending.wire import WireRow

AHEAD = timedelta(minutes=5)
"""Maximum lead of a kiosk's clock over the hub's; a transaction within it is dated now."""
BACK = timedelta(minutes=1)
"""Maximum backward step of a synchronised clock between two rows."""
LONGEST_BOOT = timedelta(days=400)
"""A longer uptime is more likely a wrong monotonic counter."""
OLDEST = timedelta(days=30)
"""An earlier time is more likely an unset clock than a kiosk that was offline for so long."""


@dataclass(frozen=True, slots=True)
class UploadContext:
    """Time of the upload, and the kiosk's boot id and monotonic counter (in ns) when it sent the rows."""

    at: datetime
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


def determine_time(kiosk: Kiosk, row: WireRow | Transaction, sending: UploadContext) -> TransactionTime:
    """Determine when it happened: by the kiosk's monotonic counter, else by evaluating its wall clock.

    The evaluation uses the trust in the clock, the hub's time of receipt and the kiosk's previous row. A row that may
    still be refused is about a patron who is waiting: it happens now. A restored clock is never ahead, because it
    continued from the time that was saved last. A stored row keeps the time determined when it arrived.
    """
    if isinstance(row, Transaction) and row.happened_at is not None:
        return TransactionTime(row.happened_at, row.happened_at, believed=True)
    now = sending.at
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
    return sending.at - timedelta(microseconds=ago) if ago <= LONGEST_BOOT / timedelta(microseconds=1) else None


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
