"""How a kiosk signs what it asks, as docs/wire.md has it; both ends share these texts, and neither keeps a key here."""

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
"""Of a one-time code: none looks like another."""
LOOK_UP, SECRET = 4, 12
"""Letters of a code by which it is found, and 60 bits that only its holder knows."""
MEANT = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of itself: who sent it, its number, and the signature that proves both."""

    device: str
    counter: int
    signature: str

    @property
    def header(self) -> str:
        return f"{SCHEME} {self.device} {self.counter} {self.signature}"


def read_claim(header: str) -> Claim | None:
    """The claim of an Authorization header; None where it is not of our scheme, letter by letter."""
    found = CLAIM.fullmatch(header)
    if found is None or int(found[2]) > LARGEST_COUNTER:
        return None
    return Claim(found[1], int(found[2]), found[3])


def request_text(device: str, counter: int, method: str, target: str, body: bytes) -> bytes:
    """What is signed of a request. `target` is path and query, the path from /api on, escaped in whatever way."""
    path, _, query = target.partition("?")
    return _lines(
        "kiosk-request 1", device, str(counter), method, escaped(unquote_to_bytes(path)), query, _digest(body)
    )


def escaped(path: bytes | str) -> str:
    """A path in the one form that is signed: letters, digits, -._~/ stand for themselves, the rest is %XX of UTF-8."""
    return quote(path, safe="/")


def enrolment_text(code: str, public_key: str) -> bytes:
    """What a device signs to show that it holds the key that it wants to be known by."""
    return _lines("kiosk-enrolment 1", code, public_key)


def answer_text(to: str, counter: int, body: bytes) -> bytes:
    """What the hub signs of an answer: to the device, or to the public key that asks to be enrolled (counter 0)."""
    return _lines("hub-answer 1", to, str(counter), _digest(body))


def sign(key: bytes, text: bytes) -> str:
    """The Ed25519 signature in hex. `key` is the private key's seed of 32 bytes."""
    return SigningKey(key).sign(text).signature.hex()


def public_of(key: bytes) -> str:
    """The public key in hex."""
    return bytes(SigningKey(key).verify_key).hex()


def verifies(public_key: str, text: bytes, signature: str) -> bool:
    """False for whatever is no signature of that key over that text, readable or not."""
    try:
        VerifyKey(bytes.fromhex(public_key)).verify(text, bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def plain_code(typed: str) -> str:
    """A one-time code as it is hashed and signed, whatever case, blanks and dashes it was typed with; may be none."""
    return re.sub(r"[\s-]", "", typed).upper().translate(MEANT)


def is_code(code: str) -> bool:
    return len(code) == LOOK_UP + SECRET and all(letter in LETTERS for letter in code)


def shown_code(code: str) -> str:
    """In groups of four, as people read it to each other."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _lines(*parts: str) -> bytes:
    return "\n".join(parts).encode()
