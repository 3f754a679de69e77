"""Processes that share a proof's work, and end with it; they know no proof."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

LOOK = 1.0
"""Seconds in which a job that was broken off may take its folder away."""


@contextlib.contextmanager
def workers(
    processes: int, prepare: Callable[..., None] | None = None, given: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Ctrl-C breaks off what they are at, and nobody waits for what they were still to do."""
    pool = ProcessPoolExecutor(processes, initializer=prepare, initargs=given)
    try:
        yield pool
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        while left := multiprocessing.active_children():
            for each in left:
                os.kill(each.pid or 0, signal.SIGINT)  # a worker goes on with its next job after the first
            time.sleep(LOOK)
        raise
    finally:
        pool.shutdown()
