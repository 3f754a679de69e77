"""A library's own system with our hub beside it: what was done there is told to the hub, which is asked for the rest.

The system keeps the loans. The hub hears of each act once, after it was done, and never judges it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, assert_never
from uuid import UUID, uuid5

from kiosk.central import Accepted, Answer, JournalRow, RetryLater
from kiosk.journal.errors import JournalFailed, Why
from kiosk.sync.hub_client import HubClient
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.exception_store import StoredException
from kiosk.sync.sip2.queries import HEARTBEAT
from lending.greeting import Greeting
from lending.model import Account, Block, CardRef, Item, ItemId, Patron
from lending.post_visit import AfterVisit
from lending.published_feedback import Published
from lending.transactions import Act, Checkin, Checkout, PatronResponse, Renew, ReturnMode, TransactionId, Undo

log = logging.getLogger(__name__)


class ToHub(Protocol):
    """A queue of its own."""

    async def copy(self, row: JournalRow, act: Act) -> None:
        """Queues what was done, under the same id; twice is once. Raises JournalFailed."""
        ...


class Facts(Protocol):
    """What the hub has told of patrons and items, as the kiosk keeps it."""

    def patron(self, card: CardRef) -> Patron | None: ...

    def item(self, item: ItemId) -> Item | None: ...


class Sip2ClientWithHub(Sip2Client):
    """`queue` is known once there is a courier to the hub, `facts` once there is a snapshot."""

    def __init__(self, hub: HubClient, *parts: Any) -> None:
        super().__init__(*parts)
        self.hub = hub
        self.queue: ToHub | None = None
        self.facts: Facts | None = None

    def at_hub(self, card: CardRef) -> CardRef:
        """The card as the hub knows it; nobody's where it is none of this kiosk's."""
        number = self.keys.number(card)
        return self.hub.reference(number) if number else CardRef("")

    async def patron(self, card: CardRef) -> Patron | Block:
        told = await super().patron(card)
        return told if isinstance(told, Block) else self._with_group(told, card)

    async def account(self, card: CardRef) -> Account | Block:
        told = await super().account(card)
        if isinstance(told, Block):
            return told
        patron = self._with_group(told.patron, card)
        loans = tuple(replace(self._with_title(each), holder=patron.ref) for each in told.loans)
        return replace(told, patron=patron, loans=loans)

    async def item(self, item: ItemId) -> Item | None:
        told = await super().item(item)
        return self._with_title(told) if told else None

    async def greeting(self, card: CardRef) -> Greeting | None:
        return await self.hub.greeting(self.at_hub(card))

    async def after(self, card: CardRef, items: Sequence[ItemId]) -> AfterVisit:
        return await self.hub.after(self.at_hub(card), items)

    async def published(self) -> Sequence[Published]:
        return await self.hub.published()

    def close(self) -> None:
        super().close()
        self.hub.close()

    def _known_due(self, item: ItemId) -> datetime | None:
        known = self.facts.item(item) if self.facts else None
        return known.due if known is not None else None

    def _with_group(self, patron: Patron, card: CardRef) -> Patron:
        """SIP2 tells no group; and she is called as the hub calls her, which the kiosk knows off line too."""
        known = self.facts.patron(card) if self.facts else None
        return replace(patron, ref=known.ref, category=known.category) if known else patron

    def _with_title(self, item: Item) -> Item:
        """SIP2 tells a title and hardly more; how the item stands it alone tells."""
        known = self.facts.item(item.id) if self.facts else None
        if known is None:
            return item
        return replace(
            item,
            title=known.title or item.title,
            author=known.author,
            subject=known.subject,
            type=known.type,
            call_number=item.call_number or known.call_number,
        )

    async def _done(self, row: JournalRow, act: Act, answer: Answer) -> Answer:
        """What was done is queued for the hub before its row is closed."""
        if not isinstance(answer, Accepted):
            return answer
        if self.queue is None:
            return answer
        told = await _queued(self.queue.copy(row, self._as_done(act, answer.due)))
        return answer if told else RetryLater(HEARTBEAT)

    async def _taken(self, case: StoredException) -> bool:
        """Staff have seen the book: the hub hears it as a return of its own, for the scan was none."""
        if self.queue is None:
            return True
        boot = case.boot or case.id
        row = JournalRow(0, _seen(case.id), boot, case.mono_ns, case.at, case.trust, case.act, no_block=True, body="")
        return await _queued(self.queue.copy(row, Checkin(ItemId(case.item), ReturnMode.TRUSTED)))

    def _as_done(self, act: Act, due: datetime | None) -> Act:
        """As the hub can read it, and as it became."""
        match act:
            case Checkout() | Renew():
                return replace(act, card=self.at_hub(act.card), due=due or act.due, reckoned=due is None)
            case PatronResponse(card=card):
                return replace(act, card=self.at_hub(card)) if card else act
            case Checkin() | Undo():
                return act
            case _:
                assert_never(act)


def _seen(scanned: TransactionId) -> TransactionId:
    """The id of the return of a book whose scan had that one: always the same, and of the kind that the hub takes."""
    of = UUID(scanned)
    return TransactionId(str(UUID(bytes=of.bytes[:8] + uuid5(of, "seen").bytes[8:])))


async def _queued(queueing: Awaitable[None]) -> bool:
    """False where there is no room just now. A queue that is broken stops no loan: the next import tells of it."""
    try:
        await queueing
    except JournalFailed as failure:
        log.error("the hub is not told what was done: %s", failure)
        return failure.why is not Why.FULL
    return True
