"""Writes down what the central answered and lets the patron hear it; sends nothing and waits for no central."""

from __future__ import annotations

import logging
from typing import assert_never

from kiosk.domain.model import Block, Reason
from kiosk.journal.journal import JournalFailed
from kiosk.sync.central import Accepted, Refused, Row, SetAside
from kiosk.sync.ledger import Ledger, Parcel

log = logging.getLogger(__name__)


async def take(ledger: Ledger, parcel: Parcel, sent: Row, answer: Accepted | Refused | SetAside) -> None:
    """Closes the row, or leaves it in the ledger where it must go again: as no-block, or so that staff know of it.

    Raises JournalFailed.
    """
    match answer:
        case Accepted():
            await _told(ledger, parcel, answer)
            if parcel.untold and not sent.untold:
                log.info("row %d was done, and nobody has been told: it goes again so that staff know", sent.seq)
            else:
                await _close(ledger, parcel, answer)
        case Refused(block=block) if parcel.awaited:
            await _close(ledger, parcel, block)
            parcel.tell(answer)
        case Refused(block=block) if sent.no_block:
            await _close(ledger, parcel, f"refused although no-block: {block.reason}")
        case Refused() | SetAside() if parcel.owed and not sent.no_block:
            log.info("row %d was not done, too late: it goes again as no-block", parcel.row.seq)
            await ledger.promise(parcel)
        case Refused(block=block):
            log.info("row %d was refused, and nobody had been told yes", parcel.row.seq)
            await _close(ledger, parcel, block)
        case SetAside(reason=reason):
            await _close(ledger, parcel, reason)
            parcel.tell(Refused(Block(Reason.CENTRAL_REFUSED)))
        case _:
            assert_never(answer)


async def _told(ledger: Ledger, parcel: Parcel, answer: Accepted) -> None:
    """Returns when the patron has her yes or it is known that she will not have it."""
    if parcel.awaited:
        parcel.decided = True
        parcel.tell(answer)
        await parcel.heard.wait()
        parcel.decided = False
    elif parcel.owed and not parcel.row.no_block:
        await ledger.promise(parcel)


async def _close(ledger: Ledger, parcel: Parcel, said: Accepted | Block | str) -> None:
    """Writes it down.

    A no must be on disk before it is heard. A yes may be heard first: where it is lost the central says it again.
    """
    if isinstance(said, str):
        log.warning("row %d was set aside", parcel.row.seq)
    parcel.decided = True
    try:
        await ledger.close(parcel, said)
    except JournalFailed as failure:
        parcel.fail(failure)
        raise
    finally:
        parcel.decided = False
