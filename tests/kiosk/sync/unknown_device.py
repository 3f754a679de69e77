"""Provide the identity of a device unknown to every hub, with a valid signer."""

from __future__ import annotations

import itertools
from pathlib import Path

from kiosk.sync.identity import Identity, IdentityFile
from kiosk.sync.request_signer import RequestCounter, Signer

STRANGER = Identity("0" * 32, "unknown", "ab" * 32, b"n" * 32, bytes.fromhex("ab" * 32), seal_key="ab" * 32)
NO_FILE = Path("/missing/counter")


def unknown_signer(identity: Identity = STRANGER) -> Signer:
    """Return a signer that numbers requests from 1 and stores nothing."""
    return Signer(lambda: identity, RequestCounter(NO_FILE, itertools.repeat(0).__next__))


def write_unknown_identity(state: Path) -> None:
    """Write the identity into a state folder, as an enrolment would."""
    file = IdentityFile(state)
    file.begin()
    file.keep(STRANGER)
    file.adopt()
