"""What a kiosk told its patrons that it did for them, line by line; never asks whether it is true."""

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
    """One line that was told as done or saved. `transaction` is empty where the kiosk names none.

    `patron` is the central's name for the one whose card it was; empty where no card was shown.
    """

    transaction: str
    errand: VisitTask
    item: str
    due: datetime | None
    patron: str = ""


class PatronStatements:
    """The words of a visit, in the order in which they were given."""

    def __init__(self) -> None:
        self._standing: dict[str, Statement] = {}
        self._undone: dict[str, Statement] = {}
        self._list: set[str] = set()

    @property
    def standing(self) -> Sequence[Statement]:
        return list(self._standing.values())

    @property
    def undone(self) -> Sequence[Statement]:
        """What the patron took back, and was told so."""
        return list(self._undone.values())

    def hear(self, words: Sequence[Statement], *, undone: bool) -> None:
        """Takes what is on the list just now, newest first. What was on it and is gone was undone, if that is said."""
        now = {word.transaction for word in words}
        for gone in (self._list - now) if undone else ():
            if (word := self._standing.pop(gone, None)) is not None:
                self._undone[gone] = word
        self._standing |= {word.transaction: word for word in reversed(words)}
        self._list = now


def told_by(view: View) -> dict[str, Any]:
    """The words of a view as JSON."""
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
    """The other way round."""
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
    """It was done, and whether it can be undone is asked just now."""
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
    """The view under whatever covers it."""
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
