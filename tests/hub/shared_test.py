"""Test locks across processes and threads, including what the kernel mistakes for deadlocks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE

PROGRAM = """
import os, sys, threading, time
from hub.core.shared_memory import InterProcessLock as InterProcessLock

outer, inner = InterProcessLock(), InterProcessLock()
begun, began = os.pipe()


def holds_the_inner():
    with inner:
        os.write(began, b"h")
        time.sleep(1)


def waits_for_the_outer():
    with outer:
        pass


if os.fork():
    with outer:
        os.read(begun, 1)
        os.read(begun, 1)
        time.sleep(0.3)
        with inner:
            print("both", flush=True)
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
time.sleep(0.2)
first, second = threading.Thread(target=holds_the_inner), threading.Thread(target=waits_for_the_outer)
first.start()
second.start()
os.write(began, b"w")
first.join()
second.join()
os._exit(0)
"""


def test_a_thread_that_waits_for_another_process_is_no_deadlock() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b"both\n"), ended.stderr.decode()
