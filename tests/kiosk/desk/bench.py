"""Test bench of the desk: a real desk and inbox on a clock moved by hand, with invented patrons."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from kiosk.desk import ports
from kiosk.desk.desk import Desk, Inbox
from kiosk.desk.ports import Receipts
from kiosk.desk.session import Context, DeskRules
from kiosk.desk.tag_ledger import InMemoryTagStore, TagStore
from kiosk.events import (
    BacklogKnown,
    CardPresented,
    CardRemoved,
    CentralChanged,
    Event,
    ItemScanned,
    Key,
    KeyPressed,
    PadTag,
    PartChanged,
    PartTried,
    PileSeen,
    Pressed,
    ReceiptPrinted,
    SwitchResult,
    TagHandle,
    TechnicianKnown,
)
from kiosk.pinyin.characters import Characters
from kiosk.system.health import Device, PartName, PartState
from kiosk.views import AcceptedNumbers, Action, Farewell, Panel, Signal, Status, Technician, View, VisitLine, actions
from lending.model import Item, ItemId, Patron, PatronRef
from lending.number_patterns import Numbers, Shape
from lending.responses import PatronResponse
from lending.shelves import Floor
from lending.showcase import EMPTY
from lending.tags import TagData, TagTrouble
from lending.transactions import ClockTrust, TransactionId
from tests.kiosk.desk.central import BRANCH, NOON, POLICY, Library, card_of

V = TypeVar("V", bound=View)

ADA_UID, LIN_UID, UNKNOWN_UID = "04A1B2C3", "04A1B2C3D4E5F6", "DEADBEEF"
ADA, LIN = card_of(ADA_UID), card_of(LIN_UID)
ADA_REF, LIN_REF = PatronRef("p-ada"), PatronRef("p-lin")
DUNE, EMMA, ZHUANGZI, ATLAS, FILM = (ItemId(f"3000000000000{each}") for each in range(1, 6))
LIN_CODE = "246810"
NUMBERS = Numbers(Shape(re.compile("3[0-9]{13}")), Shape(re.compile("2[0-9]{13}")))
RULES = DeskRules(
    "kiosk-1", BRANCH, {"zh": "城市图书馆", "en": "City Library"}, "Asia/Shanghai", NUMBERS, language="zh"
)


class HandClock:
    """Clock that is moved by hand; sleepers wake in the order of their alarms."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    def trust(self) -> ClockTrust:
        return ClockTrust.SYNCED

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, alarm))
        await alarm

    def next_alarm(self) -> float | None:
        self._sleepers = [(at, alarm) for at, alarm in self._sleepers if not alarm.done()]
        return min((at - self._passed for at, _ in self._sleepers), default=None)

    def move(self, seconds: float) -> None:
        self._passed += seconds
        for at, alarm in self._sleepers:
            if at <= self._passed and not alarm.done():
                alarm.set_result(None)


class Printer:
    """Record of receipts; `broken` is the reason why printing fails."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self.breaks_off = False
        self.printed: list[tuple[Farewell, Status]] = []
        self.reports: list[Technician] = []

    async def print(self, farewell: Farewell, status: Status) -> ReceiptPrinted:
        await asyncio.sleep(0)
        if self.broken is None:
            self.printed.append((farewell, status))
        return ReceiptPrinted(self.broken, half=self.broken is not None and self.breaks_off)

    async def report(self, view: Technician, status: Status) -> PartTried:
        await asyncio.sleep(0)
        if self.broken is None:
            self.reports.append(view)
        return PartTried(PartName.RECEIPT_PRINTER, failed=self.broken is not None)


class Glass:
    """Record of drawn views."""

    def __init__(self) -> None:
        self.drawn: list[tuple[View, Status]] = []

    def show(self, view: View, status: Status) -> None:
        self.drawn.append((view, status))


class Lamp:
    def __init__(self) -> None:
        self.lit: list[Signal] = []

    def show(self, signal: Signal) -> None:
        self.lit.append(signal)


class Eye:
    def __init__(self) -> None:
        self.wanted: list[AcceptedNumbers] = []

    def want(self, kinds: AcceptedNumbers) -> None:
        self.wanted.append(kinds)


class Relay:
    def __init__(self) -> None:
        self.pulses = 0

    def pulse(self) -> None:
        self.pulses += 1


class PadHands:
    """Record of switched tags: (tag, secured). `results` are those of the next switches, otherwise they succeed."""

    def __init__(self) -> None:
        self.switched: list[tuple[TagHandle, bool]] = []
        self.results: deque[SwitchResult] = deque()
        self.on_switch: Callable[[Sequence[TagHandle], bool], None] = lambda tags, secured: None
        """Called before each switch."""
        self._way: asyncio.Event | None = None

    @property
    def holds_back(self) -> bool:
        return self._way is not None

    def hold_back(self) -> None:
        """Delay switches until `go_on`."""
        self._way = asyncio.Event()

    def go_on(self) -> None:
        assert self._way is not None
        self._way.set()
        self._way = None

    async def switch(self, tags: Sequence[TagHandle], secured: bool) -> SwitchResult:
        await asyncio.sleep(0)
        if self._way is not None:
            await self._way.wait()
        self.on_switch(tags, secured)
        result = self.results.popleft() if self.results else SwitchResult.DONE
        if result is SwitchResult.DONE:
            self.switched.extend((each, secured) for each in tags)
        return result


class Workshop:
    """Technicians by code, and part tests; those in `broken` fail."""

    def __init__(self) -> None:
        self.codes = {LIN_CODE: "lin"}
        self.broken: set[PartName | Device] = set()
        self.tried: list[PartName | Device] = []
        self.on_try: Callable[[], None] = lambda: None

    async def verify(self, code: str) -> TechnicianKnown:
        await asyncio.sleep(0)
        return TechnicianKnown(self.codes.get(code), bool(self.codes))

    async def try_part(self, part: PartName | Device) -> PartTried:
        await asyncio.sleep(0)
        self.tried.append(part)
        self.on_try()
        return PartTried(part, part in self.broken)


class Bell:
    """Record of staff calls: reason, and whether the patron asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []

    @property
    def rung(self) -> int:
        return len(self.calls)

    def call(self, why: str = "", *, unasked: bool = False) -> None:
        self.calls.append((why, unasked))


class Bench:
    """Actions of a patron or technician at a kiosk; each waits until the desk has settled."""

    def __init__(
        self,
        rules: DeskRules = RULES,
        receipts: Receipts | None = None,
        library: Callable[[Callable[[], datetime]], Library] = Library,
        pad: Callable[[Bench], PadHands] = lambda bench: PadHands(),
        tags: TagStore | None = None,
    ) -> None:
        self.rules = rules
        self.policy = POLICY
        self.receipts = ""
        self.receipts_kept: list[tuple[str, tuple[TransactionId, ...]]] = []
        self.clock = HandClock(NOON)
        self.library = library(self.clock.now)
        self.stock()
        self.inbox = Inbox(self.clock)
        self.printer, self.glass, self.lamp, self.eye = Printer(), Glass(), Lamp(), Eye()
        self.gate, self.pad = Relay(), pad(self)
        self._on_pad: list[PadTag] = []
        self._handles = 0
        self._tags: dict[TagHandle, TagData | TagTrouble] = {}
        self.floors: tuple[Floor, ...] = ()
        self.showcase = EMPTY
        self.workshop = Workshop()
        self.bell = Bell()
        self.backlog: tuple[int, int] | tuple[int, int, float, float, int] = (0, 0)
        self.desk = Desk(
            rules,
            self.inbox,
            self.clock,
            self.glass,
            ports.DeskLibrary(
                self.library,
                self.library,
                lambda: self.library.policy,
                card_of,
                self._backlog,
                receipts=lambda: self.receipts,
                floors=lambda: self.floors,
                finds=lambda: bool(self.library.works),
                showcase=lambda: self.showcase,
                keep_receipt=lambda code, of: self.receipts_kept.append((code, tuple(of))),
                characters=Characters().spelt,
            ),
            ports.DeskParts(receipts or self.printer, self.lamp, self.eye, self.gate, self.pad),
            ports.Service(self.workshop, self.workshop, self.bell, tags=tags or InMemoryTagStore()),
        )

    def context(self) -> Context:
        return Context(
            self.rules,
            self.library.policy,
            self.clock.now(),
            self.clock.monotonic(),
            card_of,
            self.library.accepts_loans,
            self.receipts,
            self.floors,
            bool(self.library.works),
            self.showcase,
        )

    async def _backlog(self) -> BacklogKnown:
        return BacklogKnown(*self.backlog)

    def stock(self) -> None:
        self.patron(ADA_UID, Patron(ADA_REF, "adult", name="Ada L.", last4="0001"), pin="4711")
        self.patron(LIN_UID, Patron(LIN_REF, "adult", name="林*", last4="0002"), pin="0815")
        for item, title in ((DUNE, "Dune"), (EMMA, "Emma"), (ZHUANGZI, "庄子"), (ATLAS, "Atlas")):
            self.item(item, title=title)
        self.item(FILM, title="Stalker", type="dvd")

    def patron(self, uid: str, patron: Patron, pin: str = "") -> None:
        self.library.patrons[card_of(uid)] = patron
        self.library.pins[card_of(uid)] = pin

    def ada(self, **facts: Any) -> None:
        self.library.patrons[ADA] = replace(self.library.patrons[ADA], **facts)

    def item(self, item: ItemId, **facts: Any) -> None:
        self.library.items[item] = replace(self.library.items.get(item, Item(item, branch=BRANCH)), **facts)

    @property
    def view(self) -> View:
        return self.desk.view

    @property
    def lines(self) -> tuple[VisitLine, ...]:
        lines: tuple[VisitLine, ...] = getattr(self.view, "lines")  # noqa: B009
        return lines

    @property
    def line(self) -> VisitLine:
        return self.lines[0]

    @property
    def actions(self) -> tuple[Action, ...]:
        return actions(self.view, self.desk.status)

    def offers(self) -> set[str]:
        return {each.name for each in actions(self.view, self.desk.status) if each.enabled}

    async def settle(self) -> None:
        """Run the loop until the desk is settled for a few turns, which set the alarms of the view."""
        quiet = 0
        for _ in range(500):
            await asyncio.sleep(0)
            quiet = quiet + 1 if self.desk.is_settled else 0
            if quiet > 4:
                return
        assert self.library.holds_back or self.pad.holds_back, "the desk does not settle"

    async def release_answers(self) -> None:
        """Release the library's withheld answers to lookups."""
        self.library.release_answers()
        await self.settle()

    async def send(self) -> None:
        """Release the library's withheld answers to transactions."""
        self.library.send()
        await self.settle()

    async def post(self, event: Event) -> None:
        self.inbox.post(event)
        await asyncio.sleep(0)
        await self.settle()

    async def lay(self, uid: str = ADA_UID) -> None:
        await self.post(CardPresented(uid))

    async def lift(self) -> None:
        await self.post(CardRemoved())

    async def lay_items(self, *items: str | PadTag, steady: bool = True, crowded: bool = False) -> None:
        """Lay items with one tag each, or tags, on the item pad."""
        for each in items:
            self._on_pad.append(each if isinstance(each, PadTag) else self.tag(each))
        await self._show_pile(steady, crowded)

    def tag(self, item: str = "", trouble: TagTrouble | None = None, **facts: Any) -> PadTag:
        """Return a tag that gets onto the pad with `lay_items`."""
        self._handles += 1
        made = PadTag(TagHandle(self._handles), trouble or TagData(item, **facts))
        self._tags[made.handle] = made.content
        return made

    def item_of(self, handle: TagHandle) -> str | None:
        """Return the item of a tag that was made for the pad; None if it names none."""
        content = self._tags[handle]
        return content.item if isinstance(content, TagData) else None

    async def lift_items(self, *items: str) -> None:
        """Lift the tags of these items off the pad, or everything."""
        self._on_pad = [
            each
            for each in self._on_pad
            if items and not (isinstance(each.content, TagData) and each.content.item in items)
        ]
        await self._show_pile()

    async def lift_tag(self, tag: PadTag) -> None:
        """Lift one tag off the pad."""
        self._on_pad.remove(tag)
        await self._show_pile()

    async def _show_pile(self, steady: bool = True, crowded: bool = False) -> None:
        await self.post(PileSeen(tuple(self._on_pad), steady, crowded))

    async def tap(self, uid: str = ADA_UID) -> None:
        await self.lay(uid)
        await self.lift()

    async def scan(self, *items: str) -> None:
        for item in items:
            await self.post(ItemScanned(item))

    async def borrow(self, *items: str, uid: str = ADA_UID) -> None:
        """Tap a card and scan items."""
        await self.tap(uid)
        await self.scan(*items)

    async def bring_back(self, *items: str) -> None:
        """Press Return and scan items."""
        await self.press("return")
        await self.scan(*items)

    async def press(self, *names: str, item: ItemId | None = None, choice: str | None = None) -> None:
        """Press enabled actions one after another, the last with this item or choice.

        Fail if the screen does not offer one.
        """
        for name in names[:-1]:
            await self.press(name)
        found = [each for each in actions(self.view, self.desk.status) if each.name == names[-1] and each.enabled]
        assert any((each.item, each.choice) == (item, choice) for each in found), (names[-1], self.view)
        await self.post(Pressed(names[-1], item, choice))

    async def choose(self, name: str) -> None:
        """Set a display setting or the language in the panel that offers it, and close the panel."""
        panel = Panel.LANGUAGES if name.startswith("language_") else Panel.DISPLAY
        await self.press(panel)
        await self.press(name)
        if self.desk.status.panel is not None:
            await self.press("close_panel")

    async def keys(self, *keys: Key) -> None:
        for key in keys:
            await self.post(KeyPressed(key))

    async def type(self, digits: str) -> None:
        for digit in digits:
            await self.press("key", choice=digit)
        await self.press("continue")

    async def sign_in(self, code: str = LIN_CODE) -> None:
        """Open the technician screen from Help or Out of order."""
        await self.press("technician")
        await self.type(code)

    async def wait(self, seconds: float) -> None:
        """Move the clock to each alarm in turn."""
        await self.settle()
        while (alarm := self.clock.next_alarm()) is not None and alarm <= seconds:
            seconds -= max(0.0, alarm)
            self.clock.move(max(0.0, alarm))
            await asyncio.sleep(0)
            await self.settle()
        self.clock.move(seconds)
        await self.settle()

    async def sleep_over(self, seconds: float) -> None:
        """Move the clock in one step, as after a suspended machine wakes up."""
        await self.settle()
        self.clock.move(seconds)
        await self.settle()

    @property
    def responses(self) -> list[PatronResponse]:
        """Patron responses submitted so far, in order."""
        return [act for act, _outcome in self.library.acts if isinstance(act, PatronResponse)]

    async def network(self, up: bool) -> None:
        self.library.online = up
        await self.post(CentralChanged(up))

    async def part(self, part: PartName, state: PartState) -> None:
        await self.post(PartChanged(part, state))


@asynccontextmanager
async def running_bench(rules: DeskRules = RULES, receipts: Receipts | None = None) -> AsyncIterator[Bench]:
    """Yield a bench whose desk runs; an error of the desk fails the test."""
    bench = Bench(rules, receipts)
    running = asyncio.ensure_future(bench.desk.run())
    try:
        await bench.settle()
        yield bench
        assert not running.done(), "the desk has ended"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if not running.cancelled() and (error := running.exception()):
            raise error


def story(visit: Callable[[Bench], Awaitable[None]]) -> Callable[[], None]:
    """Decorate a test that runs on a bench with the default rules."""
    return under(RULES)(visit)


def under(rules: DeskRules) -> Callable[[Callable[[Bench], Awaitable[None]]], Callable[[], None]]:
    """Decorate a test that runs on a bench with these rules."""

    def decorate(visit: Callable[[Bench], Awaitable[None]]) -> Callable[[], None]:
        async def run() -> None:
            async with running_bench(rules) as bench:
                await visit(bench)

        def test() -> None:
            asyncio.run(run())

        test.__name__, test.__doc__ = visit.__name__, visit.__doc__
        return test

    return decorate


def shown(view: View, kind: type[V]) -> V:
    """Assert the type of a view and return it."""
    assert isinstance(view, kind), view
    return view
