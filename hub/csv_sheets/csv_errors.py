"""Name the faults of a cell, so that pages can describe them in any language."""

from dataclasses import dataclass
from enum import StrEnum


class Wrong(StrEnum):
    """The kind of fault in a cell."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    """It is not one of the values that exist here."""
    NO_DATE = "no_date"
    TO_COME = "to_come"
    NO_NUMBER = "no_number"
    TWICE = "twice"
    """It occurs in an earlier line already."""
    REPEATED = "repeated"
    """It repeats the value of another cell of the same row."""
    NOBODYS = "nobodys"
    """What it refers to was not imported yet: there is no such patron, item or record."""
    NEWER = "newer"
    """It contradicts a newer transaction of a kiosk."""
    ANOTHERS = "anothers"
    """It belongs to another patron here."""
    FORM = "form"
    """Its format is wrong."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What a cell contains, and what contradicts it in the hub; patron data is abbreviated."""

    wrong: Wrong
    column: str
    there: str
    here: str = ""
