"""Test that `.ci/run` stops every process it started, and names a step that hangs."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
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
    judge = subprocess.Popen(["bash", tmp_path / ".ci" / "run"], stdout=subprocess.DEVNULL, start_new_session=True)
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


@pytest.fixture
def ci() -> Iterator[ModuleType]:
    """The program as a module; its dataclass looks its module up by name."""
    spec = importlib.util.spec_from_file_location("ci_run", ROOT / ".ci" / "steps.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_run"] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules["ci_run"]


def test_a_step_that_hangs_is_stopped_with_its_descendants(ci: ModuleType, tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    step = ci.Step("hangs", 0.25, ["bash", "-c", f"setsid sleep 600 & echo $! >{noted}; wait"])
    step.run()
    assert step.outcome == "stopped at its limit of 0.25 min"
    assert not lives(int(noted.read_text()))


def test_a_failed_step_is_named_with_its_cause_and_the_others_still_run(
    ci: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    first = ci.Step("first", 1, ["bash", "-c", "echo lost: 1; exit 3"])
    alone = [ci.Step("absent", 1, [str(tmp_path / "absent")]), ci.Step("second", 1, ["touch", str(ran)])]
    monkeypatch.setattr(ci, "steps", lambda _test: (alone, [first]))
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        assert ci.main("scripts/test") == 1
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith("1 of 3 steps passed")
    assert "first: failed with 3" in told
    assert "  lost: 1" in told
    assert any(line.startswith("absent: cannot start") for line in told)
    assert ran.exists()
