"""A patron's own record, asked of the hub; remembers what opens it for one card alone, and no record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from kiosk.domain.mine import Mine, Proof
from kiosk.domain.model import CardRef
from kiosk.sync import wire
from kiosk.sync.central import PinVerdict
from kiosk.sync.http import Reply
from kiosk.sync.rest_reply import read

Ask = Callable[[CardRef, str, bytes | None], Awaitable[Reply]]
"""GETs what stands under the card's address, or POSTs to it. Raises CentralAway."""


class RestHers:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._token: tuple[CardRef, str] = (CardRef(""), "")

    def passed(self, card: CardRef, token: str) -> None:
        """What came with the right PIN or code; the one before is forgotten."""
        self._token = (card, token)

    async def proof(self, card: CardRef) -> Proof:
        told = read(await self._ask(card, "proof", None), wire.ProofAnswer)
        return Proof(told.pin, told.by)

    async def send_code(self, card: CardRef) -> bool:
        return read(await self._ask(card, "code", b"{}"), wire.CodeAnswer).sent

    async def check_code(self, card: CardRef, code: str) -> PinVerdict:
        body = wire.CodeRequest(code=code).model_dump_json().encode()
        told = read(await self._ask(card, "code/check", body), wire.PinAnswer)
        self.passed(card, told.token)
        return PinVerdict(told.verdict)

    async def mine(self, card: CardRef) -> Mine:
        return wire.mine_from(read(await self._ask(card, "mine", self._shown(card)), wire.MineAnswer))

    async def page(self, card: CardRef) -> str:
        return read(await self._ask(card, "page", self._shown(card)), wire.PageAnswer).url

    def _shown(self, card: CardRef) -> bytes:
        whose, token = self._token
        return wire.MineRequest(token=token if whose == card else "").model_dump_json().encode()
