"""Registers kiosks and knows them again by their tokens; keeps a token's hash only."""

import hashlib
import secrets
from datetime import datetime, timedelta

from kiosk.hub.catalogue.models import Branch
from kiosk.hub.circulation.models import Kiosk

SEEN = timedelta(minutes=1)
"""How exactly the hub notes when a kiosk was last seen."""


def token_hash(token: str) -> str:
    """Hashes a token; it is 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def register(name: str, branch: Branch) -> tuple[Kiosk, str]:
    """Adds a kiosk, or gives a known one a new token; the token is told this once."""
    token = secrets.token_urlsafe(32)
    kiosk, _ = Kiosk.objects.update_or_create(
        name=name, defaults={"branch": branch, "token_hash": token_hash(token), "revoked_at": None}
    )
    return kiosk, token


def known(token: str, now: datetime) -> Kiosk | None:
    """Finds the kiosk with that token and notes that it was seen; None when there is none or it was revoked."""
    found = Kiosk.objects.select_related("branch").filter(token_hash=token_hash(token), revoked_at=None).first()
    if found is not None and (found.seen_at is None or not found.seen_at <= now < found.seen_at + SEEN):
        Kiosk.objects.filter(pk=found.pk).update(seen_at=now)
    kiosk: Kiosk | None = found
    return kiosk
