"""Provide the identity of a device that no hub knows; it signs like any other."""

from __future__ import annotations

import itertools
from pathlib import Path

from kiosk.sync.identity import Identity, IdentityFile
from kiosk.sync.request_counter import RequestCounter
from kiosk.sync.request_signer import Signer

NOBODY = Identity("0" * 32, "nobody", "ab" * 32, b"n" * 32, bytes.fromhex("ab" * 32), seal_key="ab" * 32)
NOWHERE = Path("/nowhere/counter")


def nobodys_signer(identity: Identity = NOBODY) -> Signer:
    """Numbers its requests from 1 and keeps nothing."""
    return Signer(lambda: identity, RequestCounter(NOWHERE, itertools.repeat(0).__next__))


def nobody_lives_in(state: Path) -> None:
    """Writes the identity into a kiosk's state folder, as an enrolment would."""
    file = IdentityFile(state)
    file.begin()
    file.keep(NOBODY)
    file.adopt()
