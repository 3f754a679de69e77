"""Counts what changes of the things that kiosks are told; circulation's own acts are in its feed and not here."""

from collections.abc import Iterable

from django.db.models import F, Model
from django.db.models.signals import post_delete, post_save

from kiosk.hub.catalogue.models import Edition

NOT_TOLD = frozenset({"condition", "status", "pin", "pin_failures", "pin_locked_until", "card_key_check"})
"""Fields that are saved by name alone: their change is in the feed, or no kiosk hears of it."""


def watch(tables: Iterable[type[Model]]) -> None:
    """Counts every row of these that is saved or deleted. What writes many rows at once calls `changed` itself."""
    for table in tables:
        post_save.connect(_saved, sender=table)
        post_delete.connect(_deleted, sender=table)


def changed() -> None:
    """Counts one change, in the transaction that makes it."""
    if not Edition.objects.filter(pk=1).update(number=F("number") + 1):
        Edition.objects.get_or_create(pk=1)


def current() -> int:
    """The number of changes so far."""
    number: int | None = Edition.objects.filter(pk=1).values_list("number", flat=True).first()
    return number or 0


def _saved(update_fields: frozenset[str] | None = None, **_told: object) -> None:
    if update_fields is None or not update_fields <= NOT_TOLD:
        changed()


def _deleted(**_told: object) -> None:
    changed()
