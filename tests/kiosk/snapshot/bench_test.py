"""Test the snapshot benchmark: all figures are present, and the simulated days change the library."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from kiosk.benchmarks import snapshot as bench
from kiosk.benchmarks.library import InventedLibrary
from kiosk.benchmarks.snapshot import SnapshotWorkload, measure
from kiosk.snapshot.snapshot import Snapshot
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health
from lending.model import ItemStatus
from tests.kiosk.sync.bench import run_async

LEAST = SnapshotWorkload(size=8_000, days=2, looks=200)


def test_small_library_reports_every_figure(tmp_path: Path) -> None:
    """Times are not checked, because other tests may run at the same time."""
    found = {each.name: each for each in asyncio.run(measure(LEAST, tmp_path))}
    budgets = {name: each.budget for name, each in found.items() if each.budget is not None}
    assert budgets == {
        "look-up of a card, p99": 1.0,
        "look-up of an item, p99": 1.0,
        "look-up of a patron's loans, p99": 1.0,
        "a day's change taken in": 5.0,
        "commit with / without a change, middle": 1.5,
    }
    assert found["look-up of a card, p99"].n == LEAST.looks
    assert found["a day's change taken in"].n == LEAST.days
    assert found["whole library on the wire"].median > 2
    assert found["journal commit without a change"].n > 10
    assert all(each.n for each in found.values())


@pytest.mark.long
@run_async
async def test_each_simulated_day_changes_loans_and_items(tmp_path: Path) -> None:
    library = InventedLibrary(8_000)
    snapshot = Snapshot(tmp_path / "snapshot.db", library, SystemClock(), Health(lambda part, state: None))
    await snapshot.refresh(0)
    assert library.pages > 4

    def lent() -> set[int]:
        items = ((number, snapshot.item(library.item(number))) for number in range(library.size))
        return {number for number, item in items if item is not None and item.status is ItemStatus.ON_LOAN}

    before = lent()
    assert len(before) == 1143
    library.day = 1
    await snapshot.refresh(0)
    assert snapshot.item(library.item(8_003)) is not None
    assert sum(snapshot.item(library.item(number)) is None for number in range(8_000)) == 4
    after = lent()
    assert 100 < len(after - before) <= 160
    assert 5 < len(before - after) <= 160
    assert all(snapshot.patron(library.card(patron)) for patron in range(8_004))


def test_benchmark_prints_a_table_or_json_and_leaves_no_files(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "QUICK", SnapshotWorkload(size=2_000, days=1, looks=50))
    bench.bench_snapshot(as_json_text=False, quick=True, folder=tmp_path)
    table = capsys.readouterr().out
    assert "look-up of a card, p99" in table
    assert "processors" in table.splitlines()[-1]
    bench.bench_snapshot(as_json_text=True, quick=True, folder=None)
    assert len(json.loads(capsys.readouterr().out)) > 10
    assert list(tmp_path.iterdir()) == []
