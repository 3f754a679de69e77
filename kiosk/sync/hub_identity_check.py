"""Check whether the hub at an address is the one that this kiosk's identity names.

The address may have changed since the enrolment: the hub's key decides.
"""

from __future__ import annotations

import os

from kiosk.sync.http import Host, Timing
from kiosk.sync.hub_client import API, MOST_ANSWER, NOBODY
from lending import request_signature
from lending.request_signature import Claim


class RandomDeviceSigner:
    """Signer with a random device id: a hub refuses the request, and signs the refusal for that id."""

    def claim(self, method: str, target: str, body: bytes) -> Claim:
        return Claim(os.urandom(16).hex(), 1, os.urandom(64).hex())

    def again(self, claim: Claim, said: bytes, turn: int) -> bool:
        return False


def is_hub_at(url: str, hub_key: str, timing: Timing = Timing()) -> bool:  # noqa: B008 - a frozen value
    """Return whether the host there has the hub's own key; the random id in the answer rules out a replay.

    Raises CentralUnavailable if nothing answers.
    """
    host = Host(url, RandomDeviceSigner(), None, timing)
    try:
        reply = host.get(f"{API}/cards/{NOBODY}", MOST_ANSWER)
    finally:
        host.close()
    assert reply.claim is not None
    text = request_signature.answer_text(reply.claim.device, reply.claim.counter, reply.body)
    return reply.status == 401 and request_signature.verifies(hub_key, text, reply.signature)
