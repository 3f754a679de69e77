"""Worker processes of a proof, which end with it and at Ctrl-C."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from types import FrameType
from typing import Any

POLL_S = 1.0
"""Seconds between two checks whether the workers have ended."""


class _Pool(ProcessPoolExecutor):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(_unless_broken_off, fn, *args, **kwargs)


@contextlib.contextmanager
def workers(
    processes: int, prepare: Callable[..., None] | None = None, given: tuple[Any, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Run a pool of worker processes; Ctrl-C interrupts running jobs and cancels the others."""
    pool = _Pool(processes, initializer=_begin, initargs=(prepare, given))
    try:
        yield pool
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        while left := multiprocessing.active_children():
            for each in left:
                os.kill(each.pid or 0, signal.SIGINT)
            time.sleep(POLL_S)
        raise
    finally:
        pool.shutdown()


def _begin(prepare: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, _break_off)
    if prepare:
        prepare(*given)


def _break_off(number: int, frame: FrameType | None) -> None:
    """Raise once only: a second Ctrl-C must not disturb a job that removes its folder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _unless_broken_off(job: Callable[..., Any], *given: Any, **named: Any) -> Any:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    return job(*given, **named)
