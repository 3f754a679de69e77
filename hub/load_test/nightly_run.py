"""Run one night of outreach jobs in a process, and print the duration and peak memory of each."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hub.core.django_setup import set_up


def main(arguments: list[str]) -> int:
    """Run the jobs at the given moment, and print a line of JSON per job.

    The first argument is the moment. Without further arguments the nightly jobs run. `carry` reads the feed before
    them; `remind` runs a day's reminders and `part` the anonymisation of closed loans instead.
    """
    set_up()
    from hub.circulation import anonymisation
    from hub.core.clock import hub_clock
    from hub.ils.bridge.feed_relay import carry
    from hub.outreach.jobs import NIGHTLY
    from hub.outreach.recommendations.reminders import notices

    now = datetime.fromisoformat(arguments[0])
    hub_clock().set(now)
    jobs: list[tuple[str, Callable[[datetime], object]]] = list(NIGHTLY)
    if "carry" in arguments[1:]:
        jobs = [("carry", lambda _now: carry()), *jobs]
    if "remind" in arguments[1:]:
        jobs = [("reminders", notices.remind), ("overdue notices", notices.notices)]
    if "part" in arguments[1:]:
        jobs = [("closed loans", anonymisation.anonymise_loans)]
    for name, job in jobs:
        began, used = time.perf_counter(), time.process_time()
        done = job(now)
        seconds, used = time.perf_counter() - began, time.process_time() - used
        counted = done if isinstance(done, int) else None
        print(
            json.dumps(
                {"job": name, "seconds": round(seconds, 2), "used": round(used, 2), "peak": peak(), "done": counted}
            ),
            flush=True,
        )
    return 0


def peak() -> int:
    """Return this program's peak memory in MiB.

    getrusage is not used, because its value includes the parent's before exec.
    """
    (found,) = re.findall(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found) // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
