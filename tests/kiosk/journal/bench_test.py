"""Test the journal benchmark: all figures are present, and counts match the files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from kiosk.benchmarks import journal as bench
from kiosk.benchmarks.journal import CountedDisk, measure
from kiosk.journal.journal import Journal
from tests.support.patience import PATIENCE


def test_small_run_reports_every_figure(tmp_path: Path) -> None:
    """Values are not checked, because other tests may run at the same time."""
    found = {each.name: each for each in measure(tmp_path, 60)}
    assert {name: each.budget for name, each in found.items() if each.budget} == {
        "a loan sealed and on disk": 100.0,
        "the hub's answer to it on disk": 100.0,
        "... together": 16.0,
    }
    assert all(each.n == 60 and each.median > 0 for each in found.values())
    log, file, whole = (
        found[name].median
        for name in ("written for a loan and its answer: log", "... file, by checkpoints", "... together")
    )
    assert whole == pytest.approx(log + file, abs=0.02)
    assert found["syncs for it"].median >= 2


def test_written_bytes_are_counted_per_file(tmp_path: Path) -> None:
    """A log without a checkpoint is as long as the bytes written; only checkpoints write the database."""
    path = tmp_path / "any.db"
    disk = CountedDisk()
    try:
        db = apsw.Connection(str(path))
        db.pragma("journal_mode", "wal")
        db.pragma("wal_autocheckpoint", 0)
        disk.written.clear()
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (zeroblob(50000))")
        log = path.with_name("any.db-wal").stat().st_size
        assert (disk.written.log, disk.written.file) == (log, 0)
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
        assert disk.written.file == path.stat().st_size
        db.close()
    finally:
        apsw.set_default_vfs("unix")
        disk.unregister()


def test_counting_stops_after_the_measurement(tmp_path: Path) -> None:
    measure(tmp_path / "measured", 3)
    assert apsw.vfs_names()[0] == "unix"
    Journal.create(tmp_path / "other" / "journal.db")


def test_command_reports_figures_over_budget(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "QUICK", 5)
    monkeypatch.setattr(bench, "COMMIT_BUDGET", 0.0)
    assert bench.bench_journal(as_json_text=True, quick=True) == 1
    ok = {each["name"]: each["ok"] for each in json.loads(capsys.readouterr().out)}
    assert not ok["a loan sealed and on disk"]
    assert ok["syncs for it"]


def test_command_has_a_json_option() -> None:
    line = [sys.executable, "-m", "kiosk.cli", "bench", "journal", "--help"]
    assert "--json" in subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
