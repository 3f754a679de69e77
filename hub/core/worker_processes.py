"""Does a work in several processes, each of which is replaced when it dies; knows no web server and no database."""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds before another process takes the place of one that died: where each dies at once there are not too many."""
PATIENCE = 10.0
"""Seconds in which a process may end in order before it is killed."""
ENDING = (signal.SIGTERM, signal.SIGINT)
WATCHED = (*ENDING, signal.SIGCHLD)


def in_processes(count: int, work: Callable[[], None]) -> None:
    """Does the work so many times at once until SIGTERM or Ctrl-C, of which each `work` hears by SystemExit. One alone
    is done in this process.

    Where there are more this one only watches. The caller has no threads and no lines to a database, which could not
    be shared; what is to be the same in all of them lies in `hub.core.shared_memory`.
    """
    ending = {number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN}
    for number in ending:
        signal.signal(number, _stop)
    if count == 1:
        work()
        return
    crew = _Crew(work, ending)
    try:
        crew.watch(count)
    finally:
        crew.end()


def _stop(number: int, frame: FrameType | None) -> None:
    """Once: a second signal must not disturb the end."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(0)


class _Crew:
    """The processes. Each holds the reading end of a pipe whose writing end this one alone has: when this one is gone,
    however it went, they hear of it and end too.

    Signals are asked for one after the other and never break in: one that came just before a wait began would be heard
    after it, and what is waited for here may be months away.
    """

    def __init__(self, work: Callable[[], None], ending: set[signal.Signals]) -> None:
        self._work = work
        self._ending = ending
        self._running: set[int] = set()
        self._heard, self._held = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)

    def watch(self, count: int) -> None:
        """Until it is told to end."""
        for _ in range(count):
            self._begin()
        while signal.sigwait({*self._ending, signal.SIGCHLD}) == signal.SIGCHLD:
            for _ in range(self._gone()):
                if signal.sigtimedwait(self._ending, PAUSE):
                    return
                self._begin()

    def _begin(self) -> None:
        process = os.fork()
        if process == 0:
            _work_and_end(self._work, self._heard, self._held)
        self._running.add(process)

    def _gone(self) -> int:
        """How many have died since: several may have sent one signal between them."""
        died = 0
        while self._running and (found := os.waitpid(-1, os.WNOHANG))[0]:
            process, status = found
            self._running.discard(process)
            code = os.waitstatus_to_exitcode(status)
            log.error("process %d of the hub ended with %d: another one takes its place", process, code)
            died += 1
        return died

    def end(self) -> None:
        self._tell(signal.SIGTERM)
        last = time.monotonic() + PATIENCE
        while self._running and time.monotonic() < last:
            process, _status = os.waitpid(-1, os.WNOHANG)
            self._running.discard(process)
            time.sleep(0 if process else 0.02)
        self._tell(signal.SIGKILL)
        os.close(self._heard)
        os.close(self._held)
        for number in self._ending:
            signal.signal(number, signal.SIG_IGN)  # what was told more than once meanwhile
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)

    def _tell(self, number: signal.Signals) -> None:
        for process in self._running:
            os.kill(process, number)  # one that has died meanwhile keeps its number until it is waited for


def _work_and_end(work: Callable[[], None], heard: int, held: int) -> None:
    """What a new process does. It never returns: what follows is its parent's."""
    code = 1
    try:
        os.close(held)
        threading.Thread(target=_end_with_the_parent, args=(heard,), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        with contextlib.suppress(SystemExit):
            work()
        code = 0
    except Exception:  # the whole process's last word: another one takes its place
        log.exception("a process of the hub failed")
    finally:
        os._exit(code)


def _end_with_the_parent(heard: int) -> None:
    os.read(heard, 1)
    os.kill(os.getpid(), signal.SIGTERM)
