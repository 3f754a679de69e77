"""Test the crash proof in a short run, and that its kills and errors really happen."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.proofs.crashes.prove import read, spelled
from tests.proofs.crashes.traced import Blow, traced
from tests.proofs.crashes.trial import ALL, KILLED, NO_SYNC, Trial, blows

pytestmark = [pytest.mark.long, pytest.mark.judge]

SPARSE = "55"


def test_no_shown_transaction_lacks_a_row_and_each_control_fails(
    tmp_path: Path,
) -> None:
    """Run in a separate process: the proof forks, which a process with threads must not."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.proofs.crashes.prove", "--images", SPARSE, "--figures", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stdout) == (0, "")
    records = json.loads(figures.read_text(encoding="utf-8"))
    assert [each["name"] for each in records] == [each.name for each in ALL]
    assert [each["failed_as_it_must"] for each in records] == [bool(each.must) for each in ALL]
    assert all(each["n"] > 10 for each in records)


def test_every_file_changing_system_call_is_killed_or_failed(tmp_path: Path) -> None:
    trial = Trial(tmp_path.resolve())
    counted = trial.counted("borrow online", KILLED)
    assert {"pwrite64", "fdatasync", "fsync", "openat", "ftruncate"} <= set(counted.calls)
    assert len(list(blows(counted, KILLED))) == counted.calls.total()
    syncs = counted.calls["fdatasync"] + counted.calls["fsync"]
    assert len(list(blows(counted, NO_SYNC))) == 2 * syncs


def test_blow_hits_the_named_system_call(tmp_path: Path) -> None:
    file = tmp_path / "file"

    def work(pipe: int) -> None:
        handle = os.open(file, os.O_CREAT | os.O_WRONLY)
        for number in range(4):
            try:
                os.pwrite(handle, b"x", number)
            except OSError as error:
                os.write(pipe, f"{number}: {error.strerror}".encode())

    log = tmp_path / "log"
    assert traced(work, None, log).calls["pwrite64"] == 4
    assert traced(work, Blow("pwrite64", 3, "EIO"), log).said == b"2: Input/output error"
    assert traced(work, Blow("pwrite64", 3, "EIO", on=True), log).said.count(b"Input/output error") == 2
    file.unlink()
    assert traced(work, Blow("pwrite64", 3), log).code == -9
    assert file.read_bytes() == b"xx"


@pytest.mark.parametrize("blow", [Blow("pwrite64", 30), Blow("fdatasync", 5, "EIO", on=True)])
def test_failure_can_be_reproduced_from_its_text(tmp_path: Path, blow: Blow) -> None:
    trial = Trial(tmp_path.resolve())
    experiment = NO_SYNC if blow.error else KILLED
    found = next(iter(trial.strike(trial.counted("borrow online", experiment), experiment, blow)))
    assert read(spelled(found)) == ("borrow online", blow)


def test_blow_on_a_missing_call_is_reported(tmp_path: Path) -> None:
    """Simulate a slow machine: the first life ends without the fault, and another one is started."""
    trial = Trial(tmp_path.resolve())
    counted = trial.counted("borrow online", KILLED)
    with pytest.raises(RuntimeError, match="did not happen"):
        next(iter(trial.strike(counted, KILLED, Blow("fdatasync", 1000))))


@pytest.mark.parametrize("error", ["", "EIO"], ids=["killed", "failing"])
def test_flow_is_repeated_if_the_blow_did_not_occur(tmp_path: Path, error: str) -> None:
    """Let the first life with a fault, the third in all, make one call fewer."""
    lives = tmp_path / "lives"

    @contextlib.contextmanager
    def slow() -> Iterator[None]:
        with lives.open("a") as file:
            file.write("x")
        if lives.stat().st_size != 3:
            with contextlib.suppress(OSError):
                (tmp_path / str(lives.stat().st_size)).mkdir()
        yield

    trial, experiment = Trial(tmp_path.resolve()), replace(KILLED, fault=slow)
    counted = trial.counted("borrow online", experiment)
    (call,) = {"mkdir", "mkdirat"} & set(counted.calls)
    blow = Blow(call, counted.calls[call], error)
    assert [each.blow for each in trial.strike(counted, experiment, blow)] == [blow]
    assert lives.stat().st_size == 4
