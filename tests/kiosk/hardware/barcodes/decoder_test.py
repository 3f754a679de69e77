"""Test the decoder process: its results, and recovery from crashes and hangs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.benchmarks.process_stats import pss_mb
from kiosk.hardware.barcodes import model
from kiosk.hardware.barcodes.decoder import LONGEST_PAUSE, MOST_FAILED_STARTS, START_SECONDS, DecoderWorker
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Reading, Symbology
from kiosk.hardware.parts import PartFault
from tests.kiosk.hardware.barcodes.drawn_labels import BARS, DUNE, codabar, frame, hunt, middle, texts
from tests.support.patience import PATIENCE

SOUGHT = hunt(Symbology.CODABAR)
MEMORY_BUDGET = 60.0


class Time:
    """Clock that advances only when `now` is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def worker(time: Time) -> Iterator[DecoderWorker]:
    with DecoderWorker(now=time, seconds=PATIENCE) as worker:
        assert worker.ready(PATIENCE)
        yield worker


def read(worker: DecoderWorker) -> set[str] | None:
    reading = worker.decode(frame((codabar(), middle(33))), SOUGHT)
    return None if reading is None else texts(reading.codes)


def ended(pid: int) -> bool:
    """Wait for the end of a process that is not a child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)


def test_worker_returns_the_same_reading_as_the_cascade(worker: DecoderWorker) -> None:
    shown = frame((codabar(), middle(33)))
    assert worker.decode(shown, BarcodeHunt(BARS)) == Cascade().decode(shown, BarcodeHunt(BARS))


def test_frame_sizes_may_change_between_calls(worker: DecoderWorker) -> None:
    large = frame((codabar(), middle(33)), size=(1920, 1080))
    small = frame((codabar(), middle(33)), size=(1000, 700))
    for shown in (small, large, small):
        reading = worker.decode(shown, SOUGHT)
        assert reading is not None and texts(reading.codes) == {DUNE}


def test_crash_loses_one_frame(worker: DecoderWorker, time: Time) -> None:
    crashed = worker.pid
    assert crashed is not None
    os.kill(crashed, signal.SIGKILL)
    assert read(worker) is None
    time.now += LONGEST_PAUSE
    assert worker.ready(PATIENCE)
    assert worker.pid != crashed
    assert read(worker) == {DUNE}


def test_hung_decoder_is_killed_after_its_timeout() -> None:
    with DecoderWorker(seconds=0.2) as worker:
        assert worker.ready(PATIENCE)
        hung = worker.pid
        assert hung is not None
        os.kill(hung, signal.SIGSTOP)
        assert read(worker) is None
        assert ended(hung)
        assert worker.pid is None


def test_restart_delay_grows_with_early_crashes(worker: DecoderWorker, time: Time) -> None:
    """Each early crash lengthens the pause before the next start."""
    pauses = []
    for _ in range(3):
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert read(worker) is None
        died = time.now
        while not worker.ready() and worker.pid is None:
            time.now += 0.05
        pauses.append(round(time.now - died, 2))
        assert worker.ready(PATIENCE)
    assert pauses == sorted(set(pauses))
    time.now += 2 * LONGEST_PAUSE
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    assert read(worker) is None
    time.now += 0.15
    assert worker.ready(PATIENCE), "a long-lived worker is replaced soon"


def test_frames_during_startup_are_skipped_without_waiting(time: Time) -> None:
    with DecoderWorker(now=time) as worker:
        assert read(worker) is None
        assert worker.ready(PATIENCE)


def test_decoder_that_cannot_start_is_a_fault_after_several_attempts(time: Time) -> None:
    with DecoderWorker(now=time, module="kiosk.there_is_no_such_module") as worker:
        for _ in range(MOST_FAILED_STARTS - 1):
            assert not worker.ready(PATIENCE)
            time.now += LONGEST_PAUSE
        with pytest.raises(PartFault, match="no_decoder"):
            worker.ready(PATIENCE)


@pytest.mark.parametrize("library", ["zxingcpp", "pyzbar"])
def test_worker_without_a_decoding_library_does_not_become_ready(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{library}.py").write_text(f"raise ModuleNotFoundError({library!r})\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with DecoderWorker() as worker:
        assert not worker.ready(PATIENCE)
        assert worker.pid is None


def test_unexpected_greeting_ends_the_worker(time: Time) -> None:
    with DecoderWorker(now=time, module="tests.kiosk.hardware.barcodes.misbehaving_decoders") as worker:
        assert not worker.ready(PATIENCE)
        assert worker.pid is None


def test_silent_worker_is_killed_after_its_start_timeout(time: Time) -> None:
    with DecoderWorker(now=time, module="kiosk.hardware.barcodes.worker") as worker:
        silent = worker.pid
        assert silent is not None
        os.kill(silent, signal.SIGSTOP)
        assert not worker.ready()
        time.now += START_SECONDS + 1
        assert not worker.ready()
        assert ended(silent)


def test_close_ends_the_worker() -> None:
    with DecoderWorker() as worker:
        pid = worker.pid
        assert pid is not None
    assert ended(pid)


def test_worker_ends_with_its_parent() -> None:
    program = (
        "import os, signal\n"
        "from kiosk.hardware.barcodes.decoder import DecoderWorker\n"
        "worker = DecoderWorker()\n"
        f"assert worker.ready({PATIENCE})\n"
        "os.kill(worker.pid, signal.SIGSTOP)\n"
        "print(worker.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    assert ended(int(parent.stdout))


def test_memory_stays_within_its_budget(worker: DecoderWorker) -> None:
    clutter = frame(*((codabar(), middle(angle, module=1.2)) for angle in (10, 40, 70)), size=(1536, 864))
    assert worker.pid is not None
    for _ in range(15):
        worker.decode(clutter, BarcodeHunt(BARS))
    assert pss_mb(worker.pid) < MEMORY_BUDGET


def test_core_dumps_are_disabled(worker: DecoderWorker) -> None:
    limits = Path(f"/proc/{worker.pid}/limits").read_text(encoding="ascii")
    (core,) = (line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_reading_is_serialised_to_one_line() -> None:
    corners = ((0.5, 1.0), (2.0, 3.25), (4.0, 5.0), (6.0, 7.0))
    reading = Reading((Code(Symbology.QR, "读者证\n20", corners),), 0.25)
    line = model.write_reading(reading)
    assert "\n" not in line
    assert model.read_reading(line) == reading


@pytest.mark.parametrize("line", ["[]", "7", '{"codes": 7}', '{"codes": [[]], "stripes": null}', "[" * 100_000])
def test_malformed_line_is_rejected(line: str) -> None:
    with pytest.raises(ValueError):
        model.read_reading(line)
