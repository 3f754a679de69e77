"""Define the panel shown next to the prompt for the first item: a guide, or new titles.

The guide is for patrons who are new or have not visited for a long time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lending.showcase import NewTitle


@dataclass(frozen=True, slots=True)
class Guide:
    """How borrowing works here, by the loan rules that apply to the patron."""

    words: Mapping[str, str]
    """Library's own text by language code; if empty, the screen uses a built-in text."""
    days: int = 0
    """Loan period in days; 0 if it is not defined in days."""
    renews: bool = False
    phone: bool = False
    """True if the patron's loans are also on the patron portal."""
    finds: bool = False


@dataclass(frozen=True, slots=True)
class NewTitles:
    """New titles of the library, the same for every patron."""

    words: Mapping[str, str]
    titles: tuple[NewTitle, ...]


Shown = Guide | NewTitles
