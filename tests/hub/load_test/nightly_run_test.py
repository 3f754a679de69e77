"""Test that the peak memory of a nightly run is its own, even if its parent process is larger."""

from __future__ import annotations

import subprocess
import sys

LARGE = 300
"""Memory of the parent process in MiB."""
LARGE_PARENT = f"""
import subprocess, sys
held = b"x" * ({LARGE} * 1024 * 1024)
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""
PEAK = "from hub.load_test.nightly_run import peak; print(peak())"
GETRUSAGE = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"


def printed_mib(program: str) -> int:
    command = (sys.executable, "-c", LARGE_PARENT, program)
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def test_peak_excludes_the_parents_memory_that_getrusage_includes() -> None:
    assert 5 < printed_mib(PEAK) < LARGE / 2
    assert printed_mib(GETRUSAGE) >= LARGE
