"""Sign and verify kiosk requests and hub responses with Ed25519, as specified in docs/wire.md."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

SCHEME = "Kiosk"
LARGEST_COUNTER = 2**63 - 1
CLAIM = re.compile(r"Kiosk ([0-9a-f]{32}) ([1-9][0-9]{0,18}) ([0-9a-f]{128})")
ANSWER_HEADER = "Hub-Signature"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Alphabet of one-time codes, without characters that look alike."""
LOOK_UP, SECRET = 4, 12
"""Characters that look up a code, and characters that carry 60 secret bits."""
MEANT = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Claim:
    """Authorization of a request: device, request counter, and the signature over both and the request."""

    device: str
    counter: int
    signature: str

    @property
    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"{SCHEME} {self.device} {self.counter} {self.signature}"


def read_claim(header: str) -> Claim | None:
    """Parse an Authorization header; None unless it matches our scheme exactly."""
    found = CLAIM.fullmatch(header)
    if found is None or int(found[2]) > LARGEST_COUNTER:
        return None
    return Claim(found[1], int(found[2]), found[3])


def request_text(device: str, counter: int, method: str, target: str, body: bytes) -> bytes:
    """Return the text that is signed for a request.

    `target` is path and query; the path starts with /api and may be in any percent-encoding.
    """
    path, _, query = target.partition("?")
    return _lines(
        "kiosk-request 1", device, str(counter), method, escape_path(unquote_to_bytes(path)), query, _digest(body)
    )


def escape_path(path: bytes | str) -> str:
    """Percent-encode a path canonically: letters, digits and -._~/ unchanged, all else as %XX of UTF-8."""
    return quote(path, safe="/")


def enrolment_text(code: str, public_key: str) -> bytes:
    """Return the text that a device signs to prove that it holds the private key it enrols with."""
    return _lines("kiosk-enrolment 1", code, public_key)


def answer_text(to: str, counter: int, body: bytes) -> bytes:
    """Return the text that the hub signs for a response.

    `to` is the device id, or the public key that is being enrolled (then `counter` is 0).
    """
    return _lines("hub-answer 1", to, str(counter), _digest(body))


def settings_text(device: str, document: str) -> bytes:
    """Return the text that the hub signs for a document of settings; it is valid for one device."""
    return _lines("kiosk-settings 1", device, _digest(document.encode()))


def sign(key: bytes, text: bytes) -> str:
    """Return the Ed25519 signature in hex. `key` is the 32-byte seed of the private key."""
    return SigningKey(key).sign(text).signature.hex()


def public_of(key: bytes) -> str:
    """Return the public key in hex."""
    return bytes(SigningKey(key).verify_key).hex()


def verifies(public_key: str, text: bytes, signature: str) -> bool:
    """Return whether this is the key's signature over the text; False for malformed input too."""
    try:
        VerifyKey(bytes.fromhex(public_key)).verify(text, bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def plain_code(typed: str) -> str:
    """Normalise a typed one-time code (case, blanks, dashes, look-alikes) to the form that is hashed and signed."""
    return re.sub(r"[\s-]", "", typed).upper().translate(MEANT)


def is_code(code: str) -> bool:
    """Return whether a text has the form of an enrolment code."""
    return len(code) == LOOK_UP + SECRET and all(letter in LETTERS for letter in code)


def format_code(code: str) -> str:
    """Format a code in groups of four for reading aloud."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _lines(*parts: str) -> bytes:
    return "\n".join(parts).encode()
