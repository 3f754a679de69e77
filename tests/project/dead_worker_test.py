"""Test that a test run fails if one of its processes dies before its first test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
DIES = """
import os
import time

if os.environ["PYTEST_XDIST_WORKER"] == "gw0":
    time.sleep({after})
    os._exit(1)


def test_nothing():
    pass
"""
WELL = "def test_nothing():\n    pass\n"


@pytest.mark.long
@pytest.mark.parametrize(
    ("program", "passes"), [(WELL, True), (DIES.format(after=1), False), (DIES.format(after=0), False)]
)
def test_run_with_a_dead_worker_fails(tmp_path: Path, program: str, passes: bool) -> None:
    (tmp_path / "one_test.py").write_text(program)
    (tmp_path / "two_test.py").write_text(WELL)
    options = ("-p", "tests.support.plugin", "-n", "2", "--dist", "loadfile", "--max-worker-restart", "0")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, "-o", "python_files=*_test.py", str(tmp_path)],
        env={
            **{name: said for name, said in os.environ.items() if not name.startswith("PYTEST_")},
            "PYTHONPATH": str(ROOT),
        },
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode == 0) == passes, ended.stdout.decode()
