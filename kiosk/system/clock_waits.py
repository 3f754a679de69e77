"""Wait with a limit on the kiosk's clock."""

from __future__ import annotations

import asyncio
from typing import Any

from kiosk.system.clock import Clock


async def wait_at_most(clock: Clock, seconds: float, awaited: asyncio.Future[Any]) -> bool:
    """Wait for a future, but no longer than a limit on the kiosk's clock.

    Scripted visits move this clock, so `asyncio.wait_for` cannot be used here.

    Args:
        clock: Time source. Must be the one that runs the session.
        seconds: Limit in seconds on `clock`; 0 returns at once.
        awaited: Future to wait for. It keeps running when the limit is reached.

    Returns:
        True if `awaited` finished within the limit.
    """
    timer: asyncio.Future[Any] = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait([timer, awaited], return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    return awaited.done()


async def sleep_or_wake(clock: Clock, seconds: float, wake: asyncio.Event) -> None:
    """Sleep for `seconds`, or until `wake` is set, which is cleared."""
    woken = asyncio.ensure_future(wake.wait())
    try:
        await wait_at_most(clock, seconds, woken)
    finally:
        woken.cancel()
    wake.clear()
