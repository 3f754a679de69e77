"""Notify the service manager that the kiosk is ready and alive, each time after checking.

It runs as a task of the desk's event loop and not in a thread, so that a hung loop sends nothing: the manager then
kills and restarts the kiosk. Without a manager (NOTIFY_SOCKET) it does nothing. Source: sd_notify(3).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from socket import AF_UNIX, SOCK_DGRAM, socket

from kiosk.journal.journal import JournalFailed
from kiosk.system.clock import Clock

log = logging.getLogger(__name__)

FEEDS = 4
"""Notifications within the interval that the manager allows."""


@dataclass(frozen=True, slots=True)
class Manager:
    """The service manager as sd_notify(3) describes it."""

    tell: Callable[[str], None]
    allowed: float | None
    """Seconds that may pass between notifications; None without a watchdog."""


def manager_of(environment: Mapping[str, str], pid: int) -> Manager | None:
    """Return the manager that started this process, or None."""
    if not environment.get("NOTIFY_SOCKET"):
        return None
    counted = environment.get("WATCHDOG_PID", str(pid)) == str(pid) and environment.get("WATCHDOG_USEC", "").isdecimal()
    return Manager(_teller(environment["NOTIFY_SOCKET"]), int(environment["WATCHDOG_USEC"]) / 1e6 if counted else None)


def _teller(address: str) -> Callable[[str], None]:
    """Return what sends to the manager's socket; a name that begins with @ is an abstract one.

    Source: sd_notify(3).
    """

    def tell(words: str) -> None:
        with suppress(OSError), socket(AF_UNIX, SOCK_DGRAM) as line:  # a busy manager receives the next message
            line.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            line.sendall(words.encode())

    return tell


def this_manager() -> Manager | None:
    return manager_of(os.environ, os.getpid())


@dataclass(frozen=True, slots=True)
class Signs:
    """Checks before a notification."""

    drawn: Callable[[], bool]
    """The first frame was drawn."""
    turned: Callable[[], Awaitable[None]]
    """The window's loop ran once, and drew what was pending."""
    taken: Callable[[], bool]
    """The desk runs, and has processed every posted event."""
    journal: Callable[[], Awaitable[object]]
    """The journal answered a read. Raises JournalFailed if it could not."""


class Watchdog:
    """Sends READY=1 once and WATCHDOG=1 repeatedly, each time after all checks of `signs`."""

    def __init__(self, manager: Manager | None, signs: Signs, clock: Clock) -> None:
        self._manager = manager
        self._signs = signs
        self._clock = clock

    async def run(self) -> None:
        """Notify the manager until cancelled; while a check is pending, no notification is sent."""
        if self._manager is None:
            return
        await self._wait_until_alive()
        self._manager.tell("READY=1")
        if self._manager.allowed is None:
            return
        while True:
            await self._clock.sleep(self._manager.allowed / FEEDS)
            try:
                await self._signs.journal()
            except JournalFailed as failure:
                log.error("Watchdog notification withheld: %s", failure)
                continue
            await self._wait_until_alive()
            self._manager.tell("WATCHDOG=1")

    def stopping(self) -> None:
        if self._manager is not None:
            self._manager.tell("STOPPING=1")

    async def _wait_until_alive(self) -> None:
        await self._signs.turned()
        while not (self._signs.drawn() and self._signs.taken()):
            await self._signs.turned()
