"""Build URLs of the hub's pages, and encrypted links for patrons, each limited to one purpose and an expiry time."""

import base64
import json
from datetime import UTC, datetime
from hashlib import blake2b

from django.conf import settings
from django.urls import reverse
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from hub.core.clock import hub_clock
from hub.core.state_directory import secret


def url(purpose: str, subject: str, until: datetime) -> str:
    """Return the URL of the page named `purpose`, which takes one `token`; the subject is encrypted in it."""
    return public_url(purpose, token(purpose, subject, until))


def token(purpose: str, subject: str, until: datetime) -> str:
    """Encrypt the subject for this purpose, valid until `until`."""
    text = json.dumps([int(until.timestamp()), subject], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(_box(purpose).encrypt(text.encode())).decode().rstrip("=")


def subject_of_token(purpose: str, token: str) -> str | None:
    """Return the subject; None if the token is for another purpose, expired or was changed."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        until, subject = json.loads(_box(purpose).decrypt(sealed))
    except (CryptoError, ValueError):
        return None
    return str(subject) if hub_clock().now() < datetime.fromtimestamp(until, UTC) else None


def _box(purpose: str) -> SecretBox:
    return SecretBox(blake2b(purpose.encode(), key=bytes.fromhex(secret("link_key")), digest_size=32).digest())


def public_url(view: str, *args: object) -> str:
    """Return the absolute URL of a view at the library's public address."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(view, args=args)}"
