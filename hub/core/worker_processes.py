"""Run a function in several processes and replace each process that dies."""

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
"""Seconds before a dead process is replaced, so that processes that die at once are not restarted in a tight loop."""
PATIENCE = 10.0
"""Seconds in which a process may end in order before it is killed."""
ENDING = (signal.SIGTERM, signal.SIGINT)
WATCHED = (*ENDING, signal.SIGCHLD)


def in_processes(count: int, work: Callable[[], None]) -> None:
    """Run `work` in `count` processes until SIGTERM or Ctrl-C, which raise SystemExit in each of them.

    A single one runs in this process. With more, this process only supervises. The caller must have no threads and no
    database connections, because these cannot be shared across a fork. State common to all of them is in
    `hub.core.shared_memory`.
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
    """Exit at the first signal; a second one must not interrupt the shutdown."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(0)


class _Crew:
    """The worker processes.

    Each holds the read end of a pipe whose write end only the supervisor has: when the supervisor is gone, for any
    reason, the workers see end-of-file and end too.

    Signals are blocked and fetched with sigwait. A handler that ran just before a wait would be noticed only after it,
    and the wait may last months.
    """

    def __init__(self, work: Callable[[], None], ending: set[signal.Signals]) -> None:
        self._work = work
        self._ending = ending
        self._running: set[int] = set()
        self._read_end, self._write_end = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)

    def watch(self, count: int) -> None:
        """Replace workers that die, until a signal ends the hub."""
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
            _work_and_end(self._work, self._read_end, self._write_end)
        self._running.add(process)

    def _gone(self) -> int:
        """Return how many workers have died since: one SIGCHLD may stand for several."""
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
        os.close(self._read_end)
        os.close(self._write_end)
        for number in self._ending:
            signal.signal(number, signal.SIG_IGN)  # signals that were sent more than once
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)

    def _tell(self, number: signal.Signals) -> None:
        for process in self._running:
            os.kill(process, number)  # a dead process keeps its pid until it is waited for


def _work_and_end(work: Callable[[], None], pipe_end: int, held: int) -> None:
    """Run the work in a new process and exit without returning.

    What follows a return belongs to the parent.
    """
    code = 1
    try:
        os.close(held)
        threading.Thread(target=_end_with_the_parent, args=(pipe_end,), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        with contextlib.suppress(SystemExit):
            work()
        code = 0
    except Exception:  # the process ends here, and the supervisor replaces it
        log.exception("a process of the hub failed")
    finally:
        os._exit(code)


def _end_with_the_parent(pipe_end: int) -> None:
    os.read(pipe_end, 1)
    os.kill(os.getpid(), signal.SIGTERM)
