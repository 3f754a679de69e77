"""Refuse a full sheet that would close so many records that it has probably been truncated.

A full sheet implies that every record it does not name is closed.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from hub.csv_sheets.csv_reader import BadSheet

Key = TypeVar("Key")

FEW = 10
"""Number of records that may always be closed: a fifth would be too strict for a small library."""
MOST = 5
"""Divisor: a sheet may close at most a fifth of the records unless staff permit more."""
CHUNK = 500


class EndsTooMuch(BadSheet):
    """A sheet would close so many records that it is probably truncated. The text says what to do."""


def guard(what: str, ending: int, there: int, *, allowed: bool) -> None:
    """Check a sheet before it closes records.

    Raises:
        EndsTooMuch: The sheet is probably truncated.
    """
    if ending <= FEW or ending * MOST <= there or allowed:
        return
    raise EndsTooMuch(
        f"the full file lists {there - ending} of the {there} {what} in the hub and would end {ending}; "
        "nothing was imported. Check whether it is truncated; if it is correct, use --most-may-end"
    )


def chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Split the keys into chunks that every database accepts in one query."""
    return (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
