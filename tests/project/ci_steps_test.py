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
"""Script that starts a proof in a child shell; proofs before the examined ones end at once."""


def pid_of(checkout: Path, proof: str) -> int:
    pid_file, end = checkout / f"begun-{proof}", time.monotonic() + PATIENCE
    while not (pid_file.exists() and pid_file.read_text()):
        assert time.monotonic() < end, f"{proof} has not begun"
        time.sleep(0.05)
    return int(pid_file.read_text())


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_terminated_run_leaves_no_proof_running(tmp_path: Path) -> None:
    for name, text in {"test": PASSES, "demo": PASSES, "prove": WAITS}.items():
        script = tmp_path / "scripts" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        script.chmod(0o755)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    ci_run = subprocess.Popen(["bash", tmp_path / ".ci" / "run"], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        proofs = [pid_of(tmp_path, each) for each in ("world", "monkey", "faults")]
        ci_run.terminate()
        ci_run.wait(PATIENCE)
        end = time.monotonic() + PATIENCE
        while left := [each for each in proofs if is_running(each)]:
            assert time.monotonic() < end, f"{len(left)} of {len(proofs)} go on"
            time.sleep(0.05)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(ci_run.pid, signal.SIGKILL)


@pytest.fixture
def ci() -> Iterator[ModuleType]:
    """Load the program as a module, registered by name because its dataclass needs that."""
    spec = importlib.util.spec_from_file_location("ci_run", ROOT / ".ci" / "steps.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_run"] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules["ci_run"]


def test_step_over_its_limit_is_stopped_with_its_descendants(ci: ModuleType, tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    step = ci.Step("hangs", 0.25, ["bash", "-c", f"setsid sleep 600 & echo $! >{noted}; wait"])
    step.run()
    assert step.outcome == "stopped at its limit of 0.25 min"
    assert not is_running(int(noted.read_text()))


def test_failed_step_is_named_with_its_cause_and_the_others_run(
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
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("1 of 3 steps passed")
    assert "first: failed with 3" in lines
    assert "  lost: 1" in lines
    assert any(line.startswith("absent: cannot start") for line in lines)
    assert ran.exists()
