"""Test when a hub counts as rolled back, and that no hub can make a kiosk resend endlessly; and stored warnings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from kiosk.journal.model import HeldRow, UnsendableRow
from kiosk.sync.rollback_detector import CERTAIN, FIRST_REST, LONGEST_REST, CloneWarnings, Comparison, RollbackDetector
from lending.transactions import TransactionId

FIRST_ROUND = [[10, 9, 8], [7, 6, 5], [4, 3, 2], [1], []]
DAYS = [date(2026, 11, 30), date(2026, 11, 28)]


def test_current_hub_is_never_rolled_back() -> None:
    detector = RollbackDetector()
    assert [detector.compare_watermark(known, 5, 60.0 * known) for known in (5, 5, 6, 7)] == [None] * 4


def test_rollback_is_certain_after_the_second_report() -> None:
    detector = RollbackDetector()
    assert detector.compare_watermark(100, 150, 0) is None
    assert detector.compare_watermark(100, 150, CERTAIN - 1) is None
    assert detector.compare_watermark(100, 150, CERTAIN) == 101


def test_lagging_hub_is_not_rolled_back() -> None:
    """The hub reports an older state while the kiosk continues lending."""
    detector = RollbackDetector()
    assert [detector.compare_watermark(through - 20, through, through * 6.0) for through in range(100, 400, 10)] == [
        None
    ] * 30


def test_persistent_rollback_is_repeated_ever_less_often() -> None:
    detector, times = RollbackDetector(), []
    for minute in range(3 * 24 * 60):
        if detector.compare_watermark(100, 150, minute * 60.0) is not None:
            times.append(minute * 60.0)
    pauses = [later - before for before, later in pairwise(times)]
    assert len(times) < 15
    assert pauses == sorted(pauses)
    assert pauses[0] <= FIRST_REST + 120
    assert pauses[-1] <= LONGEST_REST


def test_second_rollback_is_detected_without_delay() -> None:
    detector = RollbackDetector()
    assert [detector.compare_watermark(100, 150, at) for at in (0, 60)] == [None, 101]
    assert detector.compare_watermark(150, 150, 120) is None
    assert [detector.compare_watermark(100, 160, at) for at in (180, 240)] == [None, 101]


class JournalRows:
    """Ten rows with bodies from number 5 on; the hub lacks those in `lacking`."""

    def __init__(self, *lacking: int, refused: Collection[int] = ()) -> None:
        self.lacking = set(lacking)
        self.refused = refused
        self.resent: list[int] = []
        self.gone: list[int] = []
        self.comparison = Comparison(self._held, self._resend)

    async def _held(self, before: int | None) -> list[HeldRow]:
        numbers = [number for number in range(10, 0, -1) if before is None or number < before][:3]
        return [HeldRow(each, _id(each), self._gone(each), each < 5) for each in numbers]

    def _gone(self, number: int) -> UnsendableRow | None:
        why = "refused" if number in self.refused else "erased" if number < 5 else ""
        return UnsendableRow(number, why, _id(number)) if why else None

    async def _resend(self, since: int) -> list[UnsendableRow]:
        self.resent.append(since)
        return []

    async def reports(self, now: float) -> list[int]:
        """Return the numbers that a report names."""
        block = await self.comparison.block()
        missing = [row.id for row in block if row.seq in self.lacking]
        self.gone += [each.seq for each in await self.comparison.process_missing(missing, now)]
        return [row.seq for row in block]


def _id(number: int) -> TransactionId:
    return TransactionId(f"0193-{number}")


@pytest.mark.parametrize("refused", [(), (8,), (10, 9, 8, 7, 6, 5)])
def test_rows_are_compared_fully_once_and_then_while_bodies_are_kept(refused: Collection[int]) -> None:
    """A refused row cannot be resent, but older ones can."""
    journal = JournalRows(refused=refused)
    named = [asyncio.run(journal.reports(60.0 * minute)) for minute in range(9)]
    assert named == [*FIRST_ROUND, [10, 9, 8], [7, 6, 5], [4, 3, 2], [10, 9, 8]]
    assert (journal.resent, journal.gone) == ([], [])
    journal.comparison.start_over()
    assert [asyncio.run(journal.reports(60.0 * minute)) for minute in range(9, 14)] == FIRST_ROUND


def test_missing_row_behind_a_refused_one_is_found() -> None:
    journal = JournalRows(refused=(8,))
    for minute in range(5):
        asyncio.run(journal.reports(60.0 * minute))
    journal.lacking = {6, 1}
    for minute in range(5, 11):
        asyncio.run(journal.reports(60.0 * minute))
    assert (journal.resent, journal.gone) == ([1], [1])


def test_missing_row_resends_all_and_reports_erased_rows() -> None:
    journal = JournalRows(6, 3, 2)
    for minute in range(5):
        asyncio.run(journal.reports(60.0 * minute))
    assert (journal.resent, journal.gone) == ([1], [2, 3])


def test_permanently_missing_row_resends_ever_less_often() -> None:
    journal = JournalRows(10)
    times: list[int] = []
    for minute in range(24 * 60):
        asyncio.run(journal.reports(60.0 * minute))
        times += [minute] * (len(journal.resent) - len(times))
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert len(times) < 12
    journal.lacking.clear()
    for minute in range(24 * 60, 24 * 60 + 8):
        asyncio.run(journal.reports(60.0 * minute))
    journal.lacking.add(9)
    before = len(journal.resent)
    for minute in range(3 * 24 * 60, 3 * 24 * 60 + 9):
        asyncio.run(journal.reports(60.0 * minute))
    assert len(journal.resent) - before >= 2, "a hub that had recovered gets rows again without delay"


def test_warnings_survive_a_restart_and_can_be_cleared(tmp_path: Path) -> None:
    CloneWarnings(tmp_path).keep(DAYS)
    warnings = CloneWarnings(tmp_path)
    assert warnings.days == DAYS
    warnings.keep([])
    assert CloneWarnings(tmp_path).days == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"[1]", b'["yesterday"]', b"{", b"\xff"])
def test_unreadable_file_counts_as_no_warning(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cloned-kiosk.json").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert CloneWarnings(tmp_path).days == []
    assert "Cannot read" in caplog.text


def test_failed_write_keeps_the_warnings_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    warnings = CloneWarnings(tmp_path / "none")
    warnings.keep(DAYS)
    assert warnings.days == DAYS
    assert "Cannot write" in caplog.text
