"""Clients that break the rules on purpose: each must be found out, or the proof proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from kiosk.domain.model import CardRef
from kiosk.domain.transactions import Act, Renew
from kiosk.sync.central import Accepted, Answer, Row
from kiosk.sync.sip2.central import Sip2Central
from kiosk.sync.sip2.line import AnswerLost
from kiosk.sync.sip2.row_seal import RowSeal, Then


class Control(StrEnum):
    NONE = ""
    """As it should."""
    BLIND = "repeats blindly what was not answered"
    FORGETFUL = "after a start it takes every row for new"
    DATELESS = "notes no date before a renewal"
    LOST_IS_DONE = "no answer counts as done"
    ONLY_SEEN = "of its own loans it knows those that the system has"


class Blind(Sip2Central):
    """Doubles, and renews what nobody asked for."""

    async def _handed(self, row: Row, act: Act, fresh: bool, then: Then | None) -> Answer:
        self._befores.drop(row.id)
        return await super()._handed(row, act, True, then)


class Forgetful(Sip2Central):
    """Renews at Koha, where it was killed before the answer."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._born = lambda _: True


class Dateless(Sip2Central):
    """Renews once more, where the answer was lost."""

    async def _renew(self, row: Row, act: Renew) -> Answer:
        self._befores.drop(row.id)
        return await super()._renew(row, act)


class LostIsDone(Sip2Central):
    """Loses: what was not answered is taken for done."""

    async def hand_over(self, rows: Sequence[Row]) -> Sequence[Answer]:
        try:
            return await super().hand_over(rows)
        except AnswerLost:
            return [Accepted() for _ in rows]


class OnlySeen(Sip2Central):
    """Takes a return for one of the patron before, where the next had borrowed it in the same outage."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seal = SeenSeal(self.keys, self._known_of)


class SeenSeal(RowSeal):
    def close(self, body: str, borrower: CardRef | None = None) -> str:
        return super().close(body)


CENTRALS: dict[Control, type[Sip2Central]] = {
    Control.NONE: Sip2Central,
    Control.BLIND: Blind,
    Control.FORGETFUL: Forgetful,
    Control.DATELESS: Dateless,
    Control.LOST_IS_DONE: LostIsDone,
    Control.ONLY_SEEN: OnlySeen,
}
