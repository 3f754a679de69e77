"""Hash the codes of technicians, who sign in at a kiosk, for kiosk.toml."""

from __future__ import annotations

import hashlib
import hmac
import secrets

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


def is_code(code: str, hashed: str) -> bool:
    """Return whether the hash, as `hash_code` writes it, is that of the code."""
    _, salt, known = hashed.split(":")
    return hmac.compare_digest(_scrypt(code, bytes.fromhex(salt)), bytes.fromhex(known))


def _scrypt(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(code.encode(), salt=salt, n=ROUNDS, r=8, p=1, dklen=32)
