"""Look up patrons and items at the central, or in the snapshot while the central is unreachable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar, cast

from kiosk.central import Central, CentralUnavailable, PinVerdict, Source, Sourced
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync.transaction_summary import (
    RecordedTransaction,
    TransactionKind,
    TransactionSummary,
    account_over,
    item_over,
    standing,
)
from kiosk.system.clock import Clock, wait_at_most
from lending import sealing
from lending.model import (
    Account,
    AvailableRecommendation,
    Block,
    CardRef,
    Item,
    ItemId,
    ItemStatus,
    Patron,
    PatronRef,
    Reason,
    Recommendation,
)
from lending.patron_record import PatronRecord, ProofOptions
from lending.questions import Question
from lending.responses import AnyPatronResponse, Proof
from lending.title_result import SearchResults, TitleResult

T = TypeVar("T")
MOST_CHOICES = 1000
"""Cards with display preferences; the oldest is dropped first. Each costs some hundred bytes."""
HOLDS = 3600.0
"""Seconds for which a choice takes precedence over a snapshot that may already contain it.

The central takes up to this long to publish preferences. After that the snapshot is right, even if it still says the
same as before: the patron chose something else at another kiosk.
"""


class PendingTransactions(Protocol):
    """The part of the courier that a lookup needs."""

    @property
    def online(self) -> bool: ...

    @property
    def pending(self) -> Sequence[RecordedTransaction]: ...

    @property
    def watermark(self) -> int: ...

    def accepted_after(self, seq: int) -> Sequence[RecordedTransaction]: ...

    def report_unreachable(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class LibrarySystemAnswer(Generic[T]):
    """The central's answer, which may be None."""

    value: T


class PatronItemLookup:
    """Ask the central, or the snapshot if it does not answer within `patience` seconds, and apply queued transactions.

    Transactions accepted since the central was asked, or since the snapshot was made, are applied as well.
    """

    def __init__(
        self, central: Central, snapshot: Snapshot, courier: PendingTransactions, clock: Clock, patience: float = 2.0
    ) -> None:
        self._central = central
        self._snapshot = snapshot
        self._courier = courier
        self._clock = clock
        self._patience = patience
        self._asking: set[asyncio.Future[Any]] = set()
        self._refs: dict[CardRef, PatronRef] = {}
        self._last_answers: dict[Question[Any], Any] = {}
        self._looks = PreferenceCache(snapshot.look, self._lacks, clock.monotonic)

    async def patron(self, card: CardRef) -> Sourced[Patron] | Block:
        """Return the patron as `account` does, without loans and holds."""
        found = await self.account(card)
        return found if isinstance(found, Block) else Sourced(found.value.patron, found.source)

    async def account(self, card: CardRef) -> Sourced[Account] | Block:
        """Return the patron with loans and holds.

        Block(NEEDS_CENTRAL): the central is unreachable and the snapshot lacks the card.
        Block(OUTDATED): the snapshot is too old to be used; `on` is its day.
        """
        asked_at = self._courier.watermark
        answer = await self._ask(self._central.account(card))
        if answer is None:
            return self._from_snapshot(card)
        if isinstance(answer.value, Block):
            return answer.value
        self._remember(card, answer.value.patron.ref)
        return Sourced(self._with_pending(answer.value, card, self._since_asked(asked_at)), Source.CENTRAL)

    async def item(self, item: ItemId) -> Sourced[Item] | Block:
        """Return the item; Block(UNKNOWN_ITEM) if the central says so, Block(NEEDS_CENTRAL) if no source has it."""
        asked_at, mark = self._courier.watermark, self._central.seal.mark_item(item)
        answer = await self._ask(self._central.item(item))
        if answer is None:
            traces = self._since_snapshot()
            touched = any(trace.mark == mark for trace in traces)
            base = self._snapshot.item(item) or (Item(item) if touched else None)
            source = Source.OUTDATED if self._snapshot.outdated else Source.SNAPSHOT
        else:
            traces, base, source = self._since_asked(asked_at), answer.value, Source.CENTRAL
        if base is None:
            return Block(Reason.UNKNOWN_ITEM if answer else Reason.NEEDS_CENTRAL)
        return Sourced(item_over(self._with_names(base, traces), mark, traces, self._holder), source)

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        """Check a PIN; AWAY if the central does not answer, so the PIN was not checked."""
        answer = await self._ask(self._central.check_pin(card, pin))
        return answer.value if answer else PinVerdict.AWAY

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        """Return the answer; if none arrives in time, the last one or the fallback, as the question says.

        A late answer says nothing about how fast the central answers requests for the loans, so it does not count as
        unreachable.
        """
        answer = await self._by_the_way(self._central.ask(question, card, items))
        if answer is None:
            return cast("T", self._last_answers.get(question, question.fallback))
        if question.keeps_last:
            self._last_answers[question] = answer
        return answer

    async def proof(self, card: CardRef) -> ProofOptions | None:
        """Return how the patron can verify the card; None if that is unknown at present.

        A central without patron records still checks PINs.
        """
        record_api = self._central.record_api
        if record_api is None:
            return ProofOptions(pin=True) if self._courier.online else None
        return await self._by_the_way(record_api.proof(card))

    async def send_code(self, card: CardRef) -> bool:
        """Return whether a code was sent to the patron."""
        record_api = self._central.record_api
        return bool(record_api and await self._by_the_way(record_api.send_code(card)))

    async def check_code(self, card: CardRef, code: str) -> PinVerdict:
        record_api = self._central.record_api
        verdict = await self._by_the_way(record_api.check_code(card, code)) if record_api else None
        return verdict or PinVerdict.AWAY

    async def patron_record(self, card: CardRef) -> PatronRecord | None:
        """Return the patron's own record; None if the central does not provide it."""
        record_api = self._central.record_api
        return await self._by_the_way(record_api.patron_record(card)) if record_api else None

    async def page(self, card: CardRef) -> str:
        """Return the URL at which the patron's phone continues; empty if there is none."""
        record_api = self._central.record_api
        return (await self._by_the_way(record_api.page(card)) if record_api else None) or ""

    def with_pass(self, response: AnyPatronResponse) -> AnyPatronResponse:
        """Add the visit's access token to a response that the hub accepts only with it."""
        record_api = self._central.record_api
        if record_api is None or response.card is None or response.required_proof is Proof.NONE:
            return response
        return replace(response, proof=record_api.token(response.card))

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """End a visit: forget tokens and pseudonyms, except those of `stay` and of unconfirmed transactions."""
        self._central.forget()
        if record_api := self._central.record_api:
            record_api.forget(stay)
        acting = {trace.card for trace in self._since_snapshot() if trace.card}
        self._refs = {card: ref for card, ref in self._refs.items() if card in stay or card in acting}

    async def _by_the_way(self, question: Coroutine[Any, Any, T]) -> T | None:
        """Return the answer to a request of secondary importance; None if none arrives in time."""
        if not self._courier.online:
            question.close()
            return None
        asking = asyncio.ensure_future(question)
        try:
            if await wait_at_most(self._clock, self._patience, asking):
                return asking.result()
        except CentralUnavailable:
            pass
        asking.cancel()
        return None

    def for_you(self, card: CardRef) -> tuple[AvailableRecommendation, ...]:
        """Return the recommendations for this card of which a copy is on the shelf as far as the kiosk knows."""
        return tuple(offer for pick in self._snapshot.picks(card) if (offer := self._available(pick)) is not None)

    def look(self, card: CardRef) -> str:
        """Return the card's display preferences: those set at this kiosk, else the snapshot's.

        The central is not asked.
        """
        return self._looks.for_card(card)

    def keep_look(self, card: CardRef, text: str | None) -> None:
        self._looks.keep(card, text)

    def _lacks(self, card: CardRef) -> bool:
        since = (*self._courier.accepted_after(self._snapshot.watermark), *self._courier.pending)
        changed = any(each.trace.kind is TransactionKind.SAID and each.trace.card == card for each in since)
        return changed or self._snapshot.stale

    def _available(self, pick: Recommendation) -> AvailableRecommendation | None:
        traces, mark = self._since_snapshot(), self._central.seal.mark_item
        copies = (
            item_over(each, mark(each.id), traces, self._holder)
            for each in map(self._snapshot.item, pick.items)
            if each
        )
        there = (each for each in copies if each.status is ItemStatus.ON_SHELF and each.reserved_for is None)
        return next((AvailableRecommendation(pick, each) for each in there), None)

    async def find(self, typed: str) -> SearchResults | None:
        """Search titles in the snapshot and apply this kiosk's transactions; None if the patron has typed on meanwhile.

        The central is not asked: it cannot answer faster than the patron types.
        """
        found = await self._snapshot.find(typed)
        return found and self._results_over(found)

    async def title(self, title: int, item: ItemId) -> SearchResults:
        """Return one title of the snapshot, by its id or by a copy, with this kiosk's transactions applied."""
        return self._results_over(await self._snapshot.title(title, item))

    def _results_over(self, found: SearchResults) -> SearchResults:
        traces = () if found.outdated else self._since_snapshot()
        return replace(found, works=tuple(self._work_over(each, traces) for each in found.works)) if traces else found

    def _work_over(self, work: TitleResult, traces: Sequence[TransactionSummary]) -> TitleResult:
        mark = self._central.seal.mark_item
        return replace(
            work,
            copies=tuple(
                item_over(self._with_names(each, traces), mark(each.id), traces, self._holder) for each in work.copies
            ),
        )

    def _from_snapshot(self, card: CardRef) -> Sourced[Account] | Block:
        patron = self._snapshot.patron(card)
        if patron is None:
            outdated = self._snapshot.outdated
            return Block(Reason.OUTDATED, on=self._snapshot.day) if outdated else Block(Reason.NEEDS_CENTRAL)
        self._remember(card, patron.ref)
        loans = tuple(item for item in self._snapshot.items_of(patron.ref) if item.status is ItemStatus.ON_LOAN)
        plain = Account(patron, loans, holds=())
        return Sourced(self._with_pending(plain, card, self._since_snapshot()), Source.SNAPSHOT)

    def _with_pending(self, account: Account, card: CardRef, traces: Sequence[TransactionSummary]) -> Account:
        mark = self._central.seal.mark_item
        return account_over(account, card, traces, self._pending_summaries(), self._snapshot.item, self._holder, mark)

    def _remember(self, card: CardRef, patron: PatronRef) -> None:
        """Keep the pseudonym behind a card of this visit; `forget` leaves those that unconfirmed transactions need."""
        self._refs[card] = patron

    def _with_names(self, item: Item, traces: Sequence[TransactionSummary]) -> Item:
        """Replace the snapshot's pseudonyms that are known here, from this visit and from the transactions."""
        if item.holder is None and item.reserved_for is None:
            return item
        acting = {self._holder(each.card) for each in traces if each.card}
        known = {sealing.holder(item.id, ref): ref for ref in {*self._refs.values(), *acting}}
        holder, reserved_for = (
            pseudonym and known.get(pseudonym, pseudonym) for pseudonym in (item.holder, item.reserved_for)
        )
        return replace(item, holder=holder, reserved_for=reserved_for)

    def _pending_summaries(self) -> Sequence[TransactionSummary]:
        return standing(self._courier.pending)

    def _since_asked(self, watermark: int) -> Sequence[TransactionSummary]:
        """Return the transactions that the central's answer may lack: accepted while it answered, or still queued.

        An accepted one is not dropped together with its Undo: the answer may show the one without the other.
        """
        taken = [trace for each in self._courier.accepted_after(watermark) for trace in standing([each])]
        return [*taken, *self._pending_summaries()]

    def _since_snapshot(self) -> Sequence[TransactionSummary]:
        return standing([*self._courier.accepted_after(self._snapshot.watermark), *self._courier.pending])

    def _holder(self, card: CardRef) -> PatronRef:
        """Return the patron behind a card; an unknown card gets a reference of its own, equal to no other patron's."""
        known = self._snapshot.patron(card)
        return known.ref if known else self._refs.get(card, PatronRef(card))

    async def _ask(self, question: Coroutine[Any, Any, T]) -> LibrarySystemAnswer[T] | None:
        """Return the central's answer, or None if it is unreachable or too slow: it then counts as unreachable."""
        if not self._courier.online:
            question.close()
            return None
        asking = asyncio.ensure_future(question)
        self._asking.add(asking)
        asking.add_done_callback(self._note_failure)
        if not await wait_at_most(self._clock, self._patience, asking):
            self._courier.report_unreachable("time_out")
            return None
        try:
            return LibrarySystemAnswer(asking.result())
        except CentralUnavailable:
            return None

    def _note_failure(self, asking: asyncio.Future[Any]) -> None:
        self._asking.discard(asking)
        if not asking.cancelled() and isinstance(away := asking.exception(), CentralUnavailable):
            self._courier.report_unreachable(str(away))


@dataclass(frozen=True, slots=True)
class _Choice:
    text: str
    before: str
    """Preference in the snapshot when the patron made the choice."""
    at: float


class PreferenceCache:
    """Preferences by card: a choice holds until the snapshot changes, or has stayed the same for HOLDS seconds.

    Args:
        stored: Returns the preference in the snapshot.
        lacks: Returns whether the snapshot cannot contain the choices made with this card.
        seconds: Monotonic clock.
    """

    def __init__(
        self, stored: Callable[[CardRef], str], lacks: Callable[[CardRef], bool], seconds: Callable[[], float]
    ) -> None:
        self._stored = stored
        self._lacks = lacks
        self._seconds = seconds
        self._choices: dict[CardRef, _Choice] = {}

    def for_card(self, card: CardRef) -> str:
        """Return the preference of this card; empty if none is known."""
        stored, choice = self._stored(card), self._choices.get(card)
        if choice is None:
            return stored
        if self._lacks(card) or (stored == choice.before and self._seconds() - choice.at < HOLDS):
            return choice.text
        del self._choices[card]
        return stored

    def keep(self, card: CardRef, text: str | None) -> None:
        """Store a choice; None discards the one stored before."""
        self._choices.pop(card, None)
        if text is None:
            return
        self._choices[card] = _Choice(text, self._stored(card), self._seconds())
        if len(self._choices) > MOST_CHOICES:
            del self._choices[next(iter(self._choices))]
