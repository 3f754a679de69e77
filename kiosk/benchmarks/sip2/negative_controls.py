"""Break the client's rules on purpose: the proof must detect each control, or it proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from kiosk.central import Accepted, Answer, JournalRow
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import AnswerLost
from kiosk.sync.sip2.device_keys import LoanAtReturn, TransactionSeal
from lending.model import CardRef
from lending.transactions import Act, Renew


class ClientControl(StrEnum):
    """The client's deliberate error; the value names it in reports."""

    NONE = ""
    """Correct client."""
    BLIND = "repeats blindly what was not answered"
    FORGETFUL = "after a start it takes every row for new"
    DATELESS = "notes no date before a renewal"
    LOST_IS_DONE = "no answer counts as done"
    ONLY_SEEN = "of its own loans it knows those that the system has"


class Blind(Sip2Client):
    """Duplicate loans and renewals by resending unanswered requests."""

    async def _send_act(self, row: JournalRow, act: Act, fresh: bool, then: LoanAtReturn | None) -> Answer:
        self._befores.drop(row.id)
        return await super()._send_act(row, act, True, then)


class Forgetful(Sip2Client):
    """Renew again at Koha after being killed before the response."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._born = lambda _: True


class Dateless(Sip2Client):
    """Renew again after a lost response."""

    async def _renew(self, row: JournalRow, act: Renew) -> Answer:
        self._befores.drop(row.id)
        return await super()._renew(row, act)


class LostIsDone(Sip2Client):
    """Lose: an unanswered request counts as done."""

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        try:
            return await super().hand_over(rows)
        except AnswerLost:
            return [Accepted() for _ in rows]


class OnlySeen(Sip2Client):
    """Apply a return to the previous patron's loan if the next one borrowed the item in the same outage."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seal = SeenSeal(self.keys, self._known_loan)


class SeenSeal(TransactionSeal):
    """Seal that omits the borrower of a return."""

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        return super().close(body)


CENTRALS: dict[ClientControl, type[Sip2Client]] = {
    ClientControl.NONE: Sip2Client,
    ClientControl.BLIND: Blind,
    ClientControl.FORGETFUL: Forgetful,
    ClientControl.DATELESS: Dateless,
    ClientControl.LOST_IS_DONE: LostIsDone,
    ClientControl.ONLY_SEEN: OnlySeen,
}
