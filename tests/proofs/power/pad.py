"""Run one seed with the item pad: the real desk, ledger and journal borrow and return piles, and the power fails.

After a cut, the security of each item must agree with the loan that the journal has, or the item must be open in the
ledger or reported in the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from kiosk.central import Outcome, Refused
from kiosk.desk.tag_ledger import InMemoryTagStore, TagFile, TagStore
from kiosk.events import SwitchResult, TagHandle
from kiosk.journal.journal import Journal, JournalFailed, Moment
from kiosk.views import actions
from lending.model import Block, CardRef, ItemId, ItemStatus
from lending.transactions import Act, Checkin, Checkout, ClockTrust, TagReport, TransactionId, Undo
from lending.wire import decode, encode
from tests.kiosk.desk.bench import ADA_REF, ADA_UID, DUNE, EMMA, LIN_UID, RULES, ZHUANGZI, Bench, PadHands
from tests.kiosk.desk.central import Library
from tests.proofs.power.disk import Image, Mode, Platter, Recording
from tests.proofs.power.judge import Verdict, put
from tests.proofs.power.kiosk import seeded
from tests.proofs.power.recorder import recorded
from tests.proofs.power.rules import Harm
from tests.proofs.power.trial import Cut, Setting

IMAGES = 10
"""Images per seed."""
STEPS = 60
"""Steps of patrons in a day."""
NEAR = 8
"""Most disk operations between a cut and the change of a tag: elsewhere security and loans agree."""
PAD = Setting("cuts with the item pad")
NO_LEDGER = Setting("control: no ledger of tags on the disk", must=Harm.LOST)
ROW_LATE = Setting("control: security off before the loan", must=Harm.LOST)
CARD = CardRef("a" * 64)
ITEMS = (DUNE, EMMA, ZHUANGZI)
PRESSED = ("finish", "finish", "undo", "return", "borrow", "read_again", "receipt_none", "back")


@dataclass(frozen=True, slots=True)
class Switched:
    """The security of an item after a number of disk operations."""

    at: int
    item: ItemId
    secured: bool


@dataclass
class Day:
    """What a run has done. Security of the items begins as their loans do."""

    recording: Recording
    random: Random
    switches: list[Switched] = field(default_factory=list)
    lent: frozenset[ItemId] = frozenset()
    refused: set[TransactionId] = field(default_factory=set)
    """Rows that the library system does not carry out."""
    rows: dict[TransactionId, TransactionId] = field(default_factory=dict)
    """Ids in the journal by those of the library system."""


class Inline(TagFile):
    """The ledger's file without threads, so that a seed writes the same bytes."""

    async def add(self, item: ItemId) -> None:
        self._add(item)

    async def remove(self, item: ItemId) -> None:
        self._remove(item)


class JournalledLibrary(Library):
    """A library system whose transactions are rows of a real journal first."""

    journal: Journal
    day: Day
    late: list[Callable[[], None]] | None = None
    """In a control: rows that are written with the next transaction, after the security was switched."""

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        if unless and not self.online:
            return TransactionId(""), Refused(unless)
        row = self._append(act) if self.late is None else None
        transaction, outcome = await super().deliver(act, unless)
        if self.late is not None:
            while self.late:
                self.late.pop()()
            if not isinstance(outcome, Refused):
                self.late.append(lambda: self._note(transaction, self._append(act)))
        elif row is not None:
            self._note(transaction, row)
            if isinstance(outcome, Refused):
                self.day.refused.add(row)
        return transaction, outcome

    def _note(self, transaction: TransactionId, row: TransactionId) -> None:
        self.day.rows[transaction] = row

    def _append(self, act: Act) -> TransactionId:
        match act:
            case Checkout():
                kind, body = encode(replace(act, card=CARD))
            case Undo(transaction=transaction):
                kind, body = encode(Undo(self.day.rows[transaction]))
            case _:
                kind, body = encode(act)
        return self.journal.append(kind, body, Moment(self.now(), ClockTrust.SYNCED, "boot", 1), no_block=True).id


class Hands(PadHands):
    """The pad; a switch that is not verified may have changed the tag."""

    def __init__(self, day: Day, item_of: Callable[[TagHandle], str | None]) -> None:
        super().__init__()
        self._day = day
        self._item_of = item_of

    async def switch(self, tags: Sequence[TagHandle], secured: bool) -> SwitchResult:
        result = await super().switch(tags, secured)
        changed = result is SwitchResult.DONE or (result is SwitchResult.FAILED and self._day.random.random() < 0.5)
        for item in {self._item_of(each) for each in tags} if changed else ():
            self._day.switches.append(Switched(self._day.recording.now, ItemId(str(item)), secured))
        return result


class PadTrial:
    """All that one seed determines. `folder` is for the kiosk's files and is emptied repeatedly."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed
        self._home, self._image = folder / "home", folder / "image"
        for each in (self._home, self._image):
            each.mkdir(parents=True, exist_ok=True)

    async def cuts(self, setting: Setting, images: int = IMAGES) -> AsyncIterator[Cut]:
        """Cut the power close to changes of tags, at which loans and security may differ."""
        random = Random(f"{self._seed} {setting.name}")
        day = await self._day(setting, random)
        platter, now = Platter(day.recording), day.recording.now
        close = [random.choice(day.switches).at if day.switches else now for _ in range(images)]
        for at in sorted(min(max(each + random.randint(-NEAR, NEAR), 0), now) for each in close):
            mode = random.choice(list(Mode))
            verdict = self._judge(platter.cut(at, mode, random), day, at, random)
            yield Cut(setting.name, f"seed {self._seed}, operation {at} of {now}, {mode}", verdict)

    async def _day(self, setting: Setting, random: Random) -> Day:
        put({}, self._home)
        with seeded(random):
            Journal.create(self._home / "journal.db")
        base = {each.name: each.read_bytes() for each in self._home.iterdir()}
        day = Day(Recording(base), random)
        with recorded(day.recording, self._home, random), seeded(random):
            journal = Journal.open(self._home / "journal.db", lambda _: 1 << 40)
            store = InMemoryTagStore() if setting is NO_LEDGER else Inline(self._home)
            bench = self._bench(day, journal, store, late=setting is ROW_LATE)
            running = asyncio.ensure_future(bench.desk.run())
            try:
                await bench.settle()
                await work(bench, random)
            finally:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
                journal.close_file()
        return day

    def _bench(self, day: Day, journal: Journal, store: TagStore, late: bool) -> Bench:
        def library(now: Callable[[], datetime]) -> Library:
            made = JournalledLibrary(now)
            made.journal, made.day, made.late = journal, day, [] if late else None
            return made

        bench = Bench(
            replace(RULES, returns="trusted"), library=library, pad=lambda it: Hands(day, it.item_of), tags=store
        )
        bench.item(EMMA, status=ItemStatus.ON_LOAN, holder=ADA_REF)
        day.lent = frozenset({EMMA})
        return bench

    def _judge(self, image: Image, day: Day, at: int, random: Random) -> Verdict:
        """Compare loans and security, and look for those that differ in the ledger and among the reports."""
        put(image, self._image)
        path = self._image / "journal.db"
        try:
            journal = Journal.open(path)
            rows: Any = journal._db.execute("SELECT id, kind, body FROM rows ORDER BY seq").fetchall()
            journal.close_file()
        except JournalFailed as failure:
            return Verdict(Harm.CORRUPT, str(failure).removeprefix(f"journal {path} "))
        lent, reported = set(day.lent), set[ItemId]()
        loans: dict[TransactionId, ItemId] = {}
        for of, kind, body in rows:
            match decode(kind, body):
                case TagReport(item=item):
                    reported.add(item)
                case _ if of in day.refused:
                    continue
                case Checkout(item=item):
                    loans[of] = item
                    lent.add(item)
                    reported.discard(item)
                case Checkin(item=item):
                    lent.discard(item)
                    reported.discard(item)
                case Undo(transaction=transaction):
                    lent.discard(loans[transaction])
                    reported.discard(loans[transaction])
        secured = {item: item not in day.lent for item in ITEMS}
        for each in day.switches:
            if each.at < at or (each.at == at and random.random() < 0.5):
                secured[each.item] = each.secured
        staff_know = reported | set(TagFile(self._image).items())
        for item in ITEMS:
            if secured[item] == (item in lent) and item not in staff_know:
                how = "on loan and secured" if secured[item] else "not on loan and not secured"
                return Verdict(Harm.LOST, f"item {ITEMS.index(item)} is {how}, and staff do not learn of it")
        return Verdict(None, rows=len(rows))


async def work(bench: Bench, random: Random) -> None:
    """Let patrons borrow and return piles, lift items off too early, and lose the network."""
    there: deque[ItemId] = deque()
    for _ in range(STEPS):
        chance = random.random()
        if chance < 0.2:
            await bench.tap(random.choice([ADA_UID, LIN_UID]))
        elif chance < 0.5 and (away := [each for each in ITEMS if each not in there]):
            laid = random.sample(away, random.randint(1, len(away)))
            there.extend(laid)
            await bench.lay_items(*laid)
        elif chance < 0.6 and there:
            await bench.lift_items(there.popleft())
        elif chance < 0.67:
            bench.pad.results.append(random.choice(list(SwitchResult)))
        elif chance < 0.72:
            bench.library.online = random.random() < 0.7
        elif chance < 0.76:
            await bench.wait(random.choice([1.0, 12.0, 60.0]))
        else:
            offered = {each.name for each in actions(bench.view, bench.desk.status) if each.enabled}
            if name := next((each for each in random.sample(PRESSED, len(PRESSED)) if each in offered), None):
                await bench.press(name)
