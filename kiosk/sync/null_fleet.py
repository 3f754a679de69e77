"""Stands in for the way to a hub where there is none beside the library's system: tells nobody, is told nothing."""

from __future__ import annotations

import asyncio


class NullFleet:
    def call(self, why: str = "", *, unasked: bool = False) -> None:
        """The lights and the screen call; nobody elsewhere hears."""

    def stir(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()
