"""Keeps a sheet that was cut off from ending what it does not name: a full sheet says that all else is over."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from hub.csv_sheets.csv_reader import BadSheet

Key = TypeVar("Key")

FEW = 10
"""So many may always end: a small library's day would be more than a fifth."""
MOST = 5
"""A fifth: one sheet ends no more of what there was, but where somebody says so."""
CHUNK = 500


class EndsTooMuch(BadSheet):
    """A sheet would end so many that it is more likely cut off. The text says what it would end, and what to do."""


def guard(what: str, ending: int, there: int, *, allowed: bool) -> None:
    """Raises EndsTooMuch."""
    if ending <= FEW or ending * MOST <= there or allowed:
        return
    raise EndsTooMuch(
        f"the full sheet names {there - ending} of the {there} {what} that are here, and would end {ending}: "
        "nothing was taken of it. Look whether it is cut off; where it is right say --most-may-end"
    )


def chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """So many as every database takes in one question."""
    return (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
