"""Store what all processes of the hub share, and give the type checker a typed view of `TextChoices`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models

from hub.core.prepared_queries import prepared_query

if TYPE_CHECKING:
    from enum import StrEnum
    from typing import ClassVar

    class TextChoices(StrEnum):
        """Typed stand-in for `django.db.models.TextChoices`."""

        def __new__(cls, value: str, label: object = "") -> TextChoices: ...

        label: str
        choices: ClassVar[list[tuple[str, str]]]
        values: ClassVar[list[str]]
        labels: ClassVar[list[str]]

else:
    from django.db.models import TextChoices


class SettingsRow(models.Model):
    """Settings of the library in one row; until staff save them the defaults apply."""

    class Meta:
        abstract = True

    @classmethod
    def now(cls) -> Self:
        """Return the library's settings, or the defaults."""
        rows: list[Self] = _first_row(cls._meta.label)()
        return rows[0] if rows else cls()


@functools.cache
def _first_row(label: str) -> Callable[[], list[Any]]:
    """Return the query for the settings row of a model, which most pages run."""
    rows = apps.get_model(label).objects
    return prepared_query(lambda: rows.order_by("pk")[:1])


class SharedNumber(models.Model):
    """A number of the demo mode that all processes read: the clock's offset, or a refusal that was requested."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class Attempt(models.Model):
    """A counted attempt. `hub.core.throttle` limits them."""

    who = models.CharField(max_length=64)
    """Keyed hash of the throttle's scope and of the address, kiosk, patron or code."""
    mark = models.CharField(max_length=16, blank=True, default="")
    """Distinguishes attempts that count once each."""
    at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    """When it no longer counts."""

    class Meta:
        indexes = (models.Index(fields=("who", "at")),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"

    def give_back(self) -> None:
        """Let the attempt no longer count."""
        self.delete()
