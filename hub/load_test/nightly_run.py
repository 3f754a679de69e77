"""One night of outreach in a process of its own: does each job at a moment, and tells how long and how large."""

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
    """The moment, and what: nothing is the night, `carry` has the feed read first, `remind` and `part` are a day's
    reminders and the parting of patrons and what they had. A line of JSON for each job.
    """
    set_up()
    from hub.circulation import loan_anonymisation
    from hub.core.clock import hub_clock
    from hub.outreach import nightly
    from hub.outreach.reminders import overdue_notices, reminder_sender
    from hub.outreach_bridge.feed_relay import carry

    now = datetime.fromisoformat(arguments[0])
    hub_clock().set(now)
    jobs: list[tuple[str, Callable[[datetime], object]]] = list(nightly.JOBS)
    if "carry" in arguments[1:]:
        jobs = [("carry", lambda _now: carry()), *jobs]
    if "remind" in arguments[1:]:
        jobs = [("reminders", reminder_sender.remind), ("overdue notices", overdue_notices.notices)]
    if "part" in arguments[1:]:
        jobs = [("closed loans", loan_anonymisation.nightly)]
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
    """The most that this program ever held, in MiB. What getrusage tells is that of whoever started it, too."""
    (found,) = re.findall(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found) // 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
