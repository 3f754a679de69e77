"""The technicians whom a kiosk knows, each by a code of her own that rests as a hash; knows no patron."""

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
"""The most that the kiosk's own pad types."""
ROUNDS = 1 << 14
"""Of scrypt (RFC 7914), with r = 8 and p = 1: about 50 ms and 16 MB on a Pi 4 (estimate)."""


def hash_code(code: str) -> str:
    """What kiosk.toml keeps of a code: `scrypt:SALT:HASH` in hex. Raises ValueError when it is too easily guessed."""
    typed = code.isascii() and code.isdecimal() and LEAST_DIGITS <= len(code) <= MOST_DIGITS
    if not typed or len(set(code)) < 3:
        raise ValueError(f"a code has {LEAST_DIGITS} to {MOST_DIGITS} digits, and at least three different ones")
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(code, salt).hex()}"


def _scrypt(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(code.encode(), salt=salt, n=ROUNDS, r=8, p=1, dklen=32)


class Technicians:
    def __init__(self, hashes: Mapping[str, str]) -> None:
        """Hashes by name."""
        self._hashes = hashes

    async def known(self, code: str) -> TechnicianKnown:
        """Whose code it is; every hash is looked at, so that the time tells nothing."""
        name = await asyncio.to_thread(self._whose, code)
        log.info("technician %s signs in", name) if name else log.warning("a technician's code was wrong")
        return TechnicianKnown(name, bool(self._hashes))

    def _whose(self, code: str) -> str | None:
        found = None
        for name, kept in self._hashes.items():
            _, salt, known = kept.split(":")
            if hmac.compare_digest(_scrypt(code, bytes.fromhex(salt)), bytes.fromhex(known)):
                found = name
        return found
