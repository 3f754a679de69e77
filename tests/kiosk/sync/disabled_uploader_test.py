"""Test that without a journal every delivery fails and nothing is promised."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.journal.journal import Counts, JournalMissing
from kiosk.sync.courier import DisabledCourier
from tests.kiosk.sync.bench import checkout, run_async


@run_async
async def test_delivery_without_a_journal_fails_with_the_reason(tmp_path: Path) -> None:
    courier = DisabledCourier(JournalMissing(tmp_path / "journal.db"))
    running = asyncio.ensure_future(courier.run())
    courier.report_unreachable("no_connection")
    courier.forget(1)
    with pytest.raises(JournalMissing, match="kiosk journal create"):
        await courier.deliver(checkout())
    assert (courier.online, courier.is_settled) == (False, True)
    assert (list(courier.pending), list(courier.accepted_after(0))) == ([], [])
    assert await courier.counts() == Counts(0, 0, 0)
    assert not running.done()
    running.cancel()
