"""Writes down what the central answered and lets the patron hear it; sends nothing and waits for no central."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import assert_never

from kiosk.central import Accepted, JournalRow, Judged, Refused, SetAside
from kiosk.journal.journal import JournalFailed
from kiosk.sync.transaction_queue import Final, QueuedTransaction, TransactionQueue
from lending.model import Block, Reason

log = logging.getLogger(__name__)


async def take(ledger: TransactionQueue, answered: Sequence[tuple[QueuedTransaction, JournalRow, Judged]]) -> None:
    """Closes the rows, as they were sent, or leaves one in the ledger where it must go again. Raises JournalFailed.

    What was promised is closed in one commit, for nobody waits to hear of it.
    """
    if all(sent.no_block for _, sent, _ in answered):
        await _close(ledger, [(parcel, _of_promised(said)) for parcel, _, said in answered])
    else:
        for parcel, sent, said in answered:
            await _take(ledger, parcel, sent, said)


def _of_promised(said: Judged) -> Accepted | str:
    match said:
        case Accepted():
            return said
        case Refused(block=block):
            return f"refused although no-block: {block.reason}"
        case SetAside(reason=reason):
            return reason
        case _:
            assert_never(said)


async def _take(ledger: TransactionQueue, parcel: QueuedTransaction, sent: JournalRow, answer: Judged) -> None:
    """Closes the row, or leaves it in the ledger where it must go again: as no-block, or so that staff know of it."""
    match answer:
        case Accepted():
            await _told(ledger, parcel, answer)
            if parcel.untold and not sent.untold:
                log.info("row %d was done, and nobody has been told: it goes again so that staff know", sent.seq)
            elif parcel.row.no_block and not sent.no_block and _falls_short(parcel, answer):
                log.info("row %d was done for less than was promised: it goes again so that staff know", sent.seq)
            else:
                await _close(ledger, [(parcel, answer)])
        case Refused(block=block) if parcel.awaited:
            await _close(ledger, [(parcel, block)])
            parcel.tell(answer)
        case Refused() | SetAside() if parcel.owed:
            log.info("row %d was not done, too late: it goes again as no-block", parcel.row.seq)
            await ledger.promise(parcel)
        case Refused(block=block):
            log.info("row %d was refused, and nobody had been told yes", parcel.row.seq)
            await _close(ledger, [(parcel, block)])
        case SetAside(reason=reason):
            await _close(ledger, [(parcel, reason)])
            parcel.tell(Refused(Block(Reason.CENTRAL_REFUSED)))
        case _:
            assert_never(answer)


async def _told(ledger: TransactionQueue, parcel: QueuedTransaction, answer: Accepted) -> None:
    """Returns when the patron has her yes or it is known that she will not have it."""
    if parcel.awaited:
        parcel.decided = True
        parcel.tell(answer)
        await parcel.heard.wait()
        parcel.decided = False
    elif parcel.owed and not parcel.row.no_block:
        await ledger.promise(parcel)


def _falls_short(parcel: QueuedTransaction, answer: Accepted) -> bool:
    """Return whether a loan or renewal costs more, or is due sooner, than the patron was promised."""
    promised = parcel.agreed.trace if parcel.agreed else None
    if promised is None or promised.due is None:
        return False
    return answer.fee > promised.fee or (answer.due is not None and answer.due < promised.due)


async def _close(ledger: TransactionQueue, answered: Sequence[tuple[QueuedTransaction, Final]]) -> None:
    """Writes it down.

    A no must be on disk before it is heard. A yes may be heard first: where it is lost the central says it again.
    """
    for parcel, said in answered:
        if isinstance(said, str):
            log.warning("row %d was set aside", parcel.row.seq)
        parcel.decided = True
    try:
        await ledger.close(answered)
    except JournalFailed as failure:
        for parcel, _ in answered:
            parcel.fail(failure)
        raise
    finally:
        for parcel, _ in answered:
            parcel.decided = False
