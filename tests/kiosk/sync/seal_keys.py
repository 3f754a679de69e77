"""Provide a hub's keys, and a deterministic seal, so that a seed reproduces a run."""

from __future__ import annotations

import hashlib
import itertools

from nacl.bindings import crypto_box, crypto_box_NONCEBYTES
from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.public import PrivateKey

from kiosk.central import JournalRow
from kiosk.sync.hub_client import HubSeal
from kiosk.sync.identity import Identity
from lending import sealing
from lending.model import CardRef

HUBS = "5e" * 32
"""Private key of the hub."""
IDENTITY = Identity("0" * 32, "front", "", b"p" * 32, b"c" * 32, seal_key=sealing.public_of(HUBS))


class DealtSeal(HubSeal):
    """A libsodium sealed box whose sender key derives from the text and a counter."""

    def __init__(self, identity: Identity = IDENTITY) -> None:
        super().__init__(lambda: identity)
        self._dealt = itertools.count()

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        ours = PrivateKey(hashlib.sha256(f"{next(self._dealt)} {body}".encode()).digest())
        public, hubs = bytes(ours.public_key), bytes.fromhex(self._identity().seal_key)
        nonce = blake2b(public + hubs, digest_size=crypto_box_NONCEBYTES, encoder=RawEncoder)
        return sealing.frame_box(
            self._identity().seal_key, public + crypto_box(body.encode(), nonce, hubs, bytes(ours))
        )


def plain(row: JournalRow) -> str:
    """Return the body as decrypted by the hub."""
    box = sealing.read(row.body)
    return sealing.decrypt(HUBS, box) if box else row.body
