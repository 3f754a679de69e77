"""Run the session: read events from the inbox, compute one step per event, and carry out its effects."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from kiosk.desk.effects import (
    AskAccount,
    AskBacklog,
    AskCharacters,
    AskCode,
    AskForYou,
    AskHub,
    AskItem,
    AskMine,
    AskPage,
    AskPatron,
    AskPin,
    AskProof,
    AskTechnician,
    AskTitle,
    AskTitles,
    CallStaff,
    Deliver,
    Effect,
    KeepReceipt,
    Later,
    LetThrough,
    Print,
    PrintReport,
    SendCode,
    StoreDisplayPreferences,
    SwitchSecurity,
    Task,
    TryPart,
    Unfollowed,
)
from kiosk.desk.home import first
from kiosk.desk.ports import DeskLibrary, DeskParts, DeskScreen, Service
from kiosk.desk.session import Context, DeskRules, Session, lingers
from kiosk.desk.step import step
from kiosk.desk.tag_ledger import TagLedger
from kiosk.events import (
    AccountKnown,
    Answer,
    Answered,
    CharactersFound,
    CodeSent,
    Event,
    ForYouKnown,
    HubAnswered,
    ItemKnown,
    JournalFailed,
    MinutePassed,
    NotWritten,
    PageKnown,
    PatronKnown,
    PatronRecordKnown,
    PinChecked,
    ProofKnown,
    SecuritySwitched,
    Settled,
    TimeUp,
    TitleKnown,
    TitlesFound,
)
from kiosk.journal.journal import JournalFailed as JournalError
from kiosk.journal.journal import JournalFault
from kiosk.system.clock import Clock
from kiosk.views import AcceptedNumbers, Signal, Status, View
from lending.responses import PatronResponse


class Desk:
    """The session controller of one kiosk. `run` continues until cancelled; an error in a task ends it."""

    def __init__(
        self,
        rules: DeskRules,
        inbox: Inbox,
        clock: Clock,
        face: DeskScreen,
        library: DeskLibrary,
        parts: DeskParts,
        service: Service,
    ) -> None:
        self._rules = rules
        self._inbox = inbox
        self._clock = clock
        self._face = face
        self._library = library
        self._parts = parts
        self._service = service
        self._session = replace(first(self._context(), library.online), guard=service.guards.load())
        self._drawn: tuple[View, Status] | None = None
        self._lit: Signal | None = None
        self._wanted: AcceptedNumbers | None = None
        self._ledger = TagLedger(service.tags, library.courier.deliver)
        self._asking = 0
        self._alarms: list[float] = []

    @property
    def session(self) -> Session:
        return self._session

    @property
    def view(self) -> View:
        return self._session.view

    @property
    def status(self) -> Status:
        return self._session.status

    @property
    def is_settled(self) -> bool:
        """Whether all events are handled and drawn, no request is pending and no timer is overdue."""
        now = self._clock.monotonic()
        left = self._seconds_left()
        overdue = (left is not None and left <= 0) or any(alarm <= now for alarm in self._alarms)
        return self._inbox.idle and self._asking == 0 and not overdue

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_minutes())
            self._report_tags(tasks)
            self._draw()
            while True:
                self._take(tasks, await self._inbox.next(self._seconds_left()))

    def _take(self, tasks: asyncio.TaskGroup, event: Event) -> None:
        """Compute one step and start its effects.

        Keep no reference to an effect here: it may hold a PIN, and the next event may be hours away.
        """
        guard, visit = self._session.guard, self._session.visit.number
        self._session, effects = step(self._session, event, self._context())
        if (self._session.guard.cards, self._session.guard.codes) != (guard.cards, guard.codes):
            self._service.guards.keep(self._session.guard)
        effects = tuple(self._with_pass(each) for each in effects)  # needs the pass that `forget` deletes below
        if self._session.visit.number != visit:
            cards = (self._session.visit.card, *(each.card for each in self._session.visit.aside))
            self._library.records.forget(frozenset(card for card in cards if card is not None))
            self._report_tags(tasks)
        for effect in effects:
            self._start(tasks, effect)
        self._draw()

    def _with_pass(self, effect: Effect) -> Effect:
        if isinstance(effect, Deliver) and isinstance(effect.act, PatronResponse):
            return replace(effect, act=self._library.records.with_pass(effect.act))
        return effect

    def _context(self) -> Context:
        return Context(
            self._rules,
            self._library.policy(),
            self._clock.now(),
            self._clock.monotonic(),
            self._library.reference,
            self._library.courier.accepts_loans,
            self._library.receipts(),
            self._library.floors(),
            self._library.finds(),
            self._library.showcase(),
        )

    def _seconds_left(self) -> float | None:
        """Return the seconds until the view times out; None if it has no timeout."""
        linger = lingers(self._session)
        return None if linger is None else self._session.since + linger - self._clock.monotonic()

    def _draw(self) -> None:
        session = self._session
        if (session.view, session.status) != self._drawn:
            self._drawn = (session.view, session.status)
            self._face.show(session.view, session.status)
        if session.view.signal != self._lit:
            self._lit = session.view.signal
            self._parts.lights.show(session.view.signal)
        if session.view.wants != self._wanted:
            self._wanted = session.view.wants
            self._parts.scanner.want(session.view.wants)

    def _start(self, tasks: asyncio.TaskGroup, effect: Effect) -> None:
        visit = self._session.visit.number
        match effect:
            case Later():
                tasks.create_task(self._later(visit, effect))
            case LetThrough():
                self._parts.gate.pulse()
            case CallStaff(why=why, unasked=unasked):
                self._service.staff.call(why, unasked=unasked)
            case KeepReceipt(code=code, transactions=transactions):
                self._library.keep_receipt(code, transactions)
            case StoreDisplayPreferences(card=card, text=text):
                self._library.records.keep_look(card, text)
            case _:
                self._asking += 1
                tasks.create_task(self._carry_out(visit, effect))

    async def _later(self, visit: int, effect: Later) -> None:
        alarm = self._clock.monotonic() + effect.seconds
        self._alarms.append(alarm)
        await self._clock.sleep(effect.seconds)
        self._inbox.post(Answered(visit, effect.answer))
        self._alarms.remove(alarm)

    def _report_tags(self, tasks: asyncio.TaskGroup) -> None:
        self._asking += 1
        tasks.create_task(self._report_findings())

    async def _report_findings(self) -> None:
        """Report what earlier visits left on the ledger."""
        try:
            await self._ledger.report(self._session.visit.number)
        finally:
            self._asking -= 1

    async def _carry_out(self, visit: int, task: Task) -> None:
        try:
            if isinstance(task, Deliver | SwitchSecurity):
                self._inbox.post(Answered(visit, await self._follow(visit, task)))
            else:
                self._inbox.post(Answered(visit, await self._answer(task)))
        except JournalError as error:
            if isinstance(task, Deliver):
                self._inbox.post(Answered(visit, NotWritten(task.item, task.act)))
            if not _is_optional_loss(task, error):
                self._inbox.post(JournalFailed(error.why))
        finally:
            self._asking -= 1

    async def _follow(self, visit: int, task: Deliver | SwitchSecurity) -> Answer:
        """Carry out a task that the ledger has to know of."""
        answer: Settled | SecuritySwitched | None = None
        try:
            await self._ledger.begin(visit, task)
            answer = await self._deliver(task) if isinstance(task, Deliver) else await self._switch(task)
        finally:
            await self._ledger.end(task, answer)
            if visit != self._session.visit.number:
                await self._ledger.report(self._session.visit.number)
        return answer

    async def _deliver(self, task: Deliver) -> Settled:
        deliver = self._library.courier.deliver
        if task.unless is None:
            return Settled(task.item, task.act, *await deliver(task.act))
        return Settled(task.item, task.act, *await deliver(task.act, unless=task.unless))

    async def _switch(self, task: SwitchSecurity) -> SecuritySwitched:
        result = await self._parts.item_pad.switch(task.tags, task.secured)
        return SecuritySwitched(task.item, task.secured, result)

    async def _answer(self, task: Unfollowed) -> Answer:
        match task:
            case AskPatron(card=card):
                known = await self._library.records.patron(card)
                return PatronKnown(card, known, self._library.records.look(card))
            case AskPin(card=card, turn=turn, pin=pin):
                return PinChecked(card, turn, await self._library.records.check_pin(card, pin))
            case AskItem(item=item):
                return ItemKnown(item, await self._library.records.item(item))
            case AskAccount(card=card):
                return AccountKnown(card, await self._library.records.account(card))
            case AskHub(question=question, card=about, items=items):
                return HubAnswered(question, await self._library.records.ask(question, about, items), about)
            case AskForYou(card=card):
                return ForYouKnown(card, self._library.records.for_you(card))
            case AskProof(card=card):
                return ProofKnown(card, await self._library.records.proof(card))
            case SendCode(card=card):
                return CodeSent(card, await self._library.records.send_code(card))
            case AskCode(card=card, turn=turn, code=code):
                return PinChecked(card, turn, await self._library.records.check_code(card, code))
            case AskMine(card=card):
                return PatronRecordKnown(card, await self._library.records.patron_record(card))
            case AskPage(card=card):
                return PageKnown(card, await self._library.records.page(card))
            case AskTitles(typed=typed):
                return TitlesFound(typed, await self._library.records.find(typed))
            case AskTitle(item=item, title=title):
                return TitleKnown(item, await self._library.records.title(title, item))
            case AskCharacters(letters=letters):
                return CharactersFound(letters, self._library.characters(letters))
            case AskBacklog():
                return await self._library.backlog()
            case AskTechnician(code=code):
                return await self._service.technicians.verify(code)
            case TryPart(part=part):
                return await self._service.trials.try_part(part)
            case Print(farewell=farewell, status=status):
                return await self._parts.receipts.print(farewell, status)
            case PrintReport(view=view, status=status):
                return await self._parts.receipts.report(view, status)
            case _:
                assert_never(task)

    async def _tell_minutes(self) -> None:
        while True:
            await self._clock.sleep(60.0 - self._clock.now().timestamp() % 60.0)
            self._inbox.post(MinutePassed())


class Inbox:
    """Events in order of posting. Create it inside the running event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._events: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._waiting = False
        self.overheard: Callable[[Event], None] = lambda event: None
        """Callback for each posted event, called in the posting thread."""

    def post(self, event: Event) -> None:
        """Queue an event; thread-safe, also from the loop's own thread."""
        self.overheard(event)
        self._events.append(event)
        self._loop.call_soon_threadsafe(self._arrived.set)

    async def next(self, seconds: float | None = None) -> Event:
        """Return the oldest event, or TimeUp if none arrives while the clock moves on by `seconds` (None: no limit)."""
        self._waiting = True
        try:
            if not self._events and not await self._comes_within(seconds):
                return TimeUp()
            return self._events.popleft()
        finally:
            self._waiting = False

    async def _comes_within(self, seconds: float | None) -> bool:
        """Wait for an event; loop, because the flag may be set late for an event that was read already."""
        alarm = asyncio.ensure_future(self._time(seconds))
        try:
            while not self._events and not alarm.done():
                self._arrived.clear()
                arrival = asyncio.ensure_future(self._arrived.wait())
                try:
                    await asyncio.wait({alarm, arrival}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    arrival.cancel()
        finally:
            alarm.cancel()
        return bool(self._events)

    async def _time(self, seconds: float | None) -> None:
        if seconds is None:
            await asyncio.Event().wait()
        else:
            await self._clock.sleep(max(0.0, seconds))

    @property
    def idle(self) -> bool:
        """Whether the queue is empty and the reader is waiting."""
        return self._waiting and not self._events


def _is_optional_loss(task: Task, error: JournalError) -> bool:
    """Return whether an optional answer was lost to a nearly full disk; checkins still have reserved space then."""
    return isinstance(task, Deliver) and isinstance(task.act, PatronResponse) and error.why is JournalFault.FULL
