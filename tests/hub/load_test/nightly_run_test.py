"""Test that the peak memory of a nightly run is its own, even if its parent process is larger."""

from __future__ import annotations

import subprocess
import sys

LARGE = 300
"""Memory of the parent process in MiB."""
STARTS = f"""
import subprocess, sys
held = b"x" * ({LARGE} * 1024 * 1024)
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""
OWN = "from hub.load_test.nightly_run import peak; print(peak())"
SYSTEMS = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"


def told_by(program: str) -> int:
    command = (sys.executable, "-c", STARTS, program)
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def test_a_night_tells_what_it_held_itself_and_the_system_what_its_parent_did() -> None:
    assert 5 < told_by(OWN) < LARGE / 2
    assert told_by(SYSTEMS) >= LARGE
