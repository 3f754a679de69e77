"""Who ends the judge of a commit ends all that it has begun; the steps here only wait."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
PASSES = "#!/bin/sh\n"
WAITS = """#!/usr/bin/env bash
case $2 in browser | long) exit ;; esac
bash -c 'echo $$ >"begun-$1"; exec sleep 600' proof "$2" || exit 1
"""
"""As a proof is a program of the shell that runs it; some are run before those that are looked for."""


def begun(checkout: Path, proof: str) -> int:
    told, end = checkout / f"begun-{proof}", time.monotonic() + PATIENCE
    while not (told.exists() and told.read_text()):
        assert time.monotonic() < end, f"{proof} has not begun"
        time.sleep(0.05)
    return int(told.read_text())


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_judge_that_is_stopped_leaves_no_proof_behind(tmp_path: Path) -> None:
    for name, text in {"test": PASSES, "demo": PASSES, "prove": WAITS}.items():
        script = tmp_path / "scripts" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        script.chmod(0o755)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    judge = subprocess.Popen([tmp_path / ".ci" / "run"], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        proofs = [begun(tmp_path, each) for each in ("faults", "power")]
        judge.terminate()
        judge.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while left := [each for each in proofs if lives(each)]:
            assert time.monotonic() < end, f"{len(left)} of {len(proofs)} go on"
            time.sleep(0.05)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(judge.pid, signal.SIGKILL)
