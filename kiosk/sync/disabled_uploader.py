"""Replace the courier when the journal cannot be opened: every delivery fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kiosk.central import JournalRow, Outcome
from kiosk.journal.journal import Counts, HeldRow, JournalFailed, UnsendableRow, UploadWatermark
from kiosk.sync.transaction_summary import RecordedTransaction
from lending.model import Block
from lending.transactions import Act, TransactionId


class DisabledCourier:
    """Courier without a journal; deliveries raise the failure that prevented opening it."""

    def __init__(self, failure: JournalFailed) -> None:
        self.failure = failure

    online = False
    is_settled = True
    accepts_loans = False
    queue_age: float | None = None
    watermark = 0
    pending: Sequence[RecordedTransaction] = ()

    def accepted_after(self, seq: int) -> Sequence[RecordedTransaction]:
        return ()

    def forget(self, seq: int) -> None:
        pass

    def report_unreachable(self, reason: str) -> None:
        pass

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        raise self.failure

    async def copy(self, row: JournalRow, act: Act) -> None:
        raise self.failure

    async def counts(self) -> Counts:
        return Counts(0, 0, 0)

    async def upload_progress(self) -> UploadWatermark:
        return UploadWatermark("", 0)

    async def closed_rows(self, before: int | None, most: int) -> Sequence[HeldRow]:
        raise self.failure

    async def resend(self, since: int) -> Sequence[UnsendableRow]:
        raise self.failure

    async def run(self) -> None:
        await asyncio.Event().wait()
