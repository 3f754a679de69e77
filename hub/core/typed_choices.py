"""Give the type checker a typed view of Django's `TextChoices`; at run time it is Django's own class."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

__all__ = ["TextChoices"]
