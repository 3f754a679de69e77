"""Test that Ctrl-C ends a proof and its workers soon, and leaves no folder behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.patience import PATIENCE

PROOF = """
import os, sys, tempfile, time
from pathlib import Path
from tests.support.workers import workers

def job(number):
    with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
        try:
            os.write(1, b"begun\\n")
            time.sleep(900)
        finally:
            time.sleep(0.5)
            os.write(1, b"tidied\\n")

if __name__ == "__main__":
    with workers(2) as pool:
        list(pool.map(job, range(8)))
"""


def test_ctrl_c_ends_a_proof_and_its_workers_and_removes_their_folders(tmp_path: Path) -> None:
    program, left = tmp_path / "proof.py", tmp_path / "left"
    program.write_text(PROOF, encoding="utf-8")
    left.mkdir()
    proof = subprocess.Popen(
        [sys.executable, program, left],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert proof.stdout is not None
    assert [proof.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
    os.killpg(proof.pid, signal.SIGINT)
    try:
        assert proof.wait(PATIENCE) == -signal.SIGINT, "a shell loop over proofs must end too"
        assert proof.stdout.read() == "tidied\n" * 2, "running jobs clean up and no new one starts"
    finally:
        if proof.poll() is None:
            os.killpg(proof.pid, signal.SIGKILL)
        proof.stdout.close()
    assert list(left.iterdir()) == []
