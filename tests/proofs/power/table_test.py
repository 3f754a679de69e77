"""Test the table of proofs: passed, failed, and controls."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from kiosk.benchmarks.record import Record
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[3]
RECORDS = [
    Record("good", 20_000, 1, 0, 0, 0, 3 / 20_000, control=False, failed_as_it_must=False, seconds=1.5),
    Record("bad", 20_000, 1, 1, 0, 0, None, control=False, failed_as_it_must=False, seconds=1.5),
    Record("must fail", 100, 1, 30, 0, 0, None, control=True, failed_as_it_must=True, seconds=1.5),
    Record("too kind", 100, 1, 3, 0, 0, None, control=True, failed_as_it_must=False, seconds=1.5),
]


def shown(folder: Path, *options: str) -> str:
    file = folder / "records.json"
    file.write_text(json.dumps([asdict(record) for record in RECORDS]), encoding="utf-8")
    command: list[str | Path] = [sys.executable, ROOT / "scripts" / "proofs" / "table.py", *options, file]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


def test_each_record_is_one_line_with_its_verdict(tmp_path: Path) -> None:
    head, good, bad, must_fail, too_kind = shown(tmp_path).splitlines()
    assert "verdict" in head
    assert "20,000" in good and "< 1.5e-04" in good and " held " in good
    assert "DID NOT HOLD" in bad
    assert "failed as expected" in must_fail
    assert "DID NOT FAIL" in too_kind


def test_json_output_contains_the_records(tmp_path: Path) -> None:
    fields = "name n seed lost doubled corrupt bound control failed_as_it_must seconds".split()
    records = json.loads(shown(tmp_path, "--json"))
    assert [list(each) for each in records] == [fields] * len(RECORDS)
    assert records == [asdict(record) for record in RECORDS]


def test_proof_without_records_rejects_a_seed() -> None:
    command: list[str | Path] = [ROOT / "scripts" / "prove", "--only", "boot", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2
    assert "boot writes no records" in done.stderr
