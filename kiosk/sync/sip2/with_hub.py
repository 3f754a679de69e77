"""Combine an ILS that keeps the loans with a companion hub for everything else.

The hub gets each transaction once, after the ILS has done it, and never judges it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, assert_never
from uuid import UUID, uuid5

from pydantic import ValidationError

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow, RetryLater
from kiosk.journal.errors import JournalFailed, JournalFault
from kiosk.sync.hub_client import HubClient
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.exception_store import ExceptionKind, StoredException
from kiosk.sync.sip2.pending_returns import not_written
from kiosk.sync.sip2.queries import HEARTBEAT
from kiosk.system.clock import Clock
from lending import wire
from lending.model import Account, Block, CardRef, Item, ItemId, Patron
from lending.questions import Question
from lending.responses import PatronResponse
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TagReport, TransactionId, Undo

T = TypeVar("T")
log = logging.getLogger(__name__)
LOOK = 10.0
"""Seconds between two checks for a new exception."""
EVERY = 300.0
"""Seconds after which the hub is asked again which exceptions staff have resolved."""


class ToHub(Protocol):
    """Queue of transactions for the hub."""

    async def copy(self, row: JournalRow, act: Act) -> None:
        """Queue a transaction that was done, under the same id. A repetition has no effect. Raises JournalFailed."""
        ...


class Facts(Protocol):
    """Data of patrons and items in the snapshot of the hub."""

    def patron(self, card: CardRef) -> Patron | None: ...

    def item(self, item: ItemId) -> Item | None: ...


class Sip2ClientWithHub(Sip2Client):
    """SIP2 client with a companion hub.

    `queue` is set when there is a courier to the hub, `facts` when there is a snapshot.
    """

    def __init__(self, hub: HubClient, *parts: Any) -> None:
        super().__init__(*parts)
        self.hub = hub
        self.queue: ToHub | None = None
        self.facts: Facts | None = None

    def at_hub(self, card: CardRef) -> CardRef:
        """Return the hub's reference of the card; empty if this kiosk did not make the given one."""
        number = self.keys.number(card)
        return self.hub.reference(number) if number else CardRef("")

    async def patron(self, card: CardRef) -> Patron | Block:
        found = await super().patron(card)
        return found if isinstance(found, Block) else self._with_group(found, card)

    async def account(self, card: CardRef) -> Account | Block:
        found = await super().account(card)
        if isinstance(found, Block):
            return found
        patron = self._with_group(found.patron, card)
        loans = tuple(replace(self._with_title(each), holder=patron.ref) for each in found.loans)
        return replace(found, patron=patron, loans=loans)

    async def item(self, item: ItemId) -> Item | None:
        found = await super().item(item)
        return self._with_title(found) if found else None

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        return await self.hub.ask(question, None if card is None else self.at_hub(card), items)

    def close(self) -> None:
        super().close()
        self.hub.close()

    def _known_due(self, item: ItemId) -> datetime | None:
        known = self.facts.item(item) if self.facts else None
        return known.due if known is not None else None

    def _with_group(self, patron: Patron, card: CardRef) -> Patron:
        """Add the category, which SIP2 lacks, and the hub's reference, which the kiosk also knows offline."""
        known = self.facts.patron(card) if self.facts else None
        return replace(patron, ref=known.ref, category=known.category) if known else patron

    def _with_title(self, item: Item) -> Item:
        """Add bibliographic data, which SIP2 lacks; the status comes from the ILS alone."""
        known = self.facts.item(item.id) if self.facts else None
        if known is None:
            return item
        return replace(
            item,
            title=known.title or item.title,
            author=known.author,
            subject=known.subject,
            cover=known.cover,
            type=known.type,
            call_number=item.call_number or known.call_number,
        )

    async def _before_close(self, row: JournalRow, act: Act, answer: Answer) -> Answer:
        """Queue what was done for the hub before its row is closed."""
        if not isinstance(answer, Accepted):
            return answer
        if self.queue is None:
            return answer
        queued = await _queued(self.queue.copy(row, self._as_done(act, answer.due)))
        return answer if queued else RetryLater(HEARTBEAT)

    def _case(self, row: JournalRow, act: Act, answer: Answer) -> StoredException | None:
        """Leave findings about tags to the hub, which opens a case for the row that is queued for it."""
        return None if isinstance(act, TagReport) else super()._case(row, act, answer)

    async def _before_removal(self, case: StoredException) -> bool:
        """Queue a return for the hub now that staff have seen the item: the scan at the kiosk was provisional."""
        if self.queue is None:
            return True
        boot = case.boot or case.id
        row = JournalRow(
            0, _return_id(case.id), boot, case.mono_ns, case.at, case.trust, case.act, no_block=True, body=""
        )
        return await _queued(self.queue.copy(row, Checkin(ItemId(case.item), ReturnMode.TRUSTED)))

    def _as_done(self, act: Act, due: datetime | None) -> Act:
        """Return the transaction with the hub's card reference and the due date that the ILS gave."""
        match act:
            case Checkout() | Renew():
                return replace(act, card=self.at_hub(act.card), due=due or act.due, reckoned=due is None)
            case PatronResponse(card=card):
                return replace(act, card=self.at_hub(card)) if card else act
            case Checkin() | Undo() | TagReport():
                return act
            case _:
                assert_never(act)


def _return_id(scanned: TransactionId) -> TransactionId:
    """Return the id of a confirmed return, derived from the id of its scan: a UUID as the hub expects it."""
    of = UUID(scanned)
    return TransactionId(str(UUID(bytes=of.bytes[:8] + uuid5(of, "seen").bytes[8:])))


async def _queued(queueing: Awaitable[None]) -> bool:
    """Wait for the queueing; False if the disk is full for now.

    A broken journal stops no loan: the next import from the ILS brings the hub up to date.
    """
    try:
        await queueing
    except JournalFailed as failure:
        log.error("Cannot queue a completed transaction for the hub: %s", failure)
        return failure.why is not JournalFault.FULL
    return True


async def report_periodically(central: Sip2ClientWithHub, clock: Clock) -> None:
    """Report a new exception within LOOK seconds, and all of them every EVERY seconds. Runs for ever."""
    reported: Sequence[tuple[str, ExceptionKind]] = ()
    due = clock.monotonic()
    while True:
        still = [(each.id, each.kind) for each in central.cases.urgent]
        if still and (still != reported or clock.monotonic() >= due):
            try:
                await tell(central)
                reported, due = still, clock.monotonic() + EVERY
            except CentralUnavailable as away:
                log.debug("Cannot report %d exceptions to the hub: %s", len(still), away)
            except OSError as error:
                not_written(error)
        await clock.sleep(LOOK)


async def tell(central: Sip2ClientWithHub) -> None:
    """Report all open exceptions and remove those resolved at the hub. Raises CentralUnavailable, OSError."""
    cases = [(each, sent) for each in central.cases.urgent if (sent := _wire_case(each, central.hub))]
    for first in range(0, len(cases), wire.MOST_ROWS):
        some = cases[first : first + wire.MOST_ROWS]
        request = wire.CasesRequest(wire=wire.VERSION, cases=[sent for _case, sent in some])
        settled = (await central.hub.cases(request)).settled
        current = [case for case, _sent in some if central.cases.find(case.id) == case]
        if done := [case.id for case in current if case.id in settled]:
            await asyncio.to_thread(central.cases.settle, done)
        if fresh := [case.id for case in current if case.id not in settled and not case.is_reported]:
            await asyncio.to_thread(central.cases.mark_told, fresh)


def _wire_case(case: StoredException, hub: HubClient) -> wire.WireCase | None:
    """Convert an exception; None if it fits no request, in which case it stays at the kiosk."""
    try:
        return wire.WireCase.model_validate(
            {
                "id": case.id,
                "kind": case.kind.value,
                "at": case.at,
                "act": case.act,
                "item": case.item,
                "card": hub.reference(case.number) if case.number else "",
                "promised": case.promised,
                "given": case.given,
                "reason": case.reason[:64],
            }
        )
    except ValidationError as error:
        log.error("An exception cannot be sent to the hub and stays at the kiosk: %s", wire.first_fault(error))
        return None
