"""Read a patron's own record from the hub; keep the access tokens of one visit's cards, and no record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from kiosk.central import PinVerdict
from kiosk.sync.http import Reply
from kiosk.sync.hub_reply import read
from lending import wire
from lending.model import CardRef
from lending.patron_record import PatronRecord, ProofOptions

Ask = Callable[[CardRef, str, bytes | None], Awaitable[Reply]]
"""GET (body None) or POST to an address below the card's. Raises CentralUnavailable."""


class HubPatronRecord:
    """Access to patron records at the hub, verified by PIN or code for one visit."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking, self._turn = CardRef(""), 0
        self._tokens: dict[CardRef, str] = {}

    def asks(self, card: CardRef) -> int:
        """Start a verification of the card: discard its token and return the number of this attempt."""
        self._tokens.pop(card, None)
        self._asking = card
        self._turn += 1
        return self._turn

    def store_token(self, turn: int, token: str) -> None:
        """Store the token of a correct PIN or code.

        A late answer is dropped: another attempt has begun, or the visit has ended.
        """
        if turn == self._turn and token:
            self._tokens[self._asking] = token

    def token(self, card: CardRef) -> str:
        """Return the token that the card has in this visit; empty if nothing was proved."""
        return self._tokens.get(card, "")

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """Forget the tokens of all cards but those that stay in the visit."""
        self._tokens = {card: token for card, token in self._tokens.items() if card in stay}
        self._asking = CardRef("")
        self._turn += 1

    async def proof(self, card: CardRef) -> ProofOptions:
        """Return the ways in which the patron can verify the card."""
        answer = read(await self._ask(card, "proof", None), wire.ProofAnswer)
        return ProofOptions(answer.pin, answer.by)

    async def send_code(self, card: CardRef) -> bool:
        """Send a verification code to the patron; return whether it was sent."""
        return read(await self._ask(card, "code", b"{}"), wire.CodeAnswer).sent

    async def check_code(self, card: CardRef, code: str) -> PinVerdict:
        """Check the code that was sent; if it is right, keep the access token."""
        turn, body = self.asks(card), wire.CodeRequest(code=code).model_dump_json().encode()
        answer = read(await self._ask(card, "code/check", body), wire.PinAnswer)
        self.store_token(turn, answer.token)
        return PinVerdict(answer.verdict)

    async def patron_record(self, card: CardRef) -> PatronRecord:
        """Fetch the record, with the token of this visit."""
        return wire.mine_from(read(await self._ask(card, "mine", self._token_body(card)), wire.MineAnswer))

    async def page(self, card: CardRef) -> str:
        """Return the URL at which the patron's phone continues, with the token of this visit."""
        return read(await self._ask(card, "page", self._token_body(card)), wire.PageAnswer).url

    def _token_body(self, card: CardRef) -> bytes:
        return wire.MineRequest(token=self.token(card)).model_dump_json().encode()
