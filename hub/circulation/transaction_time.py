"""Tells when a kiosk's act happened, as far as its time can be believed, and what it came before; changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import BigIntegerField, CharField, DateTimeField, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hub.circulation.models import Kiosk, Loan, Transaction
from hub.circulation.operations import Actor
from hub.circulation.operations.last_seen import SKEW
from hub.core.prepared_queries import Given, asked
from lending.transactions import ClockTrust
from lending.wire import WireRow

AHEAD = timedelta(minutes=5)
"""How far a kiosk's clock may be ahead of the hub's: what happens now is then dated now."""
BACK = timedelta(minutes=1)
"""How far a clock in step may be put back between two rows."""
LONGEST_BOOT = timedelta(days=400)
"""A machine that ran for longer without a new start is rather one whose counter is wrong."""
OLDEST = timedelta(days=30)
"""A time further back is rather a clock that nobody set than a kiosk that was away for so long."""


@dataclass(frozen=True, slots=True)
class UploadContext:
    """When rows came, and what the kiosk's own counter said when it sent them: a boot, and nanoseconds since it."""

    at: datetime
    boot: str = ""
    mono_ns: int | None = None
    elsewhere: bool = False
    """The library's own system keeps the loans, and has done it."""


@dataclass(frozen=True, slots=True)
class TransactionTime:
    """`date` is the transaction date. It happened no earlier than `since`; None where nobody can tell."""

    date: datetime
    since: datetime | None
    believed: bool


class RelativeOrder(StrEnum):
    """Where a kiosk's act stands beside what the hub knows."""

    BEFORE = "before"
    AFTER = "after"
    UNCLEAR = "unclear"


def moment_of(kiosk: Kiosk, row: WireRow | Transaction, sending: UploadContext) -> TransactionTime:
    """Works out when it happened: by the kiosk's counter, which no clock moves, else by weighing its wall clock.

    What is weighed is the clock's trust, the hub's time when the row came, and the kiosk's row before it. A row that
    may still be refused is about a patron who waits: it happens now. A restored clock is never ahead: it went on from
    the time that was saved last. A row that was stored is dated as it was when it came.
    """
    if isinstance(row, Transaction) and row.happened_at is not None:
        return TransactionTime(row.happened_at, row.happened_at, believed=True)
    now = sending.at
    oldest = now - (OLDEST if row.no_block else AHEAD)
    worked_out = _worked_out(row, sending)
    if worked_out is not None and (row.no_block or oldest <= worked_out):
        return TransactionTime(worked_out, worked_out, believed=True)
    journal = row.journal if isinstance(row, Transaction) else kiosk.journal
    before, trust = _before(kiosk, journal, row.seq, now), ClockTrust(row.trust)
    late_enough = before is None or row.at >= before - BACK
    if trust is ClockTrust.SYNCED and late_enough and oldest <= row.at <= now + AHEAD:
        date = min(row.at, now)
        return TransactionTime(date, date, believed=True)
    reckoned = _reckoned(kiosk, journal, row)
    if reckoned is not None and oldest <= reckoned <= now + AHEAD:
        date = min(reckoned, now)
        return TransactionTime(date, date, believed=True)
    if trust is ClockTrust.RESTORED and late_enough and row.at <= now:
        return TransactionTime(now, row.at, believed=False)
    return TransactionTime(now, before, believed=False)


def _worked_out(row: WireRow | Transaction, sending: UploadContext) -> datetime | None:
    """So long before it was sent as the kiosk's counter says; None where the kiosk was started anew since."""
    if sending.mono_ns is None or row.boot != sending.boot or row.mono_ns > sending.mono_ns:
        return None
    ago = (sending.mono_ns - row.mono_ns) // 1000
    return sending.at - timedelta(microseconds=ago) if ago <= LONGEST_BOOT / timedelta(microseconds=1) else None


def _reckoned(kiosk: Kiosk, journal: str, row: WireRow | Transaction) -> datetime | None:
    """So long after a row of the same boot whose time is known as the kiosk's counter says; None where there is none.

    A machine that is away from every time server for hours calls its clock out of step, and may be started anew before
    it can send.
    """
    known = Transaction.objects.filter(kiosk=kiosk, journal=journal, boot=row.boot, seq__lt=row.seq)
    last = known.exclude(happened_at=None).order_by("-seq").values_list("happened_at", "mono_ns").first()
    if last is None or row.mono_ns < last[1]:
        return None
    since: datetime = last[0]
    later = (row.mono_ns - last[1]) // 1000
    return since + timedelta(microseconds=later) if later <= LONGEST_BOOT / timedelta(microseconds=1) else None


def _before(kiosk: Kiosk, journal: str, seq: int, now: datetime) -> datetime | None:
    """The latest time before which this row cannot have been made.

    That is the kiosk's last row before this one whose time is known, and the hub's own time when it last had a row of
    a journal that this one took the place of: two journals never run at once. A kiosk's first row of all has neither,
    and is held to OLDEST alone.
    """
    ((own, replaced),) = _times_before(kiosk.pk, journal, seq, now)
    return max(filter(None, (own, replaced and replaced - AHEAD)), default=None)


@asked
def _times_before() -> QuerySet:
    kiosk, journal, seq = Given(0, BigIntegerField()), Given(1, CharField()), Given(2, BigIntegerField())
    rows = Transaction.objects.filter(kiosk_id=kiosk, journal=journal)
    known = rows.filter(seq__lt=seq, happened_at__isnull=False).order_by("-seq").values("happened_at")
    first = Subquery(rows.order_by("received_at").values("received_at")[:1])
    others = Transaction.objects.filter(kiosk_id=kiosk).exclude(journal=journal).order_by("-received_at")
    came_before = others.filter(received_at__lt=Coalesce(first, Given(3, DateTimeField()))).values("received_at")
    which = Kiosk.objects.filter(pk=kiosk).order_by()
    return which.values_list(Subquery(known[:1]), Subquery(came_before[:1]))


def came(by: Actor, loan: Loan) -> RelativeOrder:
    """Tells whether what has happened came before the loan or after it. Rows of one kiosk come in their order.

    By how much clocks may lie apart nobody is told that a book she has brought back was another loan's.
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
