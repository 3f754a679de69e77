"""Read memory, CPU time, threads and files of a process from /proc.

Source: proc(5).
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path


def pss_mb(pid: int) -> float:
    """Return the proportional set size in MB: shared pages count by their share, so other processes affect it."""
    return _rollup(pid, "Pss")


def own_mb(pid: int) -> float:
    """Return the anonymous part of the proportional set size, which is not shared, in MB."""
    return _rollup(pid, "Pss_Anon")


def _rollup(pid: int, name: str) -> float:
    """Return a line of /proc/PID/smaps_rollup in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/{pid}/smaps_rollup has no {name}")
    return int(found[1]) / 1000


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process with all its threads, in seconds.

    The kernel's clock of the process counts nanoseconds; /proc/PID/stat counts ticks of 10 ms.
    Source: clock_getcpuclockid(3), CPUCLOCK_SCHED in linux/posix-timers.h.
    """
    return time.clock_gettime(~pid << 3 | 2)


def threads(pid: int) -> int:
    """Return the number of a process's threads."""
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors(pid: int) -> tuple[str, ...]:
    """Return the kernel's names of the process's open files, sockets and pipes."""
    found = []
    for each in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/{pid}/fd/{each}"))
    return tuple(found)


def connections(port: int) -> frozenset[str]:
    """Return the same names for the ends of all TCP connections to this port."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return frozenset(f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}"))


def children(pid: int) -> dict[int, str]:
    """Return the process's running children with their command lines."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii").split():
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return found
