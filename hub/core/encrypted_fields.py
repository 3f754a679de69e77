"""Encrypt text fields in the database with a key from the state directory."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from hub.core.state_directory import secret

NAME = "contact_key"
MARK = "box1:"
"""Prefix of an encrypted text: XSalsa20-Poly1305 with a random nonce, in base64."""


class KeyIsAnother(Exception):
    """The key in the state directory is not the one with which this text was encrypted."""

    def __init__(self) -> None:
        super().__init__(
            f"{settings.STATE}/{NAME} is not the key of this database's contacts: put the file {NAME} of this hub's "
            "backup there"
        )


class EncryptedText(str):
    """A text as stored in the database. It is decrypted only on purpose, by `opened()`."""

    __slots__ = ()

    def decrypt(self) -> str:
        """Return the plain text.

        Raises:
            KeyIsAnother: The text was encrypted with another key.
        """
        if not self:
            return ""
        try:
            return SecretBox(_key("box")).decrypt(b64decode(self.removeprefix(MARK), validate=True)).decode()
        except (CryptoError, ValueError):
            raise KeyIsAnother from None


def encrypt(text: str) -> EncryptedText:
    """Encrypt a text with a random nonce; return a Box or an empty text unchanged.

    A plain text that starts with `MARK` is encrypted like any other.
    """
    if not text or isinstance(text, EncryptedText):
        return EncryptedText(text)
    return EncryptedText(MARK + b64encode(SecretBox(_key("box")).encrypt(text.encode())).decode())


def keyed_hash(about: str, text: str) -> str:
    """Return a keyed hash (64 hex digits) by which an encrypted text can be found.

    `about` separates the kinds of texts.
    """
    return hmac.new(_key("find"), f"{about}\n{text}".encode(), hashlib.sha256).hexdigest()


def _key(use: str) -> bytes:
    """Derive a separate key for each use from the one secret."""
    return hmac.new(bytes.fromhex(secret(NAME, settings.STATE)), use.encode(), hashlib.sha256).digest()


class _Sealing(DeferredAttribute):
    """Encrypt a value on assignment, so that no instance holds plain text even before it is saved."""

    def __set__(self, instance: models.Model, value: str) -> None:
        instance.__dict__[self.field.attname] = encrypt(value)


class EncryptedTextField(models.TextField):
    """A text field that is encrypted on assignment and read as a Box.

    It cannot be searched: store a keyed hash for that. Deserialised values arrive through `to_python` and are encrypted
    already.
    """

    descriptor_class = _Sealing

    def to_python(self, value: Any) -> Any:
        return EncryptedText(value) if isinstance(value, str) and value.startswith(MARK) else super().to_python(value)

    def from_db_value(self, value: str | None, *_given: object) -> EncryptedText | None:
        return None if value is None else EncryptedText(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(encrypt(value) if isinstance(value, str) else value)
