"""In-memory library system for the desk's tests: applies the lending policy and can go offline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, cast

from kiosk.central import Accepted, Deferred, Outcome, PinVerdict, Refused, Source, Sourced
from kiosk.journal.journal import JournalFailed, JournalFault
from lending import policy as law
from lending.model import (
    Account,
    AvailableRecommendation,
    Block,
    CardRef,
    Fee,
    Hold,
    Item,
    ItemId,
    ItemStatus,
    Patron,
    PatronRef,
    Reason,
)
from lending.patron_record import PatronRecord, ProofOptions
from lending.policy import Policy, Rule
from lending.questions import AFTER_VISIT, GREETING, PUBLISHED, AfterVisit, Greeting, PublishedReply, Question
from lending.responses import AnyPatronResponse, PatronResponse
from lending.title_result import SearchResults, TitleResult
from lending.transactions import Act, Checkin, Checkout, PinStatus, Renew, TagReport, TransactionId, Undo

T = TypeVar("T")

BRANCH = "main"
POLICY = Policy(
    rules=(
        Rule(days=30, limit=4, renewals=2),
        Rule(item_type="dvd", days=7, limit=4, type_limit=1),
        Rule(item_type="reference", reading_room_only=True),
    ),
    timezone="Asia/Shanghai",
    offline_cap=3,
)


def card_of(number: str) -> CardRef:
    return CardRef(f"card:{number}")


@dataclass
class Library:
    """Lookups and transactions over dictionaries; replies wait while `held`."""

    now: Callable[[], datetime]
    policy: Policy | None = POLICY
    """Loan rules at the kiosk; the library system always has them."""
    patrons: dict[CardRef, Patron] = field(default_factory=dict)
    items: dict[ItemId, Item] = field(default_factory=dict)
    pins: dict[CardRef, str] = field(default_factory=dict)
    holds: dict[CardRef, tuple[Hold, ...]] = field(default_factory=dict)
    fees: dict[CardRef, tuple[Fee, ...]] = field(default_factory=dict)
    online: bool = True
    accepts_loans: bool = True
    """Whether the offline window has room for another loan."""
    slow: bool = False
    """Whether replies exceed the lookup time-out while the kiosk counts as online."""
    forgets: set[ItemId | CardRef] = field(default_factory=set)
    """Items and cards missing from the snapshot."""
    outdated: bool = False
    """Whether the snapshot is too old to be used."""
    refuses_next: Reason | None = None
    due_text: str = ""
    """Due date as text, in a format that cannot be parsed."""
    keeps_security: bool = False
    """Loans are answered with the security to stay on."""
    costs: Decimal | None = None
    """Fee of a loan, made only if the patron agrees to it."""
    place: str = ""
    became: str = ""
    """Result reported for a patron response."""
    someone_waits: bool = False
    """Whether a returned item has a hold."""
    due: datetime | None = None
    """Due date set by the library system."""
    journal_full: bool = False
    works: list[TitleResult] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    asked: int = 0
    """Number of item lookups."""
    pin_asked: list[str] = field(default_factory=list)
    after_asked: list[tuple[CardRef, tuple[ItemId, ...]]] = field(default_factory=list)
    forgotten: int = 0
    greets: Greeting | None = None
    greeted: list[CardRef] = field(default_factory=list)
    after_visit: AfterVisit = AfterVisit()  # noqa: RUF009 - a frozen value
    news: tuple[PublishedReply, ...] = ()
    """Published answers to feedback."""
    proofs: dict[CardRef, ProofOptions] = field(default_factory=dict)
    """Ways to prove identity by card; PIN if not listed."""
    codes: dict[CardRef, str] = field(default_factory=dict)
    """Verification codes sent, by card."""
    record: PatronRecord | None = None
    """Patron record returned for every card."""
    code_to_come: str = "246810"
    offers: tuple[AvailableRecommendation, ...] = ()
    """Recommendations returned for every card."""
    looks: dict[CardRef, str] = field(default_factory=dict)
    """Stored display preferences by card."""
    journalled: int = 0
    under_way: list[Act] = field(default_factory=list)
    acts: list[tuple[Act, Outcome]] = field(default_factory=list)
    answers: dict[TransactionId, tuple[Act, Outcome]] = field(default_factory=dict)
    done: dict[TransactionId, tuple[Act, Item]] = field(default_factory=dict)
    held: bool = False
    _gate: asyncio.Event = field(default_factory=asyncio.Event)
    slow_items: asyncio.Event | None = None
    """Event that releases item lookups; None if they are not delayed."""
    _way: asyncio.Event | None = None

    @property
    def source(self) -> Source:
        if self.online and not self.slow:
            return Source.CENTRAL
        return Source.OUTDATED if self.outdated else Source.SNAPSHOT

    @property
    def holds_back(self) -> bool:
        return self.held or self._way is not None or self.slow_items is not None

    def hold_answers(self) -> None:
        self.held = True
        self._gate.clear()

    def release_answers(self) -> None:
        self.held = False
        self._gate.set()

    def send_slowly(self) -> None:
        """Delay transactions until `send`."""
        self._way = asyncio.Event()

    def send(self) -> None:
        assert self._way is not None
        self._way.set()
        self._way = None

    async def _answering(self) -> None:
        await asyncio.sleep(0)
        if self.held:
            await self._gate.wait()

    def _patron(self, card: CardRef) -> Patron:
        """Patron as known to the library system."""
        return self._with(card, self._borrowed(self.patrons[card].ref))

    def _borrowed(self, who: PatronRef) -> list[Item]:
        return [item for item in self.items.values() if item.status is ItemStatus.ON_LOAN and item.holder == who]

    def _with(self, card: CardRef, held: list[Item]) -> Patron:
        patron = self.patrons[card]
        loans: dict[str, int] = dict(patron.loans)
        for item in held:
            loans[item.type] = loans.get(item.type, 0) + 1
        return replace(patron, loans=loans, name=patron.name if self.online else "")

    def _lookup(self, card: CardRef) -> Patron:
        """Patron as returned by a lookup."""
        patron = self._with(card, self._held(self.patrons[card].ref))
        return replace(patron, promised=patron.promised + len(self._waiting(card)))

    def _held(self, who: PatronRef) -> list[Item]:
        """Loans, including transactions written and not yet sent."""
        held = {item.id: item for item in self._borrowed(who)}
        for act in self.under_way:
            match act:
                case Checkout(card=card, item=item, due=due) if self.patrons[card].ref == who:
                    held[item] = replace(self.items[item], status=ItemStatus.ON_LOAN, holder=who, due=due)
                case Checkin(item=item):
                    held.pop(item, None)
                case _:
                    pass
        return list(held.values())

    def _waiting(self, card: CardRef) -> list[Act]:
        """Checkouts that the library system does not have yet."""
        queued = [act for act, outcome in self.acts if isinstance(outcome, Deferred)]
        return [act for act in (*self.under_way, *queued) if isinstance(act, Checkout) and act.card == card]

    async def patron(self, card: CardRef) -> Sourced[Patron] | Block:
        await self._answering()
        if card not in self.patrons or (not self.online and card in self.forgets):
            return Block(Reason.UNKNOWN_CARD if self.online else Reason.NEEDS_CENTRAL)
        if self.source is Source.OUTDATED:
            return Block(Reason.OUTDATED)
        return Sourced(self._lookup(card), self.source)

    async def account(self, card: CardRef) -> Sourced[Account] | Block:
        await self._answering()
        if not self.online and card in self.forgets:
            return Block(Reason.NEEDS_CENTRAL)
        patron = self._lookup(card)
        loans = tuple(self._held(patron.ref))
        waits = frozenset(act.item for act in self._waiting(card) if isinstance(act, Checkout))
        return Sourced(
            Account(patron, loans, self.holds.get(card, ()), waits, fees=self.fees.get(card, ())), self.source
        )

    async def item(self, item: ItemId) -> Sourced[Item] | Block:
        self.asked += 1
        await self._answering()
        if self.slow_items is not None:
            await self.slow_items.wait()
        central = self.source is Source.CENTRAL
        if item not in self.items or (not central and item in self.forgets):
            return Block(Reason.UNKNOWN_ITEM if central else Reason.NEEDS_CENTRAL)
        return Sourced(self.items[item], self.source)

    async def find(self, typed: str) -> SearchResults | None:
        """Find titles by words; return None for a query that a newer one replaced."""
        self.queries.append(typed)
        await self._answering()
        if self.queries[-1] != typed:
            return None
        works = tuple(each for each in self.works if typed.strip().lower() in each.title.lower())
        return SearchResults(works, as_of=self.now())

    async def title(self, title: int, item: ItemId) -> SearchResults:
        """Find one title by its id, or by a copy."""
        await self._answering()
        works = (each for each in self.works if each.id == title or any(copy.id == item for copy in each.copies))
        return SearchResults(tuple(works), as_of=self.now())

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        await self._answering()
        self.pin_asked.append(pin)
        if self.source is not Source.CENTRAL:
            return PinVerdict.AWAY
        return PinVerdict.RIGHT if self.pins.get(card) == pin else PinVerdict.WRONG

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        await self._answering()
        if card is not None and question is GREETING:
            self.greeted.append(card)
        if card is not None and question is AFTER_VISIT:
            self.after_asked.append((card, tuple(items)))
        answers: dict[Question[Any], Any] = {GREETING: self.greets, AFTER_VISIT: self.after_visit, PUBLISHED: self.news}
        there = self.source is Source.CENTRAL or question is PUBLISHED
        return cast("T", answers.get(question, question.fallback)) if there else question.fallback

    async def proof(self, card: CardRef) -> ProofOptions | None:
        await self._answering()
        return self.proofs.get(card, ProofOptions(card in self.pins)) if self.source is Source.CENTRAL else None

    async def send_code(self, card: CardRef) -> bool:
        await self._answering()
        if self.source is not Source.CENTRAL or not self.proofs[card].by:
            return False
        self.codes[card] = self.code_to_come
        return True

    async def check_code(self, card: CardRef, code: str) -> PinVerdict:
        await self._answering()
        if self.source is not Source.CENTRAL:
            return PinVerdict.AWAY
        return PinVerdict.RIGHT if self.codes.get(card) == code else PinVerdict.WRONG

    async def patron_record(self, card: CardRef) -> PatronRecord | None:
        await self._answering()
        return self.record if self.source is Source.CENTRAL else None

    async def page(self, card: CardRef) -> str:
        await self._answering()
        return "https://hub.example/p/from-kiosk/1/" if self.source is Source.CENTRAL else ""

    def with_pass(self, response: AnyPatronResponse) -> AnyPatronResponse:
        return response

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        self.forgotten += 1

    def for_you(self, card: CardRef) -> tuple[AvailableRecommendation, ...]:
        return self.offers

    def look(self, card: CardRef) -> str:
        return self.looks.get(card, "")

    def keep_look(self, card: CardRef, text: str | None) -> None:
        if text is None:
            self.looks.pop(card, None)
        else:
            self.looks[card] = text

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        if self.journal_full:
            raise JournalFailed(JournalFault.FULL, Path("journal.db"))
        assert act not in self.under_way, "the same act is delivered twice"
        self.under_way.append(act)
        self.journalled += 1
        transaction = TransactionId(f"t{self.journalled}")
        await self._answering()
        if self._way is not None:
            await self._way.wait()
        outcome = Refused(unless) if unless and not self.online else self._judge(act, transaction)
        self.under_way.remove(act)
        self.acts.append((act, outcome))
        self.answers[transaction] = (act, outcome)
        return transaction, outcome

    def _judge(self, act: Act, transaction: TransactionId) -> Outcome:
        if self.online and self.costs and isinstance(act, Checkout) and act.fee != self.costs:
            return Refused(Block(Reason.LOAN_COSTS, amount=self.costs))
        if self.online and self.refuses_next:
            reason, self.refuses_next = self.refuses_next, None
            return Refused(Block(reason))
        block = self._do(act, transaction)
        if isinstance(block, Block) and self.online:
            return Refused(block)
        due = block.due if isinstance(block, law.Terms) else None
        if not self.online:
            return Deferred(due)
        return Accepted(
            self.due or due,
            isinstance(act, Checkin) and self.someone_waits,
            self.place if isinstance(act, Checkin) else "",
            became=self.became if isinstance(act, PatronResponse) else "",
            due_text=self.due_text,
            keeps_security=self.keeps_security and isinstance(act, Checkout),
        )

    def _do(self, act: Act, transaction: TransactionId) -> law.Terms | Block | None:
        match act:
            case Checkout(card=card, item=item_id):
                patron, item = self._patron(card), self.items[item_id]
                verdict = law.checkout(POLICY, patron, item, BRANCH, self.now())
                if isinstance(verdict, law.Terms):
                    lent = replace(item, status=ItemStatus.ON_LOAN, holder=patron.ref, due=verdict.due)
                    self._change(transaction, act, item, lent)
                return verdict
            case Renew(card=card, item=item_id):
                item = self.items[item_id]
                verdict = law.renew(POLICY, self._patron(card), item, BRANCH, self.now())
                if isinstance(verdict, law.Terms):
                    longer = replace(item, due=verdict.due, renewals=item.renewals + 1)
                    self._change(transaction, act, item, longer)
                return verdict
            case Checkin(item=item_id):
                if item_id not in self.items:
                    return Block(Reason.UNKNOWN_ITEM)
                item = self.items[item_id]
                block = law.checkin(item)
                if block is None:
                    self._change(transaction, act, item, replace(item, status=ItemStatus.HANDED_IN, holder=None))
                return block
            case Undo(transaction=undone):
                if undone not in self.done:
                    return Block(Reason.NOTHING_TO_UNDO)
                _, before = self.done.pop(undone)
                self.items[before.id] = before
                return None
            case TagReport() | PatronResponse():
                return None

    def _change(self, transaction: TransactionId, act: Act, before: Item, after: Item) -> None:
        self.done[transaction] = (act, before)
        self.items[before.id] = after

    def on_loan(self, who: PatronRef) -> list[ItemId]:
        return [item.id for item in self._borrowed(who)]


def verified(act: Act) -> PinStatus:
    assert isinstance(act, Checkout | Renew)
    return act.verified


NO_FEES = Decimal(0)
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
