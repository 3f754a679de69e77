"""Django's choices as the type checker is to see them: an enumeration of texts, each with its words; adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enum import StrEnum
    from typing import ClassVar

    class TextChoices(StrEnum):
        """What `django.db.models.TextChoices` is, told in types."""

        def __new__(cls, value: str, label: object = "") -> TextChoices: ...

        label: str
        choices: ClassVar[list[tuple[str, str]]]
        values: ClassVar[list[str]]
        labels: ClassVar[list[str]]

else:
    from django.db.models import TextChoices

__all__ = ["TextChoices"]
