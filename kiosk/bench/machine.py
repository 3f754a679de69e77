"""What the kernel says of a process: memory and processor time (proc(5)); knows no kiosk."""

from __future__ import annotations

import os
import re
from pathlib import Path


def pss_mb(pid: int) -> float:
    """Proportional set size in MB, as in /proc/PID/smaps_rollup."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/{pid}/smaps_rollup has no Pss")
    return int(found[1]) / 1000


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
