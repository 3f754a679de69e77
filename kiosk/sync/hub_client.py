"""Implement the central over the hub's HTTP interface, as docs/wire.md specifies it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import os
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import ParamSpec, TypeVar, assert_never, cast
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow, PinVerdict, Refused, RetryLater, SetAside
from kiosk.journal.model import UNSENDABLE
from kiosk.sync.http import Host, Reply, Timing, run_detached
from kiosk.sync.identity import Identity
from kiosk.sync.request_signer import Signer, refusal
from lending import request_signature, sealing, wire
from lending.cover_store import LARGEST
from lending.model import Account, AppliedRule, Block, CardRef, Hold, Item, ItemId, Patron, Reason
from lending.patron_record import PatronRecord, ProofOptions
from lending.questions import Question
from lending.request_signature import Claim

Ask = Callable[[CardRef, str, bytes | None], Awaitable[Reply]]
"""GET (body None) or POST to an address below the card's. Raises CentralUnavailable."""
P = ParamSpec("P")
T = TypeVar("T")
Shape = TypeVar("Shape", bound=BaseModel)
log = logging.getLogger(__name__)
Stamp = tuple[str, int]
"""Boot id and monotonic nanoseconds within that boot."""
API = "/api/v1"
MOST_ANSWER = 1024 * 1024
MOST_PICTURE = 4 * 1024 * 1024
UNKNOWN_CARD = "0" * 64
"""A card hash that no card has: a request for it checks whether the hub knows this kiosk."""
UNREADABLE = (400, 413, 422)
"""HTTP statuses that blame the request and not the hub."""
CARD = re.compile(r"[0-9a-f]{64}")
BARCODE = re.compile(r"(?!\.{1,2}$)[0-9A-Za-z.+/$ -]{1,64}")
"""Barcodes valid on the wire, except `.` and `..`, which a URL treats as path segments."""


class HubClient:
    """Client of the hub, with two HTTP sessions so that a lookup never waits for an upload.

    Args:
        url: Address of the hub.
        signer: Signs requests. Its identity also holds the library's card key.
        via: Host and port to connect to instead. The URL, Host header and TLS name stay.
        timing: Time limits.
        authority: PEM file of the certificates to trust, in place of the system's.
        stamp: Returns boot id and monotonic nanoseconds, by which the hub may correct times. None: not sent.
        elsewhere: True if an ILS keeps the loans and uploaded transactions have already been done there.
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
        """Seconds from the last request to the first byte of its answer; None before the first request."""
        self._whole = timing.whole
        self._courier = Host(url, signer, via, timing, authority)
        self._asks = Host(url, signer, via, timing, authority)
        self.record_api = HubPatronRecord(self._of_card)

    def reference(self, number: str) -> CardRef:
        """Return the keyed hash (HMAC-SHA256 under the library's card key) of a card number."""
        return CardRef(hmac.new(self.signer.identity.card_key, number.encode(), hashlib.sha256).hexdigest())

    def forget(self) -> None:
        """Do nothing: only `record_api` keeps data of a visit."""

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
        """Fetch the patron with loans and holds; Block(UNKNOWN_CARD) if the hub does not know the card."""
        if not CARD.fullmatch(card):
            return Block(Reason.UNKNOWN_CARD)
        reply = await self._call(self._asks.get, f"{API}/cards/{card}", MOST_ANSWER)
        found = _read_or_none(reply, wire.CardAnswer, "unknown_card")
        return account_of(found) if found else Block(Reason.UNKNOWN_CARD)

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict:
        """Check a PIN of 1 to 32 characters; if it is right, keep the access token for this visit."""
        if not CARD.fullmatch(card) or not 1 <= len(pin) <= 32:
            return PinVerdict.WRONG
        turn, body = self.record_api.asks(card), wire.PinRequest(pin=pin).model_dump_json().encode()
        reply = await self._call(self._asks.post, f"{API}/cards/{card}/pin", MOST_ANSWER, body, False)
        answer = read(reply, wire.PinAnswer)
        self.record_api.store_token(turn, answer.token)
        return PinVerdict(answer.verdict)

    async def _of_card(self, card: CardRef, what: str, body: bytes | None) -> Reply:
        if not CARD.fullmatch(card):
            raise CentralUnavailable("unusable_answer")
        path = f"{API}/cards/{card}/{what}"
        if body is None:
            return await self._call(self._asks.get, path, MOST_ANSWER)
        return await self._call(self._asks.post, path, MOST_ANSWER, body, False)

    async def item(self, item: ItemId) -> Item | None:
        """Fetch an item; None if the hub does not know it, or the barcode is invalid on the wire."""
        if not BARCODE.fullmatch(item):
            return None
        path = f"{API}/items/{quote(item, safe='')}"
        found = _read_or_none(await self._call(self._asks.get, path, MOST_ANSWER), wire.WireItem, "unknown_item")
        return wire.item_from(found) if found else None

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        """Fetch the answer; the fallback if the hub does not know the card."""
        if card is not None and not CARD.fullmatch(card):
            return question.fallback
        query = urlencode([("item", each) for each in items[: wire.MOST_ROWS] if BARCODE.fullmatch(each)])
        path = f"{API}{question.path.format(hash=card)}{'?' if query else ''}{query}"
        form = wire.ANSWERS[question]
        found = _read_or_none(await self._call(self._asks.get, path, MOST_ANSWER), form.model, "unknown_card")
        return question.fallback if found is None else cast("T", form.convert(found))

    async def showcase(self) -> bytes:
        """Fetch the start screen's content, unparsed. It is the same for every patron."""
        return await self._bytes(f"{API}/showcase", MOST_ANSWER)

    async def picture(self, poster: int) -> bytes:
        """Fetch a poster's picture."""
        return await self._bytes(f"{API}/posters/{poster}/picture", MOST_PICTURE)

    async def cover(self, mark: str) -> bytes | None:
        """Fetch the picture of a cover; None if the hub has none of this name."""
        reply = await self._call(self._asks.get, f"{API}/covers/{mark}", LARGEST)
        return None if reply.status == 404 else payload(reply)

    async def _bytes(self, path: str, most: int) -> bytes:
        reply = await self._call(self._asks.get, path, most)
        if reply.status != 200:
            raise CentralUnavailable("unusable_answer")
        return reply.body

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        """Send as many rows as one request may hold; if the hub fails on them, the first row alone.

        A row that no hub can read is set aside alone, so that it blocks no other.
        """
        try:
            body, sent = pack_rows(rows, self._stamp() if self._stamp else None, self._elsewhere)
        except ValidationError as error:
            return _set_aside(rows[0], wire.first_fault(error))
        reply = await self._call(self._courier.post, f"{API}/transactions", MOST_ANSWER, body, True)
        if reply.status == 429:
            return [RetryLater(reply.retry_after)]
        if reply.status in (*UNREADABLE, 500) and sent > 1:
            return await self.hand_over(rows[:1])
        if reply.status in UNREADABLE and (fault := _complaint(reply)):
            await self.ping()
            return _set_aside(rows[0], fault)
        answers = read(reply, wire.TransactionsAnswer).answers
        if [answer.id for answer in answers] != [row.id for row in rows[: min(len(answers), sent)]]:
            raise CentralUnavailable("unusable_answer")
        if any(row.no_block and answer.outcome == "refused" for row, answer in zip(rows, answers, strict=False)):
            # An outdated hub: it must set a promised row aside instead of refusing it.
            raise CentralUnavailable("unusable_answer")
        return [to_answer(answer) for answer in answers]

    async def cases(self, request: wire.CasesRequest) -> wire.CasesAnswer:
        """Send the open exceptions of an ILS that keeps the loans. Raises CentralUnavailable."""
        body = request.model_dump_json(exclude_defaults=True).encode()
        return read(await self._call(self._asks.post, f"{API}/cases", MOST_ANSWER, body, True), wire.CasesAnswer)

    async def ping(self) -> None:
        """Check that the hub has the same wire version and knows this kiosk, or raise CentralUnavailable."""
        await self.its_time()
        reply = await self._call(self._courier.get, f"{API}/cards/{UNKNOWN_CARD}", MOST_ANSWER)
        _read_or_none(reply, wire.CardAnswer, "unknown_card")

    async def its_time(self) -> datetime:
        """Return the hub's time. Raises CentralUnavailable if its wire version differs."""
        answer = read(await self._call(self._courier.get, f"{API}/health", MOST_ANSWER), wire.HealthAnswer)
        if answer.wire != wire.VERSION:
            raise CentralUnavailable("other_wire")
        return answer.now

    async def snapshot_page(self, since: str) -> wire.SnapshotPage | None:
        """Return the snapshot page after that mark; None if there is no newer one. Raises CentralUnavailable."""
        reply = await self._call(self._asks.get, f"{API}/snapshot?since={since}", wire.MOST_SNAPSHOT_BYTES)
        return None if reply.status == 304 and since else await asyncio.to_thread(read, reply, wire.SnapshotPage)

    def close(self) -> None:
        self._courier.close()
        self._asks.close()

    async def _call(self, call: Callable[P, Reply], *args: P.args, **kwargs: P.kwargs) -> Reply:
        """Run an exchange off the event loop, with an overall time limit: a host may never stop sending headers."""
        try:
            async with asyncio.timeout(self._whole + 1):  # asyncio.wait_for of Python 3.11 may swallow a cancellation
                reply = await run_detached(call, *args, **kwargs)
        except TimeoutError:
            raise CentralUnavailable("time_out") from None
        self.delay = reply.delay
        return reply


class HubPatronRecord:
    """Access to patron records at the hub, verified by PIN or code for one visit."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking, self._turn = CardRef(""), 0
        self._tokens: dict[CardRef, str] = {}

    def asks(self, card: CardRef) -> int:
        """Start a verification of the card: discard its token and return the number of this attempt."""
        self._tokens.pop(card, None)
        self._asking = card
        self._turn += 1
        return self._turn

    def store_token(self, turn: int, token: str) -> None:
        """Store the token of a correct PIN or code.

        A late answer is dropped: another attempt has begun, or the visit has ended.
        """
        if turn == self._turn and token:
            self._tokens[self._asking] = token

    def token(self, card: CardRef) -> str:
        """Return the token that the card has in this visit; empty if nothing was proved."""
        return self._tokens.get(card, "")

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """Forget the tokens of all cards but those that stay in the visit."""
        self._tokens = {card: token for card, token in self._tokens.items() if card in stay}
        self._asking = CardRef("")
        self._turn += 1

    async def proof(self, card: CardRef) -> ProofOptions:
        """Return the ways in which the patron can verify the card."""
        answer = read(await self._ask(card, "proof", None), wire.ProofAnswer)
        return ProofOptions(answer.pin, answer.by)

    async def send_code(self, card: CardRef) -> bool:
        """Send a verification code to the patron; return whether it was sent."""
        return read(await self._ask(card, "code", b"{}"), wire.CodeAnswer).sent

    async def check_code(self, card: CardRef, code: str) -> PinVerdict:
        """Check the code that was sent; if it is right, keep the access token."""
        turn, body = self.asks(card), wire.CodeRequest(code=code).model_dump_json().encode()
        answer = read(await self._ask(card, "code/check", body), wire.PinAnswer)
        self.store_token(turn, answer.token)
        return PinVerdict(answer.verdict)

    async def patron_record(self, card: CardRef) -> PatronRecord:
        """Fetch the record, with the token of this visit."""
        return wire.mine_from(read(await self._ask(card, "mine", self._token_body(card)), wire.MineAnswer))

    async def page(self, card: CardRef) -> str:
        """Return the URL at which the patron's phone continues, with the token of this visit."""
        return read(await self._ask(card, "page", self._token_body(card)), wire.PageAnswer).url

    def _token_body(self, card: CardRef) -> bytes:
        return wire.MineRequest(token=self.token(card)).model_dump_json().encode()


class HubSeal:
    """Seal with the identity that is current at each call: the hub may have sent a new key meanwhile."""

    def __init__(self, identity: Callable[[], Identity]) -> None:
        self._identity = identity

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        """Encrypt a row. `borrower` is unused: the hub processes this kiosk's rows in order and knows the borrower."""
        return sealing.encrypt(self._identity().seal_key, body)

    def mark_item(self, item: ItemId) -> str:
        return sealing.mark_of_item(self._identity().card_key, item)

    def mark_body(self, kind: str, body: str) -> str:
        return sealing.mark_of_body(self._identity().card_key, kind, body)


def payload(reply: Reply) -> bytes:
    """Return the answer's bytes. Raises CentralUnavailable unless it is a 200."""
    match reply.status:
        case 200:
            return reply.body
        case 401:
            raise CentralUnavailable("revoked" if refusal(reply.body) == "revoked" else "identity_refused")
        case status if 300 <= status < 400:
            raise CentralUnavailable("captive_portal")
        case status if status >= 500 or status == 429:
            raise CentralUnavailable("server_error")
        case _:
            raise CentralUnavailable("unusable_answer")


def read(reply: Reply, shape: type[Shape]) -> Shape:
    """Return the parsed answer. Raises CentralUnavailable unless it is a 200 of that shape."""
    try:
        return wire.parse(shape, payload(reply))
    except ValueError:
        raise CentralUnavailable("unusable_answer") from None


def account_of(answer: wire.CardAnswer) -> Account:
    return Account(
        patron=wire.patron_from(answer.patron),
        loans=tuple(wire.item_from(item) for item in answer.loans),
        holds=tuple(Hold(**hold.model_dump()) for hold in answer.holds),
        fees=tuple(wire.fee_from(fee) for fee in answer.fees),
    )


def _read_or_none(reply: Reply, shape: type[Shape], unknown: str) -> Shape | None:
    """Parse a reply; None for the hub's own 404 with detail `unknown`. Any other 404 raises CentralUnavailable."""
    if reply.status != 404:
        return read(reply, shape)
    try:
        detail = wire.parse(wire.UnknownAnswer, reply.body).detail
    except ValueError:
        detail = None
    if detail != unknown:
        raise CentralUnavailable("unusable_answer")
    return None


def _complaint(reply: Reply) -> str:
    """Return the hub's own description of an unreadable request; empty if another host answered."""
    try:
        return wire.parse(wire.ErrorAnswer, reply.body).detail
    except ValueError:
        return ""


def _set_aside(row: JournalRow, fault: str) -> list[Answer]:
    log.error("Row %d cannot be uploaded and is set aside: %s", row.seq, fault)
    return [SetAside(f"{UNSENDABLE}: {fault}")]


def pack_rows(rows: Sequence[JournalRow], stamp: Stamp | None = None, elsewhere: bool = False) -> tuple[bytes, int]:
    """Build the request body with as many rows as fit. Return it and their number.

    `stamp` is the time of sending. Raises ValidationError if the first row fits no request.
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
    """Convert a row. A row done `elsewhere` is final; unless it was promised, the patron has seen its result."""
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
        result_shown=row.result_shown or (elsewhere and not row.no_block),
        body=row.body,
        mark=row.marks.body,
    )


def to_answer(answer: wire.RowAnswer) -> Answer:
    """Convert the hub's answer to a row."""
    match answer.outcome:
        case "accepted":
            rule = AppliedRule(answer.rule.kind, answer.rule.days, answer.rule.hours) if answer.rule else None
            return Accepted(answer.due, answer.someone_waits, answer.place, answer.goes_on, rule, answer.became)
        case "refused":
            code = answer.reason or ""
            reason = Reason(code) if code in Reason.__members__.values() else Reason.CENTRAL_REFUSED
            return Refused(Block(reason, answer.on, answer.amount, answer.count))
        case "set_aside":
            return SetAside(answer.reason or "")
        case "again":
            return RetryLater(answer.after or 0.0)
        case never:
            assert_never(never)


class RandomDeviceSigner:
    """Signer with a random device id. The hub refuses its requests, and signs each refusal for that id."""

    def claim(self, method: str, target: str, body: bytes) -> Claim:
        return Claim(os.urandom(16).hex(), 1, os.urandom(64).hex())

    def again(self, claim: Claim, said: bytes, turn: int) -> bool:
        return False


def is_hub_at(url: str, hub_key: str, timing: Timing = Timing()) -> bool:  # noqa: B008 - a frozen value
    """Return whether the host at `url` holds the hub's key; the random id in the answer rules out a replay.

    Raises CentralUnavailable if nothing answers.
    """
    host = Host(url, RandomDeviceSigner(), None, timing)
    try:
        reply = host.get(f"{API}/cards/{UNKNOWN_CARD}", MOST_ANSWER)
    finally:
        host.close()
    assert reply.claim is not None
    text = request_signature.answer_text(reply.claim.device, reply.claim.counter, reply.body)
    return reply.status == 401 and request_signature.verifies(hub_key, text, reply.signature)
