"""Asks whether the hub at an address is the one of a kiosk's identity, wherever it stood before; tells it nothing."""

from __future__ import annotations

import os

from kiosk.sync.http import Host, Timing
from kiosk.sync.hub_client import API, MOST_ANSWER, NOBODY
from lending import request_signature
from lending.request_signature import Claim


class HubMismatch:
    """Signs as a device that there is not: a hub refuses that, and signs its refusal to this very name."""

    def claim(self, method: str, target: str, body: bytes) -> Claim:
        return Claim(os.urandom(16).hex(), 1, os.urandom(64).hex())

    def again(self, claim: Claim, said: bytes, turn: int) -> bool:
        return False


def is_hub_at(url: str, hub_key: str, timing: Timing = Timing()) -> bool:  # noqa: B008 - a frozen value
    """Whether what answers there has the hub's own key: the name that it signs to is new, so nothing can be replayed.

    Raises CentralAway where nothing answers.
    """
    host = Host(url, HubMismatch(), None, timing)
    try:
        reply = host.get(f"{API}/cards/{NOBODY}", MOST_ANSWER)
    finally:
        host.close()
    assert reply.claim is not None
    text = request_signature.answer_text(reply.claim.device, reply.claim.counter, reply.body)
    return reply.status == 401 and request_signature.verifies(hub_key, text, reply.signature)
