"""Locate the hub's store of cover pictures, in its state directory."""

from django.conf import settings

from lending.cover_store import CoverStore


def hub_store() -> CoverStore:
    """Return the store. Backups leave it out, because it can be fetched again."""
    return CoverStore(settings.STATE / "covers")
