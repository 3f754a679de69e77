"""A view as it stands when she wants no title seen by whoever is behind her: books are counted; knows no place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from kiosk.views import Account, Asking, Borrowing, Farewell, ForYou, Line, LoanLine, PickLine, Refused, Returning
from kiosk.words.speech import Speech

V = TypeVar("V")


def untitled(view: V, speech: Speech) -> V:
    """The same view with `Book 2` for a title, the first of the visit being 1; what it is about is not told either."""
    changes: dict[str, Any] = {}
    if isinstance(view, Borrowing | Returning | Account | Farewell):
        changes["lines"] = _counted(view.lines, speech)
    if isinstance(view, Account) and view.loans is not None:
        changes["loans"] = tuple(_loan(each, n, speech) for n, each in enumerate(view.loans, 1))
    if isinstance(view, Account):
        changes["holds"] = tuple(
            replace(each, title=_book(n, speech), subject="") for n, each in enumerate(view.holds, 1)
        )
    if isinstance(view, ForYou) and view.picks is not None:
        changes["picks"] = tuple(_pick(each, n, speech) for n, each in enumerate(view.picks, 1))
    if isinstance(view, Refused | Asking) and view.line is not None:
        changes["line"] = replace(view.line, title="", author="", subject="", call_number="")
    if hasattr(view, "under"):
        changes["under"] = untitled(view.under, speech)
    shown: Any = view
    return replace(shown, **changes) if changes else view


def _counted(lines: tuple[Line, ...], speech: Speech) -> tuple[Line, ...]:
    """Lines are newest first, so that a book keeps its number when another comes."""
    return tuple(
        replace(each, title=_book(len(lines) - at, speech), author="", subject="", call_number="")
        for at, each in enumerate(lines)
    )


def _loan(loan: LoanLine, number: int, speech: Speech) -> LoanLine:
    return replace(loan, title=_book(number, speech), author="", subject="")


def _pick(pick: PickLine, number: int, speech: Speech) -> PickLine:
    """The reason may name another title."""
    return replace(pick, title=_book(number, speech), author="", subject="", call_number="", why=None)


def _book(number: int, speech: Speech) -> str:
    return speech.say("Book {n}", n=number)
