"""Decide whether a change is large enough to show a screen from its top again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.views import Account, Borrowing, Details, Farewell, Find, ForYou, Returning, Survey, View, Writing
from kiosk.views.learn import Learn
from lending.title_result import SearchResults


def is_new(view: View, before: View, follows: bool, large: bool) -> bool:
    """Return True if the screen must be shown from its top.

    Args:
        view: New view.
        before: View that was shown.
        follows: True on an overflow page, which any other change ends.
        large: True in large text.
    """
    return _rows(view) != _rows(before) or (follows and (_differs(view, before) or not large))


def _differs(view: Any, before: Any) -> bool:
    """Return True if the content differs; countdown and attract loop are ignored."""
    passing = {name: getattr(before, name) for name in ("seconds", "turn") if hasattr(before, name)}
    return bool(replace(view, **passing) != before)


def _rows(view: View) -> tuple[type[View], int]:
    """Return the value that must stay equal for a list to keep its position."""
    match view:
        case Borrowing(lines=lines) | Returning(lines=lines) | Farewell(lines=lines):
            return type(view), len(lines)
        case Account(loans=loans):
            return type(view), len(loans or ())
        case Find(found=SearchResults() as found):
            return type(view), hash(tuple(each.id for each in found.works))
        case Details(room=room, about=about):
            return type(view), hash((room, about))
        case ForYou(picks=picks):
            return type(view), len(picks or ())
        case Learn(about=about, opened=opened):
            return type(view), hash((about, opened))
        case Survey(at=at):
            return type(view), hash((at, view.spelling.asked))
        case Writing():
            return type(view), hash(view.spelling.asked)
        case _:
            return type(view), 0
