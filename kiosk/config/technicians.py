"""Verify technicians' codes, each stored as a scrypt hash."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping

from kiosk.events import TechnicianKnown

log = logging.getLogger(__name__)

LEAST_DIGITS, MOST_DIGITS = 6, 12
"""Digits of a code; the upper limit is that of the kiosk's own keypad."""
ROUNDS = 1 << 14
"""Cost N of scrypt (RFC 7914), with r = 8 and p = 1: about 50 ms and 16 MB on a Pi 4 (estimate)."""


def hash_code(code: str) -> str:
    """Hash a code for kiosk.toml: `scrypt:SALT:HASH` in hex. Raises ValueError if it is too easily guessed."""
    typed = code.isascii() and code.isdecimal() and LEAST_DIGITS <= len(code) <= MOST_DIGITS
    if not typed or len(set(code)) < 3:
        raise ValueError(f"a code has {LEAST_DIGITS} to {MOST_DIGITS} digits, and at least three different ones")
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(code, salt).hex()}"


def _scrypt(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(code.encode(), salt=salt, n=ROUNDS, r=8, p=1, dklen=32)


class Technicians:
    """The technicians who may sign in, by code."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """Take the hashes by name."""
        self._hashes = hashes

    async def verify(self, code: str) -> TechnicianKnown:
        """Return whose code it is; every hash is compared, so that the time reveals nothing."""
        name = await asyncio.to_thread(self._name_for, code)
        log.info("Technician %s signed in", name) if name else log.warning("Wrong technician code")
        return TechnicianKnown(name, bool(self._hashes))

    def _name_for(self, code: str) -> str | None:
        found = None
        for name, kept in self._hashes.items():
            _, salt, known = kept.split(":")
            if hmac.compare_digest(_scrypt(code, bytes.fromhex(salt)), bytes.fromhex(known)):
                found = name
        return found
