"""Collect what the kiosk stated to the patrons as done, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.views import (
    Account,
    Borrowing,
    Feedback,
    LineState,
    OutOfOrder,
    Returning,
    View,
    VisitLine,
    VisitTask,
    Welcome,
    ground_of,
    lines_of,
)

PROMISED = (LineState.DONE, LineState.SAVED)


@dataclass(frozen=True, slots=True)
class Statement:
    """One line shown as done or saved.

    `transaction` is empty if the kiosk names none. `patron` is the central's reference of the card's owner, empty if no
    card was read.
    """

    transaction: str
    errand: VisitTask
    item: str
    due: datetime | None
    patron: str = ""


class PatronStatements:
    """Statements of a visit, in order."""

    def __init__(self) -> None:
        self._standing: dict[str, Statement] = {}
        self._undone: dict[str, Statement] = {}
        self._list: set[str] = set()

    @property
    def standing(self) -> Sequence[Statement]:
        return list(self._standing.values())

    @property
    def undone(self) -> Sequence[Statement]:
        """Statements that were undone, with the patron informed."""
        return list(self._undone.values())

    def hear(self, words: Sequence[Statement], *, undone: bool) -> None:
        """Take the current list, newest first. Lines that vanished count as undone if the screen says so."""
        now = {word.transaction for word in words}
        for gone in (self._list - now) if undone else ():
            if (word := self._standing.pop(gone, None)) is not None:
                self._undone[gone] = word
        self._standing |= {word.transaction: word for word in reversed(words)}
        self._list = now


def statements_of(view: View) -> dict[str, Any]:
    """Return a view's statements as JSON."""
    ground = ground_of(view)
    guest = None if isinstance(ground, Welcome | Feedback | OutOfOrder) else ground.guest
    notice = ground.notice if isinstance(ground, Welcome | Borrowing | Returning | Account) else ""
    words = [line for line in lines_of(ground) if line.state in PROMISED or (line.transaction and _is_asked(line))]
    return {
        "told": [
            {
                "transaction": line.transaction or "",
                "errand": line.errand.value,
                "item": line.item,
                "due": line.due.isoformat() if line.due else None,
                "patron": guest.ref if guest else "",
            }
            for line in words
        ],
        "undone": notice == "undone",
    }


def words_of(told: Sequence[Mapping[str, Any]]) -> tuple[Statement, ...]:
    """Parse the statements of `statements_of`."""
    return tuple(
        Statement(
            each["transaction"],
            VisitTask(each["errand"]),
            each["item"],
            datetime.fromisoformat(each["due"]) if each["due"] else None,
            each["patron"],
        )
        for each in told
    )


def _is_asked(line: VisitLine) -> bool:
    """Return True for a completed line while the kiosk checks whether it can be undone."""
    return line.state is LineState.CHECKING
