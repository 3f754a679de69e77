"""What stands beside "Show your first book" for whoever has just begun, or stayed away. Knows no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lending.showcase import NewTitle


@dataclass(frozen=True, slots=True)
class Guide:
    """How it works here, by the rules that hold for her."""

    words: Mapping[str, str]
    """The library's own, by language; without any the screen has some."""
    days: int = 0
    """For how long a book is lent; 0 where that is not said in days."""
    renews: bool = False
    phone: bool = False
    """Her loans are on her phone too."""
    finds: bool = False


@dataclass(frozen=True, slots=True)
class NewTitles:
    """What is new in the library, for anybody."""

    words: Mapping[str, str]
    titles: tuple[NewTitle, ...]


Shown = Guide | NewTitles
