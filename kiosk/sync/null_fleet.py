"""No-op fleet client for SIP2 kiosks without a hub."""

from __future__ import annotations

import asyncio


class NullFleet:
    """Fleet client that reports to no hub."""

    def call(self, why: str = "", *, unasked: bool = False) -> None:
        """Do nothing: the lights and the screen already call staff."""

    def stir(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()
