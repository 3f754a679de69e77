"""A patron's own record, asked of the hub; remembers, for the cards of one visit, what opens it, and no record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from kiosk.central import PinVerdict
from kiosk.sync.http import Reply
from kiosk.sync.hub_reply import read
from lending import wire
from lending.model import CardRef
from lending.patron_record import PatronRecord, ProofOptions

Ask = Callable[[CardRef, str, bytes | None], Awaitable[Reply]]
"""GETs what stands under the card's address, or POSTs to it. Raises CentralAway."""


class HubPatronRecord:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking, self._turn = CardRef(""), 0
        self._tokens: dict[CardRef, str] = {}

    def asks(self, card: CardRef) -> int:
        """She shows that the card is hers: what opened before is forgotten. Answers the turn of this try."""
        self._tokens.pop(card, None)
        self._asking = card
        self._turn += 1
        return self._turn

    def passed(self, turn: int, token: str) -> None:
        """What came with the right PIN or code; what comes late, after another has asked or home, is nobody's."""
        if turn == self._turn and token:
            self._tokens[self._asking] = token

    def token(self, card: CardRef) -> str:
        """Return the pass that the card has in this visit; empty if nothing was proved."""
        return self._tokens.get(card, "")

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """Forget the passes of all cards but those that stay in the visit."""
        self._tokens = {card: token for card, token in self._tokens.items() if card in stay}
        self._asking = CardRef("")
        self._turn += 1

    async def proof(self, card: CardRef) -> ProofOptions:
        told = read(await self._ask(card, "proof", None), wire.ProofAnswer)
        return ProofOptions(told.pin, told.by)

    async def send_code(self, card: CardRef) -> bool:
        return read(await self._ask(card, "code", b"{}"), wire.CodeAnswer).sent

    async def check_code(self, card: CardRef, code: str) -> PinVerdict:
        turn, body = self.asks(card), wire.CodeRequest(code=code).model_dump_json().encode()
        told = read(await self._ask(card, "code/check", body), wire.PinAnswer)
        self.passed(turn, told.token)
        return PinVerdict(told.verdict)

    async def mine(self, card: CardRef) -> PatronRecord:
        return wire.mine_from(read(await self._ask(card, "mine", self._shown(card)), wire.MineAnswer))

    async def page(self, card: CardRef) -> str:
        return read(await self._ask(card, "page", self._shown(card)), wire.PageAnswer).url

    def _shown(self, card: CardRef) -> bytes:
        return wire.MineRequest(token=self.token(card)).model_dump_json().encode()
