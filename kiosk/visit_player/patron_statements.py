"""Collect what the kiosk stated to the patrons as done, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    Details,
    Farewell,
    Feedback,
    Find,
    ForYou,
    Help,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    OutOfOrder,
    Refused,
    Registering,
    Returning,
    SignIn,
    Survey,
    Technician,
    TitlePage,
    TouchTest,
    View,
    VisitLine,
    VisitTask,
    Welcome,
    Writing,
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


def told_by(view: View) -> dict[str, Any]:
    """Return a view's statements as JSON."""
    bare = _bare(view)
    guest = None if isinstance(bare, Welcome | Feedback | OutOfOrder) else bare.guest
    words = [line for line in _lines(bare) if line.state in PROMISED or (line.transaction and _is_asked(line))]
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
        "undone": _notice(bare) == "undone",
    }


def words_of(told: Sequence[Mapping[str, Any]]) -> tuple[Statement, ...]:
    """Parse the statements of `told_by`."""
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


Bare = (
    Welcome
    | Identify
    | Borrowing
    | Returning
    | Account
    | ForYou
    | Details
    | AskLibrarian
    | Feedback
    | Find
    | TitlePage
    | Learn
    | Farewell
    | Blocked
    | OutOfOrder
)


def _bare(view: View) -> Bare:
    """Return the view below any overlay."""
    match view:
        case Refused() | Asking() | Survey() | Writing() | Registering():
            return _bare(view.under)
        case Help() | SignIn() | Technician() | TouchTest() | IdleWarning():
            return _bare(view.under)
        case _:
            return view


def _lines(view: Bare) -> tuple[VisitLine, ...]:
    match view:
        case (
            Borrowing()
            | Returning()
            | Account()
            | ForYou()
            | Details()
            | AskLibrarian()
            | Find()
            | TitlePage()
            | Learn()
            | Farewell()
            | Blocked()
            | Identify()
        ):
            return view.lines
        case Welcome() | Feedback() | OutOfOrder():
            return ()
        case _:
            assert_never(view)


def _notice(view: Bare) -> str:
    match view:
        case Welcome() | Borrowing() | Returning() | Account():
            return view.notice
        case (
            Identify()
            | ForYou()
            | Details()
            | AskLibrarian()
            | Feedback()
            | Find()
            | TitlePage()
            | Learn()
            | Farewell()
            | Blocked()
            | OutOfOrder()
        ):
            return ""
        case _:
            assert_never(view)
