"""What a SIP2 system is asked: who a patron is, what she has, how an item stands; changes nothing there."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, tzinfo

from kiosk.central import PinVerdict
from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.device_keys import DeviceKeys, TooLong
from kiosk.sync.sip2.end_session import EndSessionNotifier
from kiosk.sync.sip2.exception_store import ExceptionStore
from kiosk.sync.sip2.field_values import moment, words, yes
from kiosk.sync.sip2.message import Message, Unsendable
from kiosk.sync.sip2.profile import Profile
from kiosk.sync.sip2.requests import LOANS, READY, WAITING, Requests
from kiosk.sync.sip2.response_mapping import forbids, is_known, item_of, patron_of
from lending.greeting import Greeting
from lending.model import Account, Block, CardRef, Hold, Item, ItemId, ItemStatus, Patron, PatronRef, Reason
from lending.post_visit import AfterVisit
from lending.published_feedback import Published

PAGE = 10
"""Entries of one answer: what every system allows."""
MOST_SHOWN = 200
"""Loans, and holds of a kind, that an account lists: each is a question of its own."""
MOST_PAGES = 2000
FORBIDDEN = 10.0
"""Seconds after which 98 is asked for anew while it forbids something."""
REMEMBERED = 1000
"""Rows of this process of which is known what became of them, and loans of which is known whose they are."""
HEARTBEAT = 60.0
"""Seconds of silence after which 99 is said: Koha's example hangs up after 600."""


class Sip2Queries:
    """One line, over which a question waits for the answer to the one before."""

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
        """Called with the system's own time, as its 98 says it: local, to the second."""
        self._with: OrderedDict[ItemId, CardRef] = OrderedDict()
        """Who had what when the system was last asked or told."""

    @property
    def delay(self) -> float | None:
        """Seconds that the last answer took; None before the first."""
        return self._line.delay

    def allows(self, what: str) -> bool:
        """Whether the last 98 lets the kiosk do it: `checkout`, `checkin` or `renewal`."""
        return what not in forbids(self._line.status)

    @property
    def _zone(self) -> tzinfo:
        return self._requests.zone

    def reference(self, number: str) -> CardRef:
        """Nobody's where a number is longer than any card's."""
        try:
            return self.keys.reference(number)
        except TooLong:
            return CardRef("")

    async def ping(self) -> None:
        await self._line.greet()
        if self._line.status and (at := moment(self._line.status.fixed.get("date", ""), self._zone)):
            self.on_time(at)

    async def patron(self, card: CardRef) -> Patron | Block:
        told = await self._patron(card)
        return (
            told if isinstance(told, Block) else self._hers_alone(patron_of(told, self._zone, self._requests.clock()))
        )

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        """Right only where the system says so: a missing CQ is no yes."""
        told = await self._patron(card, pin) if pin else Block(Reason.PIN_WRONG)
        if isinstance(told, Block) or not is_known(told):
            return PinVerdict.WRONG
        return PinVerdict.RIGHT if yes(told.first("CQ")) else PinVerdict.WRONG

    async def account(self, card: CardRef) -> Account | Block:
        told = await self._patron(card)
        if isinstance(told, Block):
            return told
        patron = self._hers_alone(patron_of(told, self._zone, self._requests.clock()))
        if isinstance(patron, Block):
            return patron
        number = self.keys.number(card)
        assert number is not None
        listed = [await self._loan(each, patron.ref) for each in await self._listed(number, LOANS, "AU")]
        for each in listed:
            self._saw_with(each.id, card)
        loans = [each for each in map(self._handed_in, listed) if each.status is ItemStatus.ON_LOAN]
        if len(listed) < MOST_SHOWN:
            patron = replace(patron, loans={"": len(loans)} if loans else {})
        ready = [await self._title(each) for each in await self._listed(number, READY, "AS")]
        waiting = [await self._title(each) for each in await self._listed(number, WAITING, "CD")]
        holds = [Hold(each, ready=True) for each in ready] + [Hold(each, ready=False) for each in waiting]
        return Account(patron, tuple(loans), tuple(holds))

    async def item(self, item: ItemId) -> Item | None:
        """As the system has it; what was handed in here and is held back is no loan any more."""
        stands = await self._stands(item)
        return self._handed_in(stands) if stands else None

    def _handed_in(self, item: Item) -> Item:
        held = self.cases.held(item.id) if item.status is ItemStatus.ON_LOAN else None
        return replace(item, status=ItemStatus.HANDED_IN) if held and held.may_end(item.due) else item

    def _saw_with(self, item: ItemId, card: CardRef) -> None:
        self._with.pop(item, None)
        self._with[item] = card
        if len(self._with) > REMEMBERED:
            self._with.popitem(last=False)

    async def _stands(self, item: ItemId) -> Item | None:
        """As the system itself has it."""
        try:
            told = await self._line.ask(self._requests.item(item))
        except Unsendable:
            return None
        return item_of(told, self._zone, self._profile.day_first)

    @property
    def hers(self) -> None:
        """SIP2 keeps no consents and no addresses to be changed."""

    def forget(self) -> None:
        self.parting.left()

    async def greeting(self, card: CardRef) -> Greeting | None:
        """SIP2 has no way to tell it."""
        return None

    async def after(self, card: CardRef, items: Sequence[ItemId]) -> AfterVisit:
        """SIP2 knows no relationship: whoever has one beside it asks there."""
        return AfterVisit()

    async def published(self) -> Sequence[Published]:
        """SIP2 has no way to tell it."""
        return ()

    async def keep(self) -> None:
        """Never returns: says now and then that the kiosk is there, so that the system does not hang up."""
        await self._line.keep(HEARTBEAT, FORBIDDEN)

    def close(self) -> None:
        self._line.close()

    def _hers_alone(self, patron: Patron | Block) -> Patron | Block:
        """Her name to the kiosk is her number sealed: the same whichever of her cards she shows, and no number."""
        if isinstance(patron, Block):
            return patron
        with contextlib.suppress(TooLong):
            return replace(patron, ref=PatronRef(self.keys.reference(patron.ref)))
        return patron

    async def _hers(self, number: str, item: ItemId) -> Item | None:
        """The item, where she has it. Asked of the item first: most often nobody has it."""
        stands = await self._stands(item)
        if stands is None or stands.status is not ItemStatus.ON_LOAN:
            return None
        name = stands.title if self._profile.lists_titles else str(item)
        async with aclosing(self._pages(number, LOANS, "AU")) as pages:
            async for page in pages:
                if name in map(words, page):
                    return stands
        return None

    async def _listed(self, number: str, place: int, name: str) -> list[str]:
        """A list of hers, as far as it is shown."""
        found: list[str] = []
        async with aclosing(self._pages(number, place, name)) as pages:
            async for page in pages:
                found += page
                if len(found) >= MOST_SHOWN:
                    break
        return found[:MOST_SHOWN]

    async def _pages(self, number: str, place: int, name: str) -> AsyncGenerator[Sequence[str], None]:
        """What each page of a list of hers says that is new, until one says nothing new."""
        found: set[str] = set()
        for page in range(MOST_PAGES):
            first = page * PAGE + 1
            told = await self._line.ask(self._requests.patron(number, "", place, first, first + PAGE - 1))
            entries = dict.fromkeys(each.strip() for each in told.all(name))
            fresh = [each for each in entries if each not in found]
            if not fresh:
                break
            found.update(fresh)
            yield fresh
            if len(told.all(name)) != PAGE:
                break

    async def _loan(self, entry: str, holder: PatronRef) -> Item:
        """A loan of a list; where the list holds titles, that is all that is known of it."""
        if not self._profile.lists_titles:
            told = await self._line.ask(self._requests.item(ItemId(entry)))
            if known := item_of(told, self._zone, self._profile.day_first, holder):
                return known
        return Item(ItemId(entry), words(entry), status=ItemStatus.ON_LOAN, holder=holder)

    async def _title(self, entry: str) -> str:
        known = None if self._profile.lists_titles else await self.item(ItemId(entry))
        return known.title if known else words(entry)

    async def _patron(self, card: CardRef, pin: str = "") -> Message | Block:
        number = self.keys.number(card)
        if number is None:
            return Block(Reason.UNKNOWN_CARD)
        self.parting.met(number)
        try:
            return await self._line.ask(self._requests.patron(number, pin))
        except Unsendable:
            self.parting.spare(number)
            return Block(Reason.UNKNOWN_CARD)
