"""Waits no longer than the clock allows; knows nothing of what it waits for."""

from __future__ import annotations

import asyncio
from typing import Any

from kiosk.system.clock import Clock


async def within(clock: Clock, seconds: float, awaited: asyncio.Future[Any]) -> bool:
    """Whether `awaited` is done before the clock has moved on by `seconds`; leaves it running when it is not."""
    timer: asyncio.Future[Any] = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait([timer, awaited], return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    return awaited.done()


async def nap(clock: Clock, seconds: float, wake: asyncio.Event) -> None:
    """Sleeps, or less when `wake` is set; clears it."""
    woken = asyncio.ensure_future(wake.wait())
    try:
        await within(clock, seconds, woken)
    finally:
        woken.cancel()
    wake.clear()
