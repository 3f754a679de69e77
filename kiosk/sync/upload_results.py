"""Store the central's answers in the journal, then release the patrons who wait for them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import assert_never

from kiosk.central import Accepted, JournalRow, Judged, Refused, SetAside
from kiosk.journal.journal import JournalFailed
from kiosk.sync.transaction_queue import Final, QueuedTransaction, TransactionQueue
from lending.model import Block, Reason

log = logging.getLogger(__name__)


async def store_results(
    queue: TransactionQueue, answered: Sequence[tuple[QueuedTransaction, JournalRow, Judged]]
) -> None:
    """Close the answered rows; a row that must be sent again stays in the queue. Raises JournalFailed.

    Promised rows are closed in one commit, because no patron is waiting for their answers.
    """
    if all(sent.no_block for _, sent, _ in answered):
        await _close(queue, [(entry, _of_promised(answer)) for entry, _, answer in answered])
    else:
        for entry, sent, answer in answered:
            await _take(queue, entry, sent, answer)


def _of_promised(answer: Judged) -> Accepted | str:
    match answer:
        case Accepted():
            return answer
        case Refused(block=block):
            return f"refused although no-block: {block.reason}"
        case SetAside(reason=reason):
            return reason
        case _:
            assert_never(answer)


async def _take(queue: TransactionQueue, entry: QueuedTransaction, sent: JournalRow, answer: Judged) -> None:
    """Close the row, or leave it in the queue to be sent again: as no-block, or to inform staff."""
    match answer:
        case Accepted():
            await _confirm(queue, entry, answer)
            if entry.untold and not sent.untold:
                log.info("Row %d was done but no patron saw it: sending it again to inform staff", sent.seq)
            elif entry.row.no_block and not sent.no_block and _falls_short(entry, answer):
                log.info("Row %d was done on worse terms than promised: sending it again to inform staff", sent.seq)
            else:
                await _close(queue, [(entry, answer)])
        case Refused(block=block) if entry.awaited:
            await _close(queue, [(entry, block)])
            entry.tell(answer)
        case Refused() | SetAside() if entry.owed:
            log.info("Row %d was refused after it was promised: sending it again as no-block", entry.row.seq)
            await queue.promise(entry)
        case Refused(block=block):
            log.info("Row %d was refused and had not been promised", entry.row.seq)
            await _close(queue, [(entry, block)])
        case SetAside(reason=reason):
            await _close(queue, [(entry, reason)])
            entry.tell(Refused(Block(Reason.CENTRAL_REFUSED)))
        case _:
            assert_never(answer)


async def _confirm(queue: TransactionQueue, entry: QueuedTransaction, answer: Accepted) -> None:
    """Wait until the patron has the confirmation, or it is known that they will not get it."""
    if entry.awaited:
        entry.decided = True
        entry.tell(answer)
        await entry.caller_done.wait()
        entry.decided = False
    elif entry.owed and not entry.row.no_block:
        await queue.promise(entry)


def _falls_short(entry: QueuedTransaction, answer: Accepted) -> bool:
    """Return whether a loan or renewal costs more, or is due sooner, than the patron was promised."""
    promised = entry.agreed.trace if entry.agreed else None
    if promised is None or promised.due is None:
        return False
    return answer.fee > promised.fee or (answer.due is not None and answer.due < promised.due)


async def _close(queue: TransactionQueue, answered: Sequence[tuple[QueuedTransaction, Final]]) -> None:
    """Commit the answers.

    A refusal must be on disk before the patron sees it. A confirmation may be shown first: if it is lost, the central
    repeats it.
    """
    for entry, final in answered:
        if isinstance(final, str):
            log.warning("Row %d was set aside", entry.row.seq)
        entry.decided = True
    try:
        await queue.close(answered)
    except JournalFailed as failure:
        for entry, _ in answered:
            entry.fail(failure)
        raise
    finally:
        for entry, _ in answered:
            entry.decided = False
