"""Keeps texts unreadable in the database: the key lies in the state directory, beside it and never in it."""

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
"""How a sealed text begins: XSalsa20-Poly1305 with a nonce of its own, in base64."""


class KeyIsAnother(Exception):
    """The key in the state directory is not the one that this text was sealed with."""

    def __init__(self) -> None:
        super().__init__(
            f"{settings.STATE}/{NAME} is not the key of this database's contacts: put the file {NAME} of this hub's "
            "backup there"
        )


class Box(str):
    """A text as it lies in the database. Nobody reads it by accident: `opened()` does."""

    __slots__ = ()

    def opened(self) -> str:
        """The text in clear. Raises KeyIsAnother."""
        if not self:
            return ""
        try:
            return SecretBox(_key("box")).decrypt(b64decode(self.removeprefix(MARK), validate=True)).decode()
        except (CryptoError, ValueError):
            raise KeyIsAnother from None


def sealed(text: str) -> Box:
    """Seals a text, each time into another one; a Box, or nothing, stays as it is. What only looks sealed is a text."""
    if not text or isinstance(text, Box):
        return Box(text)
    return Box(MARK + b64encode(SecretBox(_key("box")).encrypt(text.encode())).decode())


def keyed(about: str, text: str) -> str:
    """A keyed hash by which a text is found without being kept: 64 hex digits. `about` keeps kinds of texts apart."""
    return hmac.new(_key("find"), f"{about}\n{text}".encode(), hashlib.sha256).hexdigest()


def _key(use: str) -> bytes:
    """One secret, a key of its own for each use."""
    return hmac.new(bytes.fromhex(secret(NAME, settings.STATE)), use.encode(), hashlib.sha256).digest()


class _Sealing(DeferredAttribute):
    """Seals whatever is set, so that no row holds a clear text even before it is saved."""

    def __set__(self, instance: models.Model, value: str) -> None:
        instance.__dict__[self.field.attname] = sealed(value)


class EncryptedTextField(models.TextField):
    """A text that is sealed as soon as it is set; reading gives a Box. It cannot be searched: keep a keyed hash.

    What is restored comes by `to_python` and is sealed already.
    """

    descriptor_class = _Sealing

    def to_python(self, value: Any) -> Any:
        return Box(value) if isinstance(value, str) and value.startswith(MARK) else super().to_python(value)

    def from_db_value(self, value: str | None, *_given: object) -> Box | None:
        return None if value is None else Box(value)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(sealed(value) if isinstance(value, str) else value)
