"""Simulate patrons at one SIP2 kiosk, and record what the kiosk stated to each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from kiosk.benchmarks.sip2.faulty_connection import FaultyConnection
from kiosk.benchmarks.sip2.kiosk import ZONE, Sip2Kiosk
from kiosk.central import CentralUnavailable, Outcome, Refused
from lending.model import ItemId
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode

LOAN = timedelta(days=28)
TROUBLES = (0.0, 0.0, 0.3, 0.6, 1.0)
PULLED, SILENT, KILLED, ASKED = 0.15, 0.5, 0.12, 0.5
UNSURE = "unsure"
"""The kiosk was killed before the patron got an answer."""


@dataclass(frozen=True, slots=True)
class PatronStatement:
    """`did` is the library's name of the action.

    `shown_outcome` is yes, no or unsure. `day` is the due date shown to the patron.
    """

    did: str
    item: str
    shown_outcome: str
    day: date | None = None


@dataclass
class SimulatedPatrons:
    """Patrons of one kiosk, whose items circulate only there."""

    kiosk: Sip2Kiosk
    wire: FaultyConnection
    books: Sequence[str]
    cards: Sequence[str]
    """Card numbers; the last one is blocked."""
    random: Random
    now: Callable[[], datetime]
    patience: float
    statements: list[PatronStatement] = field(default_factory=list)
    _out: dict[str, str] = field(default_factory=dict)
    """Card of the borrower by item."""
    _kept_away: set[str] = field(default_factory=set)
    """Items with an unknown loan state, which staff have."""

    async def step(self, wait: Callable[[float], Awaitable[None]]) -> None:
        """Perform one errand on the connection as it is. `wait` lets seconds pass."""
        random = self.random
        self.wire.trouble = random.choice(TROUBLES)
        if random.random() < PULLED:
            self.wire.pull(silent=random.random() < SILENT)
        acting = asyncio.ensure_future(self._act())
        if random.random() < KILLED:
            await wait(random.choice((0.0, random.uniform(0, self.patience))))
            self.wire.cut()
            await self._kill_while(acting)
        await acting
        if random.random() < 0.5:
            await wait(random.uniform(0, 3 * self.patience))
        self.wire.plug()

    async def _kill_while(self, acting: asyncio.Task[None]) -> None:
        acting.cancel()
        await self.kiosk.kill()
        await asyncio.wait([acting])
        self.kiosk.start()

    async def _act(self) -> None:
        books = [each for each in self.books if each not in self._kept_away]
        if not books:
            return
        book = self.random.choice(books)
        has, card = self._out.get(book), self.random.choice(self.cards)
        central, now = self.kiosk.central, self.now()
        act: Act
        if has is None:
            act, did = Checkout(central.reference(card), ItemId(book), now + LOAN), "checkout"
        elif self.random.random() < 0.4 and has != self.cards[-1]:
            act, did = Renew(central.reference(has), ItemId(book), now + LOAN), "renew"
        else:
            act, did = Checkin(ItemId(book), self.random.choice((ReturnMode.TRUSTED, ReturnMode.BIN))), "checkin"
        asks, told = self.random.random() < ASKED, UNSURE
        try:
            if asks:
                with contextlib.suppress(CentralUnavailable):
                    await central.item(ItemId(book))
            _, outcome = await self.kiosk.courier.deliver(act)
            told = self._hears(outcome, did, book, card)
        except asyncio.CancelledError:
            self._kept_away.add(book)
        day = None if did == "checkin" else (now + LOAN).astimezone(ZONE).date()
        self.statements.append(PatronStatement(did, book, told, day))

    def _hears(self, outcome: Outcome, did: str, book: str, card: str) -> str:
        if isinstance(outcome, Refused):
            return "no"
        if did == "checkout":
            self._out[book] = card
        elif did == "checkin":
            del self._out[book]
        return "yes"
