"""Hold back Checkin (09) of a provisional return until staff have seen the item.

A return must end the loan that existed when the item was returned, and no later one.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from kiosk.central import Accepted, Answer, JournalRow, Refused, SetAside
from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.device_keys import DeviceKeys, LoanAtReturn, TransactionSeal
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, StoredException
from kiosk.sync.sip2.queries import Sip2Queries
from kiosk.sync.sip2.requests import Profile, Requests
from lending.model import Block, Item, ItemId, ItemStatus, Reason

log = logging.getLogger(__name__)

LENT_AGAIN = "lent_again"
"""The item is on another loan than the returned one, or on one renewed since: staff decide."""


class PendingReturns(Sip2Queries):
    """Central whose provisional returns wait for staff."""

    def __init__(
        self, line: Sip2Connection, profile: Profile, requests: Requests, keys: DeviceKeys, cases: ExceptionStore
    ) -> None:
        super().__init__(line, profile, requests, keys, cases)
        self.seal = TransactionSeal(keys, self._known_loan)

    async def _hold_back(self, row: JournalRow, item: ItemId, then: LoanAtReturn) -> Answer:
        """Store a provisional return for staff. An item that is not on loan is refused as usual."""
        current = await self._query_item(item)
        if current is None:
            return Refused(Block(Reason.UNKNOWN_ITEM))
        if current.status is not ItemStatus.ON_LOAN:
            return Accepted() if row.no_block else Refused(Block(Reason.NOT_ON_LOAN))
        if row.no_block and await self._is_lent_again(item, then):
            return SetAside(LENT_AGAIN)
        borrower = await self._borrower_number(item, then)
        case = StoredException(row.id, ExceptionKind.RETURN, row.at, row.kind, item, borrower, due=current.due)
        case = replace(case, trust=row.trust, boot=row.boot, mono_ns=row.mono_ns)
        await asyncio.to_thread(self.cases.note, case)
        return Accepted(someone_waits=current.waiting > 0)

    async def look_after_returns(self) -> None:
        """Send the returns that staff have confirmed; drop those that staff checked in at the ILS itself.

        Raises CentralUnavailable.
        """
        for case in [each for each in self.cases.stored_exceptions if each.kind is ExceptionKind.RETURN]:
            if self.cases.find(case.id) != case:
                continue  # lent again meanwhile: the present loan is another patron's
            try:
                await self._look_after(case)
            except OSError as error:
                not_written(error)
                return

    async def _look_after(self, case: StoredException) -> None:
        current = await self._query_item(ItemId(case.item))
        if case.confirmed or not _is_lent(current) or not case.may_end(current.due if current else None):
            await self._take_back(case)

    async def _take_back(self, case: StoredException) -> bool:
        """Send a held-back return with the time at which it was made, unless it was checked in elsewhere.

        Returns False if it must be called again.
        """
        current = await self._query_item(ItemId(case.item))
        if current is not None and _is_lent(current):
            if await self._is_another(case, current):
                await self._leave_to_staff(case, LENT_AGAIN)
                return True
            response = await self._line.ask(self._requests.checkin(ItemId(case.item), case.at, happened=True))
            if response.fixed["ok"] != "1":
                await self._leave_to_staff(case, Reason.CENTRAL_REFUSED.value)
                return True
        if not await self._before_removal(case):
            return False
        await asyncio.to_thread(self.cases.settle, [case.id])
        return True

    async def _before_removal(self, case: StoredException) -> bool:
        """Run before the exception is removed, for a companion hub; return False to be called again."""
        return True

    async def _is_another(self, case: StoredException, current: Item) -> bool:
        """Return whether the present loan is not the returned one.

        Two loans of one day may have the same due date; then the borrower decides.
        """
        if not case.may_end(current.due):
            return True
        return bool(case.number) and not await self._loan_of(case.number, ItemId(case.item))

    async def _is_lent_again(self, item: ItemId, then: LoanAtReturn) -> bool:
        """Return whether a return sent after an outage would end another loan than the returned one.

        Checkin (09) names no patron. By the loan as it was known at the return (`then`): the borrower no longer has the
        item, or it was due on another day. If neither is known, it counts as the same loan.
        """
        current = await self._query_item(item)
        if current is None or not _is_lent(current):
            return False
        if number := self._number(then):
            return not await self._loan_of(number, item)
        return then.due is not None and current.due is not None and current.due > then.due

    def _known_loan(self, item: ItemId) -> LoanAtReturn:
        return LoanAtReturn(self._with.get(item), self._known_due(item))

    def _known_due(self, item: ItemId) -> datetime | None:
        """Return the due date known without the ILS; overridden with a companion hub."""
        return None

    async def _leave_to_staff(self, case: StoredException, reason: str) -> None:
        await asyncio.to_thread(self.cases.note, replace(case, kind=ExceptionKind.REFUSED, reason=reason))

    async def _borrower_number(self, item: ItemId, then: LoanAtReturn) -> str:
        """Return the number of the borrower, if seen here and still true; else an empty string."""
        number = self._number(then)
        return number if number and await self._loan_of(number, item) else ""

    def _number(self, then: LoanAtReturn) -> str | None:
        return self.keys.number(then.card) if then.card else None


def _is_lent(current: Item | None) -> bool:
    return current is not None and current.status is ItemStatus.ON_LOAN


def not_written(error: OSError) -> None:
    log.error("Cannot write %s: %s", error.filename, error.strerror)
