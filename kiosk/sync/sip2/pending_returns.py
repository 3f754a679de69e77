"""Returns that the system hears of when staff have seen the book: 09 is held back, and never ends another loan."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from kiosk.central import Accepted, Answer, JournalRow, Refused, SetAside
from kiosk.sync.sip2.connection import Sip2Connection
from kiosk.sync.sip2.device_keys import DeviceKeys
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, StoredException
from kiosk.sync.sip2.profile import Profile
from kiosk.sync.sip2.queries import Sip2Queries
from kiosk.sync.sip2.requests import Requests
from kiosk.sync.sip2.transaction_seal import LoanAtReturn, TransactionSeal
from lending.model import Block, Item, ItemId, ItemStatus, Reason

log = logging.getLogger(__name__)

LENT_AGAIN = "lent_again"
"""The item is on another loan than the one that was handed in, or on one that was renewed since: staff look."""


class PendingReturns(Sip2Queries):
    """A return ends the loan that there was when the book was put down, and no later one."""

    def __init__(
        self, line: Sip2Connection, profile: Profile, requests: Requests, keys: DeviceKeys, cases: ExceptionStore
    ) -> None:
        super().__init__(line, profile, requests, keys, cases)
        self.seal = TransactionSeal(keys, self._known_of)

    async def _held_back(self, row: JournalRow, item: ItemId, then: LoanAtReturn) -> Answer:
        """A provisional return: 09 waits until staff have seen the book. What is on no loan is denied as ever."""
        stands = await self._stands(item)
        if stands is None:
            return Refused(Block(Reason.UNKNOWN_ITEM))
        if stands.status is not ItemStatus.ON_LOAN:
            return Accepted() if row.no_block else Refused(Block(Reason.NOT_ON_LOAN))
        if row.no_block and await self._is_lent_again(item, then):
            return SetAside(LENT_AGAIN)
        whose = await self._whose(item, then)
        case = StoredException(row.id, ExceptionKind.RETURN, row.at, row.kind, item, whose, due=stands.due)
        case = replace(case, trust=row.trust, boot=row.boot, mono_ns=row.mono_ns)
        await asyncio.to_thread(self.cases.note, case)
        return Accepted(someone_waits=stands.waiting > 0)

    async def look_after_returns(self) -> None:
        """Hands over what staff have confirmed; what they have taken back at the system itself is settled.

        Raises CentralAway.
        """
        for case in [each for each in self.cases.all if each.kind is ExceptionKind.RETURN]:
            if self.cases.known(case.id) != case:
                continue  # it went out again meanwhile, and what is lent now is somebody else's
            try:
                await self._look_after(case)
            except OSError as error:
                not_written(error)
                return

    async def _look_after(self, case: StoredException) -> None:
        stands = await self._stands(ItemId(case.item))
        if case.confirmed or not _is_lent(stands) or not case.may_end(stands.due if stands else None):
            await self._take_back(case)

    async def _take_back(self, case: StoredException) -> bool:
        """Hands a return over that was held back, as of the moment when it was handed in, unless somebody has.

        False where it must be done once more.
        """
        stands = await self._stands(ItemId(case.item))
        if stands is not None and _is_lent(stands):
            if await self._is_another(case, stands):
                await self._leave_to_staff(case, LENT_AGAIN)
                return True
            told = await self._line.ask(self._requests.checkin(ItemId(case.item), case.at, happened=True))
            if told.fixed["ok"] != "1":
                await self._leave_to_staff(case, Reason.CENTRAL_REFUSED.value)
                return True
        if not await self._taken(case):
            return False
        await asyncio.to_thread(self.cases.settle, [case.id])
        return True

    async def _taken(self, case: StoredException) -> bool:
        """Called before the case is settled, for whoever stands beside; False where it must be called once more."""
        return True

    async def _is_another(self, case: StoredException, stands: Item) -> bool:
        """Whether the loan is not the one that was handed in. Two of one day may have one date: then whose it is."""
        if not case.may_end(stands.due):
            return True
        return bool(case.number) and not await self._hers(case.number, ItemId(case.item))

    async def _is_lent_again(self, item: ItemId, then: LoanAtReturn) -> bool:
        """Whether a return that comes after an outage would end another loan than the one that was handed in.

        09 names no patron. By what was known `then`: who had it has it no more, or it was due on another day. Where
        neither was known it counts as the one.
        """
        stands = await self._stands(item)
        if stands is None or not _is_lent(stands):
            return False
        if number := self._number(then):
            return not await self._hers(number, item)
        return then.due is not None and stands.due is not None and stands.due > then.due

    def _known_of(self, item: ItemId) -> LoanAtReturn:
        return LoanAtReturn(self._with.get(item), self._known_due(item))

    def _known_due(self, item: ItemId) -> datetime | None:
        """Until when it was lent as far as was known without the system, for whoever stands beside."""
        return None

    async def _leave_to_staff(self, case: StoredException, reason: str) -> None:
        await asyncio.to_thread(self.cases.note, replace(case, kind=ExceptionKind.REFUSED, reason=reason))

    async def _whose(self, item: ItemId, then: LoanAtReturn) -> str:
        """The number of who had it, where that was seen here and is still so; else nobody's."""
        number = self._number(then)
        return number if number and await self._hers(number, item) else ""

    def _number(self, then: LoanAtReturn) -> str | None:
        return self.keys.number(then.card) if then.card else None


def _is_lent(stands: Item | None) -> bool:
    return stands is not None and stands.status is ItemStatus.ON_LOAN


def not_written(error: OSError) -> None:
    log.error("%s cannot be written: %s", error.filename, error.strerror)
