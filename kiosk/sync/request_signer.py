"""Signs each request as this kiosk's device and knows what to do when the hub does not take one; sends nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiosk.sync.identity import HOW, Identity, IdentityFile, NotEnrolled
from kiosk.sync.request_counter import RequestCounter
from lending import wire
from lending.request_signature import Claim, request_text, sign
from lending.wire.fleet import SignatureRefusal

TRIES = 4
"""Times that one request is sent where the hub has seen a higher number meanwhile."""


class Signer:
    """May be used from several threads. Takes up a new identity by itself when the hub refuses the one before it."""

    def __init__(
        self,
        load: Callable[[], Identity],
        counter: RequestCounter,
        keep_seal: Callable[[str, str], bool] = lambda device, key: False,
    ) -> None:
        """`keep_seal` writes down a new key of the hub's for that device, where it still is one. Raises NotEnrolled."""
        self._load = load
        self._counter = counter
        self._keep_seal = keep_seal
        self._lock = threading.Lock()
        self._identity = load()

    @classmethod
    def of(cls, state: Path) -> Signer:
        """The device whose identity lies in the kiosk's state folder. Raises NotEnrolled."""
        file = IdentityFile(state)
        signer = cls(file.load, RequestCounter(file.counter), file.seal_to)
        if not signer.identity.seal_key:
            raise NotEnrolled(f"{file.path} is of an earlier version and has no key to seal transactions to: {HOW}")
        return signer

    @property
    def identity(self) -> Identity:
        return self._identity

    def seal_to(self, device: str, key: str) -> None:
        """From now on what that device keeps is sealed to this key of its hub: on disk first. Raises OSError."""
        with self._lock:
            if self._identity.device == device and self._identity.seal_key != key and self._keep_seal(device, key):
                self._identity = replace(self._identity, seal_key=key)

    def claim(self, method: str, target: str, body: bytes) -> Claim:
        """`target` is path and query from /api on. Every sending needs a claim of its own."""
        who, counter = self._identity, self._counter.next()
        return Claim(
            who.device, counter, sign(who.private_key, request_text(who.device, counter, method, target, body))
        )

    def again(self, claim: Claim, said: bytes, turn: int) -> bool:
        """A 401 came: is it worth another try? `turn` counts from 1."""
        if turn >= TRIES:
            return False
        match refusal(said):
            case "old_counter":
                if turn > 1:  # the first time another thread's request, sent later, came in before it
                    self._counter.leap()
                return True
            case "revoked" | "unknown_device" | "bad_signature":
                return self._is_another_now(claim.device)
            case _:
                return False

    def _is_another_now(self, device: str) -> bool:
        """Somebody has enrolled the kiosk anew while it ran."""
        with self._lock:
            if self._identity.device == device:
                try:
                    self._identity = self._load()
                except NotEnrolled:
                    return False
            return self._identity.device != device


def refusal(said: bytes) -> str:
    """Why the hub does not take a request, as docs/wire.md names it; empty where somebody else speaks."""
    try:
        return wire.parse(SignatureRefusal, said).detail
    except ValueError:
        return ""
