"""Opens what WeChat posts to the hub and seals what the hub answers, as its safe mode has it; knows no event.

The signature covers the sealed text, so nobody who has seen one can make another; a text in clear is not taken.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from xml.etree import ElementTree

import defusedxml.ElementTree as safe
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml import DefusedXmlException

FRESH = timedelta(minutes=5)
BLOCK = 32
SEALED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]{24,20000})(?:\]\]>)?\s*</Encrypt>")


class NotOurs(Exception):
    """It was not WeChat that sent this, or not to us, or not now. `args[0]` says which."""


class Envelope:
    """`token` and `key` are what the library has written at the provider; `app_id` is whose letters these are."""

    def __init__(self, app_id: str, token: str, key: str) -> None:
        self._app_id, self._token = app_id.encode(), token
        self._key = b64decode(key + "=")

    def signature(self, timestamp: str, nonce: str, text: str = "") -> str:
        parts = sorted((self._token, timestamp, nonce, *([text] if text else [])))
        return hashlib.sha1("".join(parts).encode()).hexdigest()

    def greeted(self, signature: str, timestamp: str, nonce: str, now: datetime) -> None:
        """The provider asks once whether somebody lives here. Raises NotOurs."""
        self._judged(signature, self.signature(timestamp, nonce), timestamp, now)

    def opened(self, raw: bytes, signature: str, timestamp: str, nonce: str, now: datetime) -> dict[str, str]:
        """The event's fields. Raises NotOurs."""
        found = SEALED.search(raw)
        if found is None:
            raise NotOurs("not_sealed")
        text = found[1].decode()
        self._judged(signature, self.signature(timestamp, nonce, text), timestamp, now)
        return _fields(self._unsealed(text))

    def sealed(self, words: str, now: datetime) -> bytes:
        """An answer in the event's own time."""
        plain = words.encode()
        whole = secrets.token_bytes(16) + len(plain).to_bytes(4) + plain + self._app_id
        pad = BLOCK - len(whole) % BLOCK
        cipher = self._cipher().encryptor()
        text = b64encode(cipher.update(whole + bytes([pad]) * pad) + cipher.finalize()).decode()
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        signature = self.signature(timestamp, nonce, text)
        return (
            f"<xml><Encrypt><![CDATA[{text}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    def _judged(self, signature: str, right: str, timestamp: str, now: datetime) -> None:
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise NotOurs("signature")
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp[:12])) > FRESH.total_seconds():
            raise NotOurs("not_now")

    def _unsealed(self, text: str) -> bytes:
        try:
            cipher = self._cipher().decryptor()
            whole = cipher.update(b64decode(text, validate=True)) + cipher.finalize()
        except ValueError:
            raise NotOurs("damaged") from None
        size = int.from_bytes(whole[16:20])
        plain, behind = whole[20 : 20 + size], whole[20 + size :]
        if behind[: len(self._app_id)] != self._app_id:
            raise NotOurs("another_account")
        return plain

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _fields(xml: bytes) -> dict[str, str]:
    """What was signed by WeChat may be read as XML; what was not has not come this far."""
    try:
        return {each.tag: (each.text or "").strip() for each in safe.fromstring(xml, forbid_dtd=True)}
    except (ElementTree.ParseError, DefusedXmlException):
        raise NotOurs("not_xml") from None
