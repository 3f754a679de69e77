"""What the kernel says of a process: memory and processor time (proc(5)); knows no kiosk."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path


def pss_mb(pid: int) -> float:
    """Proportional set size in MB: what is shared counts by its share, so it changes with who else runs."""
    return _rollup(pid, "Pss")


def own_mb(pid: int) -> float:
    """The part of it that the process made itself and shares with nobody, in MB."""
    return _rollup(pid, "Pss_Anon")


def _rollup(pid: int, name: str) -> float:
    """A line of /proc/PID/smaps_rollup."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/{pid}/smaps_rollup has no {name}")
    return int(found[1]) / 1000


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def threads(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors(pid: int) -> tuple[str, ...]:
    """What each of its open files, sockets and pipes is called by the kernel."""
    found = []
    for each in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/{pid}/fd/{each}"))
    return tuple(found)


def connections(port: int) -> frozenset[str]:
    """The ends of all TCP connections that lead to this port, by the same names."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return frozenset(f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}"))


def children(pid: int) -> dict[int, str]:
    """The processes that it started and that still live, with their command lines."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii").split():
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return found
