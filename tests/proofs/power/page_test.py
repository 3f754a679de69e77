"""Test that the figures of docs/reliability.md are those of the stored records."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from kiosk.benchmarks.record import Record
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PROOFS = ROOT / "scripts" / "proofs"
BETTER = Record("cuts of the test", 4_321, 77, 0, 0, 0, 3 / 4_321, control=False, failed_as_it_must=False, seconds=9.0)
KIND = Record("control: too kind", 100, 77, 3, 0, 0, None, control=True, failed_as_it_must=False, seconds=1.0)


def written(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, PROOFS / "page.py", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("reliability.md", "reliability.json"):
        shutil.copy(ROOT / "docs" / name, folder)
    return folder


@pytest.fixture
def proofs(tmp_path: Path) -> Path:
    """Write the records of one run without a stamp."""
    folder = tmp_path / "proofs"
    folder.mkdir()
    (folder / "power.json").write_text(json.dumps([asdict(BETTER), asdict(KIND)]), encoding="utf-8")
    return folder


def stamped(proofs: Path, ran: str = "scripts/prove --only power") -> dict[str, str]:
    command: list[str | Path] = [sys.executable, PROOFS / "stamp.py", proofs / "power.json", ran]
    subprocess.run(command, timeout=PATIENCE, check=True)
    found: dict[str, str] = json.loads((proofs / "power.run.json").read_text(encoding="utf-8"))
    return found


def test_page_matches_the_stored_records() -> None:
    done = written("--check")
    assert done.returncode == 0, done.stderr


def test_manually_changed_figure_is_detected(docs: Path) -> None:
    page = docs / "reliability.md"
    assert written("--check", "--docs", docs).returncode == 0
    text = page.read_text(encoding="utf-8")
    changed = re.sub(r"(?<=\| process killed at each system call \| )(\d+)", "99999", text)
    assert changed != text
    page.write_text(changed, encoding="utf-8")
    assert "is not what the records say" in written("--check", "--docs", docs).stderr
    assert written("--docs", docs).returncode == 0
    assert page.read_text(encoding="utf-8") == text


def test_run_is_added_with_its_environment(docs: Path, proofs: Path) -> None:
    stamp = stamped(proofs)
    assert written(proofs, "--docs", docs).returncode == 0
    text = (docs / "reliability.md").read_text(encoding="utf-8")
    assert "| `power`: cuts of the test | 4,321 disk images | 0 | 0 | 0 | < 6.9e-04 | 0 of 1 failed" in text
    assert "| control: too kind | 100 | 77 | 3 (3 %) | 0 | 0 |  | DID NOT FAIL: proves nothing |" in text
    assert all(stamp[each] in text for each in ("command", "at", "commit", "python", "sqlite", "apsw", "machine"))
    assert written("--check", "--docs", docs).returncode == 0


@pytest.mark.parametrize(
    ("asked", "dose"),
    [("", "usual"), (" --seed 3", "usual"), (" --release", "release"), (" --images 24", "other, N=24")],
)
def test_page_names_the_workload(docs: Path, proofs: Path, asked: str, dose: str) -> None:
    stamped(proofs, f"scripts/prove --only power{asked}")
    assert written(proofs, "--docs", docs).returncode == 0
    text = (docs / "reliability.md").read_text(encoding="utf-8")
    assert f"| 0 of 1 failed as expected | {dose} | disk, library system, clock |" in text


def test_run_without_a_stamp_is_not_added(docs: Path, proofs: Path) -> None:
    before = (docs / "reliability.md").read_text(encoding="utf-8")
    assert written(proofs, "--docs", docs).returncode == 0
    assert (docs / "reliability.md").read_text(encoding="utf-8") == before


def test_every_proof_with_records_has_its_place(docs: Path) -> None:
    prove = (ROOT / "scripts" / "prove").read_text(encoding="utf-8")
    names = " ".join(re.findall(r"^(?:recording|by_hand)=\((.*)\)$", prove, re.MULTILINE)).split()
    page = docs / "reliability.md"
    text = page.read_text(encoding="utf-8")
    assert len(names) >= 9
    assert {*names, "all", "journal", "left"} == set(re.findall(r"<!-- figures: (\w+) -->", text))
    page.write_text(text.replace("<!-- figures: world -->", ""), encoding="utf-8")
    assert "no place for world" in written("--check", "--docs", docs).stderr
