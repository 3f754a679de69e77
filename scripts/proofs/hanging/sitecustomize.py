"""Lets a proof hang a kiosk: its main thread by SIGUSR1, while the others go on; its journal by SIGUSR2."""

import concurrent.futures.thread as pool
import signal
import threading
import time
from concurrent.futures import Future


def _hang(number: int, frame: object) -> None:
    while True:
        time.sleep(1)


def _hang_journal(number: int, frame: object) -> None:
    """The journal's one thread gets work that never ends, as when a disk no longer answers."""
    for thread in threading.enumerate():
        if thread.name.startswith("journal"):
            pool._threads_queues[thread].put(pool._WorkItem(Future(), time.sleep, (10_000,), {}))


signal.signal(signal.SIGUSR1, _hang)
signal.signal(signal.SIGUSR2, _hang_journal)
