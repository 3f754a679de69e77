"""Break the courier's guarantees on purpose: the benchmark must detect each, or it proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import uuid6

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow
from kiosk.sync.hub_client import HubClient
from lending.transactions import TransactionId


class UploadControl(StrEnum):
    """How a kiosk uploads its rows."""

    NONE = ""
    """Correctly."""
    NEW_ID = "a new id at each try"
    LOST_IS_DONE = "no answer counts as done"


class NewId(HubClient):
    """Duplicate: a resent row is a new transaction to the hub."""

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        fresh = [replace(row, id=TransactionId(str(uuid6.uuid7()))) for row in rows]
        return await super().hand_over(fresh)


class LostIsDone(HubClient):
    """Lose: an unanswered row counts as done."""

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        try:
            return await super().hand_over(rows)
        except CentralUnavailable:
            return [Accepted() for _ in rows]


CENTRALS: dict[UploadControl, type[HubClient]] = {
    UploadControl.NONE: HubClient,
    UploadControl.NEW_ID: NewId,
    UploadControl.LOST_IS_DONE: LostIsDone,
}
