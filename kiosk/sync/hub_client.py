"""The hub as a central, by docs/wire.md; knows neither queue nor snapshot file nor the desk."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import ParamSpec, TypeVar, assert_never
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from kiosk.central import Accepted, Answer, CentralAway, JournalRow, PinVerdict, Refused, RetryLater, SetAside
from kiosk.journal.model import UNSENDABLE
from kiosk.sync.detached_thread import apart
from kiosk.sync.http import Host, Reply, Timing
from kiosk.sync.hub_patron_record import HubPatronRecord
from kiosk.sync.hub_reply import account_of, read
from kiosk.sync.hub_seal import HubSeal
from kiosk.sync.request_signer import Signer
from lending import wire
from lending.greeting import Greeting
from lending.model import Account, Applied, Block, CardRef, Item, ItemId, Patron, Reason
from lending.post_visit import AfterVisit
from lending.published_feedback import Published

P = ParamSpec("P")
Shape = TypeVar("Shape", bound=BaseModel)

log = logging.getLogger(__name__)
Stamp = tuple[str, int]
"""A boot and its monotonic nanoseconds."""


API = "/api/v1"
MOST_ANSWER = 1024 * 1024
MOST_PICTURE = 4 * 1024 * 1024
NOBODY = "0" * 64
"""A card hash that no card has: asked to see whether this kiosk is known."""
UNREADABLE = (400, 413, 422)
"""Statuses that blame the request and not the hub."""
CARD = re.compile(r"[0-9a-f]{64}")
BARCODE = re.compile(r"(?!\.{1,2}$)[0-9A-Za-z.+/$ -]{1,64}")
"""As on the wire, but for the two that a URL takes for a way up."""


class HubClient:
    """Two sessions, so that what is asked never waits for what is handed over.

    `signer` knows the library's card key too; `via` is where to connect instead, while URL, Host and TLS name stay.
    `authority` is a file with the certificates by which the hub's is believed, in place of the usual ones.
    `stamp` tells boot and monotonic nanoseconds, where the hub may reckon with them. `elsewhere`: another system keeps
    the loans, and what is handed over here has been done there.
    """

    def __init__(
        self,
        url: str,
        signer: Signer,
        via: tuple[str, int] | None = None,
        timing: Timing = Timing(),  # noqa: B008 - a frozen value
        authority: Path | None = None,
        stamp: Callable[[], Stamp] | None = None,
        elsewhere: bool = False,
    ) -> None:
        self.signer = signer
        self._stamp = stamp
        self._elsewhere = elsewhere
        self.seal = HubSeal(lambda: signer.identity)
        self.delay: float | None = None
        """Seconds from the last request to the first of its answer; None before the first."""
        self._whole = timing.whole
        self._courier = Host(url, signer, via, timing, authority)
        self._asks = Host(url, signer, via, timing, authority)
        self.hers = HubPatronRecord(self._of_card)

    def reference(self, number: str) -> CardRef:
        return CardRef(hmac.new(self.signer.identity.card_key, number.encode(), hashlib.sha256).hexdigest())

    def forget(self) -> None:
        """Do nothing: only `hers` keeps data of a visit."""

    @property
    def batch(self) -> int:
        return wire.MOST_ROWS

    async def patron(self, card: CardRef) -> Patron | Block:
        match await self.account(card):
            case Account(patron=patron):
                return patron
            case Block() as block:
                return block
            case never:
                assert_never(never)

    async def account(self, card: CardRef) -> Account | Block:
        if not CARD.fullmatch(card):
            return Block(Reason.UNKNOWN_CARD)
        reply = await self._apart(self._asks.get, f"{API}/cards/{card}", MOST_ANSWER)
        found = _found(reply, wire.CardAnswer, "unknown_card")
        return account_of(found) if found else Block(Reason.UNKNOWN_CARD)

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        if not CARD.fullmatch(card) or not 1 <= len(pin) <= 32:
            return PinVerdict.WRONG
        turn, body = self.hers.asks(card), wire.PinRequest(pin=pin).model_dump_json().encode()
        reply = await self._apart(self._asks.post, f"{API}/cards/{card}/pin", MOST_ANSWER, body, False)
        told = read(reply, wire.PinAnswer)
        self.hers.passed(turn, told.token)
        return PinVerdict(told.verdict)

    async def _of_card(self, card: CardRef, what: str, body: bytes | None) -> Reply:
        if not CARD.fullmatch(card):
            raise CentralAway("unusable_answer")
        path = f"{API}/cards/{card}/{what}"
        if body is None:
            return await self._apart(self._asks.get, path, MOST_ANSWER)
        return await self._apart(self._asks.post, path, MOST_ANSWER, body, False)

    async def item(self, item: ItemId) -> Item | None:
        if not BARCODE.fullmatch(item):
            return None
        path = f"{API}/items/{quote(item, safe='')}"
        found = _found(await self._apart(self._asks.get, path, MOST_ANSWER), wire.WireItem, "unknown_item")
        return wire.item_from(found) if found else None

    async def greeting(self, card: CardRef) -> Greeting | None:
        if not CARD.fullmatch(card):
            return None
        reply = await self._apart(self._asks.get, f"{API}/cards/{card}/greeting", MOST_ANSWER)
        found = _found(reply, wire.GreetingAnswer, "unknown_card")
        return wire.greeting_from(found) if found else None

    async def after(self, card: CardRef, items: Sequence[ItemId]) -> AfterVisit:
        if not CARD.fullmatch(card):
            return AfterVisit()
        query = urlencode([("item", each) for each in items[: wire.MOST_ROWS] if BARCODE.fullmatch(each)])
        path = f"{API}/cards/{card}/after{'?' if query else ''}{query}"
        found = _found(await self._apart(self._asks.get, path, MOST_ANSWER), wire.AfterAnswer, "unknown_card")
        return wire.after_from(found) if found else AfterVisit()

    async def published(self) -> Sequence[Published]:
        reply = await self._apart(self._asks.get, f"{API}/published", MOST_ANSWER)
        return wire.published_from(read(reply, wire.PublishedAnswer))

    async def showcase(self) -> bytes:
        """What this kiosk shows to anybody, as it came."""
        return await self._bytes(f"{API}/showcase", MOST_ANSWER)

    async def picture(self, poster: int) -> bytes:
        return await self._bytes(f"{API}/posters/{poster}/picture", MOST_PICTURE)

    async def _bytes(self, path: str, most: int) -> bytes:
        reply = await self._apart(self._asks.get, path, most)
        if reply.status != 200:
            raise CentralAway("unusable_answer")
        return reply.body

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        """Sends as many of the rows as the wire allows at once; where the hub chokes on them, the first alone.

        A row that no hub can read is set aside alone, so that it stops no other.
        """
        try:
            body, sent = packed(rows, self._stamp() if self._stamp else None, self._elsewhere)
        except ValidationError as error:
            return _set_aside(rows[0], wire.first_fault(error))
        reply = await self._apart(self._courier.post, f"{API}/transactions", MOST_ANSWER, body, True)
        if reply.status == 429:
            return [RetryLater(reply.retry_after)]
        if reply.status in (*UNREADABLE, 500) and sent > 1:
            return await self.hand_over(rows[:1])
        if reply.status in UNREADABLE and (fault := _complaint(reply)):
            await self.ping()
            return _set_aside(rows[0], fault)
        answers = read(reply, wire.TransactionsAnswer).answers
        if [answer.id for answer in answers] != [row.id for row in rows[: min(len(answers), sent)]]:
            raise CentralAway("unusable_answer")
        if any(row.no_block and answer.outcome == "refused" for row, answer in zip(rows, answers, strict=False)):
            raise CentralAway("unusable_answer")  # an old one: the hub sets a promise aside, and never refuses it
        return [judged(answer) for answer in answers]

    async def cases(self, told: wire.CasesRequest) -> wire.CasesAnswer:
        """Tells what staff have to see to where another system keeps the loans. Raises CentralAway."""
        body = told.model_dump_json(exclude_defaults=True).encode()
        return read(await self._apart(self._asks.post, f"{API}/cases", MOST_ANSWER, body, True), wire.CasesAnswer)

    async def ping(self) -> None:
        """Returns when the hub answers, speaks our wire and knows this kiosk."""
        await self.its_time()
        reply = await self._apart(self._courier.get, f"{API}/cards/{NOBODY}", MOST_ANSWER)
        _found(reply, wire.CardAnswer, "unknown_card")

    async def its_time(self) -> datetime:
        """The hub's own, of one that speaks our wire."""
        told = read(await self._apart(self._courier.get, f"{API}/health", MOST_ANSWER), wire.HealthAnswer)
        if told.wire != wire.VERSION:
            raise CentralAway("other_wire")
        return told.now

    async def snapshot_page(self, since: str) -> wire.SnapshotPage | None:
        """The page of the snapshot that follows that mark; None when nothing does. Raises CentralAway."""
        reply = await self._apart(self._asks.get, f"{API}/snapshot?since={since}", wire.MOST_SNAPSHOT_BYTES)
        return None if reply.status == 304 and since else await asyncio.to_thread(read, reply, wire.SnapshotPage)

    def close(self) -> None:
        self._courier.close()
        self._asks.close()

    async def _apart(self, call: Callable[P, Reply], *args: P.args, **kwargs: P.kwargs) -> Reply:
        """Off the event loop, and no longer than a whole exchange may take: headers can trickle for ever."""
        try:
            async with asyncio.timeout(self._whole + 1):  # wait_for of Python 3.11 may swallow a cancellation
                reply = await apart(call, *args, **kwargs)
        except TimeoutError:
            raise CentralAway("time_out") from None
        self.delay = reply.delay
        return reply


def _found(reply: Reply, shape: type[Shape], unknown: str) -> Shape | None:
    """None for the hub's own 404, which says `unknown`; any other 404 is somebody else's."""
    if reply.status != 404:
        return read(reply, shape)
    try:
        said = wire.parse(wire.UnknownAnswer, reply.body).detail
    except ValueError:
        said = None
    if said != unknown:
        raise CentralAway("unusable_answer")
    return None


def _complaint(reply: Reply) -> str:
    """What the hub itself says of a request that it cannot read; empty where somebody else speaks."""
    try:
        return wire.parse(wire.ErrorAnswer, reply.body).detail
    except ValueError:
        return ""


def _set_aside(row: JournalRow, fault: str) -> list[Answer]:
    log.error("row %d can never be handed over: %s", row.seq, fault)
    return [SetAside(f"{UNSENDABLE}: {fault}")]


def packed(rows: Sequence[JournalRow], stamp: Stamp | None = None, elsewhere: bool = False) -> tuple[bytes, int]:
    """The envelope with as many rows as fit, and their number. Raises ValidationError where the first fits no wire.

    `stamp` is of the moment of sending.
    """
    texts: list[str] = []
    for row in takewhile(lambda row: row.journal == rows[0].journal, rows[: wire.MOST_ROWS]):
        try:
            texts.append(_row(row, elsewhere).model_dump_json(exclude_defaults=True))
        except ValidationError:
            if not texts:
                raise
            break
    head = f'{{"wire":{wire.VERSION},"journal":"{rows[0].journal}"'
    if stamp is not None:
        head += f',"boot":"{stamp[0]}","mono_ns":{stamp[1]}'
    head += ',"elsewhere":true' if elsewhere else ""
    while len(body := f'{head},"rows":[{",".join(texts)}]}}'.encode()) > wire.MOST_BYTES:
        texts.pop()
    return body, len(texts)


def _row(row: JournalRow, elsewhere: bool) -> wire.WireRow:
    """What was done `elsewhere` has happened; where it was not promised first, the patron has heard of it."""
    return wire.WireRow(
        id=row.id,
        seq=row.number or row.seq,
        boot=row.boot,
        mono_ns=row.mono_ns,
        at=row.at,
        trust=row.trust,
        kind=row.kind,
        no_block=row.no_block or elsewhere,
        untold=row.untold and not elsewhere,
        told=row.told or (elsewhere and not row.no_block),
        body=row.body,
        mark=row.marks.body,
    )


def judged(answer: wire.RowAnswer) -> Answer:
    """What the hub said of a row, as the kiosk takes it."""
    match answer.outcome:
        case "accepted":
            rule = Applied(answer.rule.kind, answer.rule.days, answer.rule.hours) if answer.rule else None
            return Accepted(answer.due, answer.someone_waits, answer.place, answer.goes_on, rule, answer.became)
        case "refused":
            said = answer.reason or ""
            reason = Reason(said) if said in Reason.__members__.values() else Reason.CENTRAL_REFUSED
            return Refused(Block(reason, answer.on, answer.amount, answer.count))
        case "set_aside":
            return SetAside(answer.reason or "")
        case "again":
            return RetryLater(answer.after or 0.0)
        case never:
            assert_never(never)
