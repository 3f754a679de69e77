"""Query a SIP2 server for patrons, their loans and items, without changing anything there."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TypeVar

from kiosk.central import PinVerdict
from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.device_keys import DeviceKeys, TooLong
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.field_values import moment, words, yes
from kiosk.sync.sip2.message import Sip2Message, Unsendable
from kiosk.sync.sip2.requests import FINES, LOANS, READY, WAITING, Profile, Requests
from kiosk.sync.sip2.response_mapping import forbids, is_known, item_of, patron_of, takes
from lending.model import (
    Account,
    Block,
    CardRef,
    Fee,
    FeeKind,
    Hold,
    Item,
    ItemId,
    ItemStatus,
    Patron,
    PatronRef,
    Reason,
)
from lending.questions import Question

T = TypeVar("T")
PAGE = 10
"""Entries of one response: what every system allows."""
MOST_SHOWN = 200
"""Longest list of loans, and of holds of one kind, in an account: each entry costs a query."""
MOST_FEES = 20
"""Fees of an account that are described."""
MOST_PAGES = 2000
FORBIDDEN = 10.0
"""Seconds between two requests for ACS Status (98) while it forbids a function."""
REMEMBERED = 1000
"""Rows of this process whose results are remembered, and loans whose borrowers are."""
HEARTBEAT = 60.0
"""Seconds of silence after which SC Status (99) is sent: Koha's example configuration hangs up after 600."""
ANSWER = 1.0
"""Seconds to wait for the response (36) to End Session (35): the next patron would have to wait as well."""
SILENCE = 3600.0
"""Seconds without another 35 after one that was not answered: each costs a connection."""
CARDS = 8
"""Cards remembered per visit: more than ever share one."""


class Sip2Queries:
    """Queries over one connection; each waits for the response to the one before."""

    def __init__(
        self, line: Sip2Connection, profile: Profile, requests: Requests, keys: DeviceKeys, cases: ExceptionStore
    ) -> None:
        self._line = line
        self._profile = profile
        self._requests = requests
        self.keys = keys
        self.cases = cases
        self.parting = EndSessionNotifier(line, profile, requests)
        self.on_time: Callable[[datetime], None] = lambda at: None
        """Called with the ILS's time from ACS Status (98): local, to the second."""
        self._with: OrderedDict[ItemId, CardRef] = OrderedDict()
        """Borrower by item, as of the last query or transaction."""

    @property
    def delay(self) -> float | None:
        """Seconds that the last response took; None before the first."""
        return self._line.delay

    def allows(self, what: str) -> bool:
        """Return whether the last ACS Status (98) allows `checkout`, `checkin` or `renewal`."""
        return what not in forbids(self._line.status)

    @property
    def _zone(self) -> tzinfo:
        return self._requests.zone

    def reference(self, number: str) -> CardRef:
        """Return the reference of a card number; empty if it is too long for any card."""
        try:
            return self.keys.reference(number)
        except TooLong:
            return CardRef("")

    async def ping(self) -> None:
        await self._line.greet()
        if self._line.status and (at := moment(self._line.status.fixed.get("date", ""), self._zone)):
            self.on_time(at)

    async def patron(self, card: CardRef) -> Patron | Block:
        response = await self._patron(card)
        return (
            response
            if isinstance(response, Block)
            else self._with_sealed_ref(patron_of(response, self._zone, self._requests.clock()))
        )

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        """Check a PIN; it is right only if CQ says so, as a missing CQ proves nothing."""
        response = await self._patron(card, pin) if pin else Block(Reason.PIN_WRONG)
        if isinstance(response, Block) or not is_known(response):
            return PinVerdict.WRONG
        return PinVerdict.RIGHT if yes(response.first("CQ")) else PinVerdict.WRONG

    async def account(self, card: CardRef) -> Account | Block:
        """Query the patron, the loans and the holds, up to MOST_SHOWN entries of each list."""
        response = await self._patron(card)
        if isinstance(response, Block):
            return response
        patron = self._with_sealed_ref(patron_of(response, self._zone, self._requests.clock()))
        if isinstance(patron, Block):
            return patron
        number = self.keys.number(card)
        assert number is not None
        listed = [await self._loan(each, patron.ref) for each in await self._fetch_list(number, LOANS, "AU")]
        for each in listed:
            self._saw_with(each.id, card)
        loans = [each for each in map(self._with_pending_return, listed) if each.status is ItemStatus.ON_LOAN]
        if len(listed) < MOST_SHOWN:
            patron = replace(patron, loans={"": len(loans)} if loans else {})
        ready = [await self._title(each) for each in await self._fetch_list(number, READY, "AS")]
        waiting = [await self._title(each) for each in await self._fetch_list(number, WAITING, "CD")]
        holds = [Hold(each, ready=True) for each in ready] + [Hold(each, ready=False) for each in waiting]
        return Account(patron, tuple(loans), tuple(holds), fees=await self._fees(number, patron))

    async def item(self, item: ItemId) -> Item | None:
        """Return the item as the ILS has it, but returned if a return is held back here."""
        current = await self._query_item(item)
        return self._with_pending_return(current) if current else None

    def _with_pending_return(self, item: Item) -> Item:
        held = self.cases.pending_return(item.id) if item.status is ItemStatus.ON_LOAN else None
        return replace(item, status=ItemStatus.HANDED_IN) if held and held.may_end(item.due) else item

    def _saw_with(self, item: ItemId, card: CardRef) -> None:
        self._with.pop(item, None)
        self._with[item] = card
        if len(self._with) > REMEMBERED:
            self._with.popitem(last=False)

    async def _query_item(self, item: ItemId) -> Item | None:
        """Return the item as the ILS has it."""
        try:
            response = await self._line.ask(self._requests.item(item))
        except Unsendable:
            return None
        return item_of(response, self._zone, self._profile.day_first)

    @property
    def record_api(self) -> None:
        """None: SIP2 offers no consents and no addresses to change."""

    def forget(self) -> None:
        """End the visit, so that End Patron Session (35) is sent."""
        self.parting.on_visit_end()

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        """Return the fallback: SIP2 has no message for questions. A companion hub answers them."""
        return question.fallback

    async def keep(self) -> None:
        """Send SC Status (99) when idle, so that the ILS does not hang up. Runs for ever."""
        await self._line.keep(HEARTBEAT, FORBIDDEN)

    def close(self) -> None:
        self._line.close()

    def _with_sealed_ref(self, patron: Patron | Block) -> Patron | Block:
        """Replace the patron's number by its sealed form, which is the same for all cards of a patron."""
        if isinstance(patron, Block):
            return patron
        with contextlib.suppress(TooLong):
            return replace(patron, ref=PatronRef(self.keys.reference(patron.ref)))
        return patron

    async def _loan_of(self, number: str, item: ItemId) -> Item | None:
        """Return the item if the patron has it. The item is queried first: mostly it is not on loan."""
        current = await self._query_item(item)
        if current is None or current.status is not ItemStatus.ON_LOAN:
            return None
        name = current.title if self._profile.lists_titles else str(item)
        async with aclosing(self._pages(number, LOANS, "AU")) as pages:
            async for page in pages:
                if name in map(words, page):
                    return current
        return None

    async def _fetch_list(self, number: str, place: int, name: str) -> list[str]:
        """Return a list of the patron's, up to MOST_SHOWN entries."""
        found: list[str] = []
        async with aclosing(self._pages(number, place, name)) as pages:
            async for page in pages:
                found += page
                if len(found) >= MOST_SHOWN:
                    break
        return found[:MOST_SHOWN]

    async def _pages(self, number: str, place: int, name: str) -> AsyncGenerator[Sequence[str], None]:
        """Yield the new entries of each page of a list, until a page has none."""
        found: set[str] = set()
        for page in range(MOST_PAGES):
            first = page * PAGE + 1
            response = await self._line.ask(self._requests.patron(number, "", place, first, first + PAGE - 1))
            entries = dict.fromkeys(each.strip() for each in response.values(name))
            fresh = [each for each in entries if each not in found]
            if not fresh:
                break
            found.update(fresh)
            yield fresh
            if len(response.values(name)) != PAGE:
                break

    async def _loan(self, entry: str, holder: PatronRef) -> Item:
        """Return a loan of a list; if the list holds titles, the title is all that is known."""
        if not self._profile.lists_titles:
            response = await self._line.ask(self._requests.item(ItemId(entry)))
            if known := item_of(response, self._zone, self._profile.day_first, holder):
                return known
        return Item(ItemId(entry), words(entry), status=ItemStatus.ON_LOAN, holder=holder)

    async def _fees(self, number: str, patron: Patron) -> tuple[Fee, ...]:
        """Return the fine items in the ILS's words; no amount is read from them, because they have no standard form."""
        if not patron.fees:
            return ()
        listed = await self._fetch_list(number, FINES, "AV")
        return tuple([Fee(FeeKind.OTHER, text=await self._fine(each)) for each in listed[:MOST_FEES]])

    async def _fine(self, entry: str) -> str:
        return await self._title(entry) if entry.isascii() and entry.isalnum() else words(entry)

    async def _title(self, entry: str) -> str:
        known = None if self._profile.lists_titles else await self.item(ItemId(entry))
        return known.title if known else words(entry)

    async def _patron(self, card: CardRef, pin: str = "") -> Sip2Message | Block:
        number = self.keys.number(card)
        if number is None:
            return Block(Reason.UNKNOWN_CARD)
        self.parting.on_query(number)
        try:
            return await self._line.ask(self._requests.patron(number, pin))
        except Unsendable:
            self.parting.spare(number)
            return Block(Reason.UNKNOWN_CARD)


class EndSessionNotifier:
    """Collect the patrons that were queried in a visit, until the visit ends or the next patron is queried."""

    def __init__(self, line: Sip2Connection, profile: Profile, requests: Requests) -> None:
        self._line = line
        self._profile = profile
        self._requests = requests
        self._here: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._over = asyncio.Event()
        self._silent_until = 0.0

    def on_query(self, number: str) -> None:
        """Record that this patron is queried (63). Unsent notices are dropped, as they would fall into this visit."""
        self._gone.clear()
        self._here[number] = None
        if len(self._here) > CARDS:
            self._here.pop(next(iter(self._here)))

    def spare(self, number: str) -> None:
        """Forget a number that cannot be sent, so the ILS was never asked about it."""
        self._here.pop(number, None)

    def on_visit_end(self) -> None:
        """End the visit."""
        self._gone, self._here = self._here, {}
        if self._gone:
            self._over.set()

    async def wait_for_visit_end(self) -> None:
        """Wait until a visit ends in which a patron was queried."""
        await self._over.wait()
        self._over.clear()

    def drop(self) -> None:
        """Drop the notices that were not sent."""
        self._gone.clear()

    async def say(self) -> None:
        """Send the notices; call it when every transaction of the visit is answered."""
        now = asyncio.get_running_loop().time()
        if not self._taken or now < self._silent_until:
            self.drop()
        while self._gone:
            number, _ = self._gone.popitem()
            if not await self._line.tell(self._requests.end_session(number), ANSWER):
                self._silent_until = now + SILENCE
                self.drop()

    @property
    def _taken(self) -> bool:
        stated = takes(self._line.status, "end_session")
        return self._profile.ends_sessions if stated is None else stated
