"""What may be wrong with a cell of a sheet, for pages that say it in any language; judges none."""

from dataclasses import dataclass
from enum import StrEnum


class Wrong(StrEnum):
    """What is wrong with a cell, for pages that say it in any language."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    """None of those that there are here."""
    NO_DATE = "no_date"
    TO_COME = "to_come"
    NO_NUMBER = "no_number"
    TWICE = "twice"
    """It stands in a line above already."""
    REPEATED = "repeated"
    """The value of another cell of the same row."""
    NOBODYS = "nobodys"
    """No patron has it, no item bears it, no record holds it: what it is about was not imported yet."""
    NEWER = "newer"
    """What a kiosk has told since is newer than the sheet, and contradicts it."""
    ANOTHERS = "anothers"
    """It is somebody else's here."""
    FORM = "form"
    """It is not written as such a thing is."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What a cell has, and what stands against it here; nothing of a patron's is whole in it."""

    wrong: Wrong
    column: str
    there: str
    here: str = ""
