"""Decrypt and verify callbacks of WeChat in secure mode (安全模式), and encrypt the replies.

The signature covers the encrypted text, so an observer of one cannot forge another. Unencrypted callbacks are
rejected.
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


class CallbackRejected(Exception):
    """The callback is not from WeChat, not for this account, or expired. `args[0]` is which of them."""


class Envelope:
    """Cipher and signature of one official account, with the token and key that are registered at WeChat."""

    def __init__(self, app_id: str, token: str, key: str) -> None:
        self._app_id, self._token = app_id.encode(), token
        self._key = b64decode(key + "=")

    def signature(self, timestamp: str, nonce: str, text: str = "") -> str:
        """Return the SHA-1 signature of token, time, nonce and encrypted text, as WeChat calculates it."""
        parts = sorted((self._token, timestamp, nonce, *([text] if text else [])))
        return hashlib.sha1("".join(parts).encode()).hexdigest()

    def verify_greeting(self, signature: str, timestamp: str, nonce: str, now: datetime) -> None:
        """Verify the request by which WeChat checks the URL once.

        Raises:
            CallbackRejected: If the signature or the time is wrong.
        """
        self._verify(signature, self.signature(timestamp, nonce), timestamp, now)

    def decrypt(self, raw: bytes, signature: str, timestamp: str, nonce: str, now: datetime) -> dict[str, str]:
        """Return the fields of an event.

        Raises:
            CallbackRejected: If the callback is not authentic.
        """
        found = SEALED.search(raw)
        if found is None:
            raise CallbackRejected("not_sealed")
        text = found[1].decode()
        self._verify(signature, self.signature(timestamp, nonce, text), timestamp, now)
        return _fields(self._decrypt(text))

    def encrypt(self, words: str, now: datetime) -> bytes:
        """Return an encrypted reply, dated `now`."""
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

    def _verify(self, signature: str, right: str, timestamp: str, now: datetime) -> None:
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise CallbackRejected("signature")
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp[:12])) > FRESH.total_seconds():
            raise CallbackRejected("not_now")

    def _decrypt(self, text: str) -> bytes:
        try:
            cipher = self._cipher().decryptor()
            whole = cipher.update(b64decode(text, validate=True)) + cipher.finalize()
        except ValueError:
            raise CallbackRejected("damaged") from None
        size = int.from_bytes(whole[16:20])
        plain, behind = whole[20 : 20 + size], whole[20 + size :]
        if behind[: len(self._app_id)] != self._app_id:
            raise CallbackRejected("another_account")
        return plain

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def _fields(xml: bytes) -> dict[str, str]:
    """Parse the event. Only XML that WeChat signed reaches this function."""
    try:
        return {each.tag: (each.text or "").strip() for each in safe.fromstring(xml, forbid_dtd=True)}
    except (ElementTree.ParseError, DefusedXmlException):
        raise CallbackRejected("not_xml") from None
