"""What can be pressed where something is typed; knows no words and no place on the glass."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.views.action import Action
from kiosk.views.find import Find
from kiosk.views.registering import TYPED, Registering
from kiosk.views.survey import Survey
from kiosk.views.typing import BOARDS, FOR_TITLES, FOR_WORDS, Board
from kiosk.views.writing import Writing


def keys_for_titles(view: Find) -> tuple[Action, ...]:
    return _keys(view.board, FOR_TITLES, bool(view.typed), space=bool(view.typed))


def keys_for_words(view: Survey | Writing) -> tuple[Action, ...]:
    """The same, and what is offered for letters that wait: a word is chosen by its place."""
    spelling = view.spelling
    offered = tuple(Action("pick", choice=str(n), enabled=spelling.ready) for n in range(len(spelling.offered)))
    return (*offered, *_keys(view.board, FOR_WORDS, bool(view.typed or spelling.letters), space=_spaces(view)))


def keys_for_answers(view: Registering) -> tuple[Action, ...]:
    """On the boards that this question wants."""
    spelling = view.spelling
    offered = tuple(Action("pick", choice=str(n), enabled=spelling.ready) for n in range(len(spelling.offered)))
    typed = bool(view.typed or spelling.letters)
    keys = _keys(view.board, TYPED[view.step], typed, space=_spaces(view), full=view.is_full)
    return (*offered, *keys)


def _spaces(view: Survey | Writing | Registering) -> bool:
    """It chooses the likeliest for letters that wait; before all words it is nothing."""
    return view.spelling.ready if view.spelling.letters else bool(view.typed)


def _keys(board: Board, boards: Sequence[Board], typed: bool, space: bool, full: bool = False) -> tuple[Action, ...]:
    """The keys of a board, those of the others, the space, and what takes away the last sign or all of it."""
    keys = tuple(Action("key", choice=key, enabled=not full) for row in BOARDS[board] for key in row)
    others = tuple(Action("turn", choice=each.value) for each in boards if each is not board)
    clear = Action("erase", choice="all", enabled=typed)
    spaces = () if board is Board.NUMBERS else (Action("key", choice=" ", enabled=space),)
    return (*keys, *others, *spaces, Action("erase", enabled=typed), clear)
