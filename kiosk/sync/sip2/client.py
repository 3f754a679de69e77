"""Implement the central over SIP2: queries for patrons and items, and one message per transaction.

SIP2 has no transaction ids. After a lost response or a restart, a transaction may have been done already: its effect is
looked up first, and the request is sent only if the effect is missing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import assert_never

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow, Refused, RetryLater, SetAside
from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.device_keys import DeviceKeys, LoanAtReturn
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, StoredException
from kiosk.sync.sip2.field_values import amount, currency, moment, words
from kiosk.sync.sip2.message import Sip2Message, Unsendable
from kiosk.sync.sip2.pending_returns import LENT_AGAIN, PendingReturns, not_written
from kiosk.sync.sip2.queries import HEARTBEAT, REMEMBERED
from kiosk.sync.sip2.requests import Profile, Requests
from kiosk.sync.sip2.response_mapping import bar_of, fee_kind, is_known, keeps_security
from lending import atomic_file
from lending.model import Block, ItemId, ItemStatus, Reason
from lending.responses import PatronResponse
from lending.sealing import SealBroken
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TagReport, TransactionId, Undo
from lending.wire import UnreadableAct, decode

log = logging.getLogger(__name__)
RENEWAL_UNCLEAR = "renewal_unclear"
"""Exception reason: the response to a renewal was lost, and the promised due date equals the one before."""
LONGEST_DATE = 14
"""Longest due date in the ILS's own words, in characters: more does not fit next to a title."""
MOST_DATES = 100
"""Due dates kept: one renewal is under way at a time, and those left to staff stay behind."""


class Sip2Client(PendingReturns):
    """Central of an ILS without a hub.

    Args:
        line: Connection to the SIP2 server.
        profile: Peculiarities of the ILS.
        requests: Builds the requests.
        keys: The device's keys.
        befores: Due dates before a renewal.
        born: Returns whether a row was made in this process, so that it cannot have been sent before.
        cases: Exceptions for staff.
    """

    def __init__(
        self,
        line: Sip2Connection,
        profile: Profile,
        requests: Requests,
        keys: DeviceKeys,
        befores: PreRenewalDueDates,
        born: Callable[[JournalRow], bool],
        cases: ExceptionStore,
    ) -> None:
        super().__init__(line, profile, requests, keys, cases)
        self._befores = befores
        self._born = born
        self._sent: OrderedDict[TransactionId, Act] = OrderedDict()
        """Transactions that were sent, perhaps without a response."""
        self._answers: OrderedDict[TransactionId, Answer] = OrderedDict()
        self._noted: OrderedDict[TransactionId, ExceptionKind] = OrderedDict()
        """Kind of the exception that was last noted for a row."""
        self.on_refusal: Callable[[TransactionId], None] = lambda _id: None
        """Called as soon as a refusal has arrived, before its reason is queried."""

    @property
    def batch(self) -> int:
        return 1

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        """Send the first row. If an exception cannot be written to disk, the row stays queued."""
        try:
            return [await self._answer(rows[0])]
        except OSError as error:
            not_written(error)
            return [RetryLater(HEARTBEAT)]

    async def _answer(self, row: JournalRow) -> Answer:
        known = self._answers.get(row.id)
        if isinstance(known, Refused) and row.no_block:
            return await self._too_late(row, known)
        if known:
            if row.id not in self._sent:
                return known
            if isinstance(known, Accepted):
                await self._note(row, self._sent[row.id], known)
            return await self._before_close(row, self._sent[row.id], known)
        try:
            body, then = self.seal.open(row.body)
            act = decode(row.kind, body)
        except (SealBroken, UnreadableAct) as error:
            log.error("Row %d cannot be sent and is set aside: %s", row.seq, error)
            lost = StoredException(row.id, ExceptionKind.REFUSED, row.at, row.kind, "", reason="unreadable")
            await asyncio.to_thread(self.cases.note, lost)
            return SetAside(lost.reason)
        if forbidden := await self._forbidden(row, act):
            return forbidden
        fresh = row.id not in self._sent and self._born(row)
        self._keep(self._sent, row.id, act)
        try:
            answer = await self._send_act(row, act, fresh, then)
        except Unsendable as error:
            answer = SetAside(str(error)) if row.no_block else Refused(Block(Reason.UNREADABLE))
        if isinstance(answer, RetryLater):
            return answer
        if isinstance(answer, Refused) and row.no_block:
            answer = _set_aside(answer)
        await self._note(row, act, answer)
        self._keep(self._answers, row.id, answer)
        return await self._before_close(row, act, answer)

    async def _too_late(self, row: JournalRow, known: Refused) -> SetAside:
        """Set a row aside that was refused before it was promised: sending it as no-block could force it through."""
        answer, act = _set_aside(known), self._sent[row.id]
        await self._note(row, act, answer)
        self._keep(self._answers, row.id, answer)
        return answer

    async def _before_close(self, row: JournalRow, act: Act, answer: Answer) -> Answer:
        """Run before a row is closed, for a companion hub; return RetryLater to be called again.

        The ILS is not asked to do the transaction a second time for that.
        """
        return answer

    async def _note(self, row: JournalRow, act: Act, answer: Answer) -> None:
        """Note once what staff must see of an answer.

        A row that was done while the patron waited is sent again if the patron has left since, or was promised more.
        Its exception must not return each time after staff have resolved it. Raises OSError.
        """
        case = self._case(row, act, answer)
        if case and self._noted.get(row.id) is not case.kind:
            await asyncio.to_thread(self.cases.note, case)
            self._keep(self._noted, row.id, case.kind)

    async def _forbidden(self, row: JournalRow, act: Act) -> Answer | None:
        """Obey ACS Status (98): return a refusal, or RetryLater for promised rows and returns; None if it is allowed.

        A refusal is based on an ACS Status of this moment.
        """
        what = _asks_for(act)
        if what is None or self.allows(what):
            return None
        await self._line.greet()
        if self.allows(what):
            return None
        deferrable = row.no_block or isinstance(act, Checkin)
        return RetryLater(HEARTBEAT) if deferrable else Refused(Block(Reason.CENTRAL_FORBIDS))

    def _case(self, row: JournalRow, act: Act, answer: Answer) -> StoredException | None:
        """Return the exception that staff must see, if any."""
        case = self._exception_for(row, act, ExceptionKind.REFUSED)
        match answer:
            case SetAside(reason=reason):
                return replace(case, reason=reason, promised=getattr(act, "due", None))
            case Accepted() if isinstance(act, TagReport):
                return replace(case, kind=ExceptionKind.TAG, reason=act.finding.value)
            case Accepted() if row.untold:
                return replace(case, kind=ExceptionKind.UNTOLD)
            case Accepted(fee=fee) if row.no_block and fee > (getattr(act, "fee", None) or 0):
                return replace(case, kind=ExceptionKind.FEE, reason=f"{fee:.2f}")
            case Accepted(due=datetime() as given) if row.no_block and isinstance(act, Checkout | Renew):
                sooner = self._day(given) < self._day(act.due)
                return replace(case, kind=ExceptionKind.DUE, promised=act.due, given=given) if sooner else None
            case _:
                return None

    def _exception_for(self, row: JournalRow, act: Act, kind: ExceptionKind) -> StoredException:
        card, item = getattr(act, "card", None), getattr(act, "item", "")
        return StoredException(row.id, kind, row.at, row.kind, item, self.keys.number(card) or "" if card else "")

    async def _send_act(self, row: JournalRow, act: Act, fresh: bool, then: LoanAtReturn | None) -> Answer:
        match act:
            case Checkout():
                return await self._checkout(row, act, fresh)
            case Renew():
                return await self._renew(row, act)
            case Checkin(item=item, mode=ReturnMode.PROVISIONAL):
                return await self._hold_back(row, item, then or self._known_loan(item))
            case Checkin(item=item):
                return await self._checkin(row, item, fresh, then or self._known_loan(item))
            case Undo(transaction=undone):
                return await self._undo(row, undone, fresh)
            case TagReport() | PatronResponse():
                return Accepted()
            case _:
                assert_never(act)

    async def _checkout(self, row: JournalRow, act: Checkout, fresh: bool) -> Answer:
        number = self.keys.number(act.card)
        if number is None:
            return Refused(Block(Reason.UNKNOWN_CARD))
        if not fresh and (loan := await self._loan_of(number, act.item)):
            self._saw_with(act.item, act.card)
            return Accepted(loan.due)
        held = self.cases.pending_return(act.item)
        if held and not await self._take_back(held):  # returned here, and lent again before staff could check it in
            return RetryLater(HEARTBEAT)
        happened = row.no_block
        due = act.due if happened or self._profile.sends_due else None
        agreed = act.fee is not None
        request = self._requests.checkout(number, act.item, row.at, due, happened=happened, agreed=agreed)
        response = await self._line.ask(request)
        if response.fixed["ok"] == "1":
            self._saw_with(act.item, act.card)
            return self._accepted_answer(response)
        return await self._refusal(row, number, act.item, response, act.fee)

    async def _renew(self, row: JournalRow, act: Renew) -> Answer:
        """Renew a loan. Its due date is stored first: if the date changed since, this row made the renewal.

        A renewal to the present due date changes no date. It is not repeated, as that could use up another renewal.
        Staff see that its result is unknown.
        """
        number = self.keys.number(act.card)
        if number is None:
            return Refused(Block(Reason.UNKNOWN_CARD))
        current = await self._query_item(act.item)
        before, now = self._befores.due_before(row.id), current.due if current else None
        moved = before and now and now > before
        unclear = before and now and not moved and self._day(now) == self._day(act.due)
        if (moved or unclear) and await self._loan_of(number, act.item):
            self._saw_with(act.item, act.card)
            if unclear:
                case = replace(
                    self._exception_for(row, act, ExceptionKind.REFUSED),
                    reason=RENEWAL_UNCLEAR,
                    promised=act.due,
                    given=now,
                )
                await asyncio.to_thread(self.cases.note, case)
            return Accepted(now)
        if now and not before:
            await asyncio.to_thread(self._befores.note, row.id, now)
        due = act.due if row.no_block or self._profile.sends_due else None
        request = self._requests.renew(number, act.item, row.at, due, happened=row.no_block)
        response = await self._line.ask(request)
        self._befores.drop(row.id)
        if response.fixed["ok"] == "1":
            self._saw_with(act.item, act.card)
            return self._accepted_answer(response)
        return await self._refusal(row, number, act.item, response)

    async def _checkin(self, row: JournalRow, item: ItemId, fresh: bool, then: LoanAtReturn) -> Answer:
        if not fresh:
            current = await self._query_item(item)
            if current is not None and current.status is not ItemStatus.ON_LOAN:
                return Accepted()
        if row.no_block and await self._is_lent_again(item, then):
            return SetAside(LENT_AGAIN)
        response = await self._line.ask(self._requests.checkin(item, row.at, happened=row.no_block))
        someone_waits = response.first("CV") in ("01", "02", "1", "2")
        place = words(response.first("CL") or response.first("CT"))
        if response.fixed["ok"] == "1" or someone_waits:
            return Accepted(someone_waits=someone_waits, place=place)
        current = await self._query_item(item)
        if current is None:
            return Refused(Block(Reason.UNKNOWN_ITEM))
        lent = current.status is ItemStatus.ON_LOAN
        return Refused(Block(Reason.CENTRAL_REFUSED if lent else Reason.NOT_ON_LOAN))

    async def _undo(self, row: JournalRow, of: TransactionId, fresh: bool) -> Answer:
        """Undo a loan by a return. A renewal cannot be undone: SIP2 has no message for it."""
        act = self._sent.get(of)
        if isinstance(act, Checkout):
            number = self.keys.number(act.card)
            if number is None or not await self._loan_of(number, act.item):
                return Accepted()  # it was never lent to this patron, and may be lent to another by now
            return await self._checkin(row, act.item, fresh, LoanAtReturn(act.card))
        return Refused(Block(Reason.NOTHING_TO_UNDO))

    async def _refusal(
        self, row: JournalRow, number: str, item: ItemId, response: Sip2Message, agreed: Decimal | None = None
    ) -> Refused:
        """Record the refusal first: it is final even if its reason cannot be found."""
        self.on_refusal(row.id)
        try:
            return Refused(await self._refusal_reason(number, item, response, agreed))
        except CentralUnavailable:
            return Refused(Block(Reason.CENTRAL_REFUSED))

    async def _refusal_reason(
        self, number: str, item: ItemId, response: Sip2Message, agreed: Decimal | None = None
    ) -> Block:
        """Find the reason of a refusal in Patron and Item Information: the screen message may be in any language.

        An amount counts as the price of the loan only if nothing else blocks it, as it may be what the patron owes.
        A price that the patron has `agreed` to is no reason.
        """
        current = await self._query_item(item)
        if current is None:
            return Block(Reason.UNKNOWN_ITEM)
        known = await self._line.ask(self._requests.patron(number))
        if not is_known(known):
            return Block(Reason.UNKNOWN_CARD)
        if bar := bar_of(known, self._zone, self._requests.clock()):
            return bar
        if current.status is ItemStatus.LOST:
            return Block(Reason.ITEM_LOST)
        if current.status is ItemStatus.ON_LOAN and response.code == "12":
            return Block(Reason.ALREADY_YOURS if await self._loan_of(number, item) else Reason.ON_LOAN_TO_OTHER)
        fee = amount(response.first("BV"))
        if fee and fee > (agreed or 0):
            return Block(Reason.LOAN_COSTS, amount=fee, currency=currency(response.first("BH")), fee=fee_kind(response))
        held = current.status is ItemStatus.ON_HOLD_SHELF and response.code == "12"
        return Block(Reason.HELD_FOR_OTHER if held else Reason.CENTRAL_REFUSED)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _accepted_answer(self, response: Sip2Message) -> Accepted:
        """Read the due date of a response; one in an unknown format is shown as received, as ours would differ."""
        text = words(response.first("AH"))
        due = moment(text, self._zone, self._profile.day_first)
        fee = amount(response.first("BV")) or Decimal(0)
        keeps = keeps_security(response)
        if due or not text:
            return Accepted(due, fee=fee, keeps_security=keeps)
        short = text if len(text) <= LONGEST_DATE else f"{text[: LONGEST_DATE - 1].rstrip()}…"
        return Accepted(fee=fee, due_text=short, keeps_security=keeps)

    @staticmethod
    def _keep(where: OrderedDict, key: object, value: object) -> None:  # type: ignore[type-arg]
        where[key] = value
        if len(where) > REMEMBERED:
            where.popitem(last=False)


def _set_aside(answer: Refused) -> SetAside:
    return SetAside(answer.block.reason.value, answer.block)


def _asks_for(act: Act) -> str | None:
    """Return which function ACS Status (98) must allow; None if no message is sent."""
    match act:
        case Checkout() | Undo():
            return "checkout"
        case Renew():
            return "renewal"
        case Checkin(mode=mode):
            return None if mode is ReturnMode.PROVISIONAL else "checkin"
        case TagReport() | PatronResponse():
            return None
        case _:
            assert_never(act)


class PreRenewalDueDates:
    """Due dates by transaction. An unreadable file counts as empty: then the promised date decides."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._noted = {str(key): str(value) for key, value in json.loads(file.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, AttributeError):
            self._noted = {}

    def due_before(self, renewal: TransactionId) -> datetime | None:
        """Return the date; None if none was stored."""
        try:
            return datetime.fromisoformat(self._noted[renewal])
        except (KeyError, ValueError):
            return None

    def note(self, renewal: TransactionId, due: datetime) -> None:
        """Write a date to disk before returning. Raises OSError."""
        self._noted[renewal] = due.isoformat()
        for old in list(self._noted)[:-MOST_DATES]:
            del self._noted[old]
        atomic_file.write(self._file, json.dumps(self._noted).encode())

    def drop(self, renewal: TransactionId) -> None:
        """Forget an answered renewal; the next `note` removes it from the file."""
        self._noted.pop(renewal, None)
