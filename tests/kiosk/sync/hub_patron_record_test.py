"""Test that the token of a patron's record is kept for that patron and visit only."""

from __future__ import annotations

import asyncio
import json

from kiosk.sync.http import Reply
from kiosk.sync.hub_client import HubPatronRecord
from lending.model import CardRef

ADA, LIN = CardRef("a" * 64), CardRef("b" * 64)


class Hub:
    """Accepts every code once released; records the token of each page request."""

    def __init__(self) -> None:
        self.lets = {ADA: asyncio.Event(), LIN: asyncio.Event()}
        self.shown: list[str] = []

    async def ask(self, card: CardRef, what: str, body: bytes | None) -> Reply:
        if what == "code/check":
            await self.lets[card].wait()
            return Reply(200, json.dumps({"verdict": "right", "token": f"opens-{card[0]}"}).encode(), 0)
        self.shown.append(json.loads(body or b"{}")["token"])
        return Reply(200, b'{"url": ""}', 0)


def test_late_verification_of_another_card_changes_nothing() -> None:
    async def run() -> list[str]:
        hub = Hub()
        own = HubPatronRecord(hub.ask)
        before = asyncio.ensure_future(own.check_code(ADA, "1"))
        await asyncio.sleep(0)
        hub.lets[LIN].set()
        await own.check_code(LIN, "2")
        hub.lets[ADA].set()
        await before
        for card in (LIN, ADA):
            await own.page(card)
        return hub.shown

    assert asyncio.run(run()) == ["opens-b", ""]


def test_forget_removes_tokens_from_memory() -> None:
    async def run() -> list[str]:
        hub = Hub()
        own = HubPatronRecord(hub.ask)
        hub.lets[ADA].set()
        await own.check_code(ADA, "1")
        await own.page(ADA)
        own.forget()
        assert "opens" not in repr(vars(own))
        await own.page(ADA)
        late = asyncio.ensure_future(own.check_code(LIN, "2"))
        await asyncio.sleep(0)
        own.forget()
        hub.lets[LIN].set()
        await late
        assert "opens" not in repr(vars(own))
        return hub.shown

    assert asyncio.run(run()) == ["opens-a", ""]
