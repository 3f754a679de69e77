"""Judge one commit, in about half an hour on two quiet cores.

The whole test suite runs on Python 3.11 and a smoke test on 3.13. The proofs run in a small dose, with their controls.
`scripts/prove` runs what is left out here; docs/reliability.md says when it last did.

Each step has a time limit, of at least three times what it takes on a quiet machine. A step that exceeds it is killed
with all its descendants, is reported by name, and the other steps still run.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = shutil.which("python3.11") or shutil.which("python3") or sys.executable
OTHER_PYTHON = "/usr/bin/python3"
SMOKE = """
    tests/kiosk/app_test.py tests/kiosk/cli_test.py tests/kiosk/config/config_test.py
    tests/kiosk/system/control_socket_test.py tests/project/packaging_test.py tests/real_camera
    tests/kiosk/system/clock_test.py tests/kiosk/words/words_test.py tests/lending tests/kiosk/journal/journal_test.py
    tests/kiosk/snapshot tests/kiosk/sync/courier_test.py tests/kiosk/sync/fleet_client_test.py
    tests/kiosk/hardware/supervisor_test.py tests/kiosk/screens/audit_test.py tests/hub/api_test.py
    tests/hub/cli_test.py tests/hub/circulation/transaction_intake_test.py tests/hub/serve_test.py
    tests/hub/catalogue/marc_test.py tests/hub/audit/access_log_test.py
""".split()
"""Tests of what can differ between Python versions: imports, asyncio, processes, SQLite, XML, compiled wheels."""
ON_POSTGRESQL = """
    tests/hub/api_test.py tests/hub/core/prepared_queries_test.py tests/hub/circulation/loan_anonymisation_test.py
    tests/hub/circulation/concurrency_test.py tests/hub/circulation/operations_test.py
    tests/hub/circulation/transaction_intake_test.py tests/hub/circulation/query_count_test.py
    tests/hub/csv_sheets/sheet_import_test.py tests/hub/core/throttle_test.py tests/hub/circulation/snapshot_test.py
    tests/hub/audit/access_log_test.py tests/hub/fleet tests/hub/catalogue/search tests/hub/outreach/feed_test.py
    tests/hub/outreach/messaging/outbox_test.py tests/hub/outreach/messaging/reach_estimate_test.py
    tests/hub/outreach/portal/opac/saved_searches_test.py tests/hub/outreach/portal/opac/pages_test.py
""".split()
"""The hub's tests with SQL of its own, locks, triggers and search."""
ON_HARDWARE = """
    borrow-online borrow-offline by-ear camera-pulled four-keys paper-ends-halfway printer-out-of-paper
    reader-pulled return-into-the-bin
""".split()
"""Visits that use every part, and lose each once."""
CAUSE = ("FAILED", "ERROR", "Error:", "broken", "not held", "again: ", "lost: ", "doubled: ", "renewed: ", "wrong: ")
"""Marks of the lines that say why a step failed."""
GRACE_S = 5.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass
class Step:
    """One command, its output and its outcome."""

    name: str
    limit_min: float
    """Minutes, about four times what the step takes on a quiet machine."""
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    causes: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    outcome: str = ""

    def run(self) -> None:
        """Run the command to its end or its limit, and echo its output line by line."""
        if interrupted.is_set():
            return
        say(f"==== {self.name}: {' '.join(self.command)}")
        start = time.monotonic()
        try:
            process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={"KIOSK_PYTHON": PYTHON} | os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            self.outcome = f"cannot start: {error}"
            return
        running.add(process.pid)
        reader = threading.Thread(target=self._echo, args=[process], daemon=True)
        reader.start()
        timer = threading.Timer(self.limit_min * 60, self._stop, [process.pid])
        timer.daemon = True
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        timer.join()  # what it kills has ended
        running.discard(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join(GRACE_S)  # a process that the step left behind may hold the pipe open
        if process.returncode and not self.outcome:
            self.outcome = f"failed with {process.returncode}"
        took, processor = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        say(f"==== {self.name}: {self.outcome or 'passed'} in {took:.0f} s, {processor:.0f} s of processor time")

    def _echo(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            say(f"[{self.name}] {line.rstrip()}")
            self.tail.append(line.rstrip())
            if any(mark in line for mark in CAUSE):
                self.causes.append(line.rstrip())

    def _stop(self, pid: int) -> None:
        self.outcome = f"stopped at its limit of {self.limit_min:g} min"
        kill(tree(pid))


def proof(name: str, limit_min: float, images: int | None = None) -> Step:
    """Return the step that runs one proof, in a dose of so many images where it takes one."""
    dose = [] if images is None else ["--images", str(images)]
    return Step(name, limit_min, ["scripts/prove", "--only", name, *dose])


def steps(test: str) -> tuple[list[Step], list[Step]]:
    """Return the steps that use both cores, and those of which three run side by side, the longest first.

    Proofs wait for faults, clocks and windows a third of their time.
    """
    alone = [
        Step("test", 40, [test, "--coverage"]),
        proof("browser", 25),
        proof("long", 40),
    ]
    if version(OTHER_PYTHON) == "3.13" != version(PYTHON):
        other = {"KIOSK_PYTHON": OTHER_PYTHON, "KIOSK_VENV": str(ROOT / ".venv-3.13")}
        marks = "not long and not gallery and not browser"
        smoke = ["scripts/test", *"-q -n 3 --dist loadfile --no-loadscope-reorder -m".split(), marks, *SMOKE]
        alone.append(Step("python-3.13", 12, smoke, other))
    beside = [
        proof("world", 20, 16),
        Step("demo", 20, ["scripts/demo", "--headless", "--out", str(ROOT / "out/ci-demo")]),
        proof("monkey", 20, 1_000),
        proof("faults", 10, 90),
        Step("postgresql", 20, ["scripts/proofs/postgresql", *ON_POSTGRESQL]),
        Step("hardware", 10, ["scripts/proofs/hardware", *(f"kiosk/visits/{visit}.toml" for visit in ON_HARDWARE)]),
        proof("hub", 8, 120),
        proof("power", 8, 2_000),
        proof("privacy", 10, 200),
        proof("lines", 6, 20),
        proof("fuzz", 6, 15_000),
        proof("crashes", 8, 200),
        proof("snapshot", 5, 400),
    ]
    return alone, beside


def version(python: str) -> str:
    """Return a Python's version as `3.11`; empty if there is none."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def tree(pid: int) -> list[int]:
    """Return a process and all its descendants, also those in sessions of their own."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def kill(pids: Iterable[int]) -> None:
    """Ask processes to end, and end those that have not after GRACE_S seconds."""
    pids = list(pids)
    for number, pause in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 0)):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        end = time.monotonic() + pause
        while time.monotonic() < end and any(alive(pid) for pid in pids):
            time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


running: set[int] = set()
output = threading.Lock()
interrupted = threading.Event()


def say(line: str) -> None:
    with output:
        print(line, flush=True)


def interrupt(number: int, _frame: object) -> None:
    """End every step, and begin no other, when the run itself is asked to end."""
    interrupted.set()
    kill([each for pid in list(running) for each in tree(pid)])
    os._exit(128 + number)


def main(test: str) -> int:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupt)
    # Hundreds of programs start here, and each would compile all that it imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.monotonic()
    alone, beside = steps(test)
    for step in alone:
        step.run()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Step.run, beside))
    every = [*alone, *beside]
    failed = [step for step in every if step.outcome]
    for step in failed:
        print(f"{step.name}: {step.outcome}", *dict.fromkeys([*step.causes, *step.tail]), sep="\n  ")
    minutes = (time.monotonic() - start) / 60
    print(f"{len(every) - len(failed)} of {len(every)} steps passed in {minutes:.1f} min")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
