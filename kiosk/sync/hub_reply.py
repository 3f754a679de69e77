"""Parse the hub's replies; raise CentralUnavailable if another host, such as a captive portal, answered."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from kiosk.central import CentralUnavailable
from kiosk.sync.http import Reply
from kiosk.sync.request_signer import refusal
from lending import wire
from lending.model import Account, Hold

Shape = TypeVar("Shape", bound=BaseModel)


def payload(reply: Reply) -> bytes:
    """Return the answer's bytes. Raises CentralUnavailable unless it is a 200."""
    match reply.status:
        case 200:
            return reply.body
        case 401:
            raise CentralUnavailable("revoked" if refusal(reply.body) == "revoked" else "identity_refused")
        case status if 300 <= status < 400:
            raise CentralUnavailable("captive_portal")
        case status if status >= 500 or status == 429:
            raise CentralUnavailable("server_error")
        case _:
            raise CentralUnavailable("unusable_answer")


def read(reply: Reply, shape: type[Shape]) -> Shape:
    """Return the parsed answer. Raises CentralUnavailable unless it is a 200 of that shape."""
    try:
        return wire.parse(shape, payload(reply))
    except ValueError:
        raise CentralUnavailable("unusable_answer") from None


def account_of(answer: wire.CardAnswer) -> Account:
    return Account(
        patron=wire.patron_from(answer.patron),
        loans=tuple(wire.item_from(item) for item in answer.loans),
        holds=tuple(Hold(**hold.model_dump()) for hold in answer.holds),
    )
