"""Define the keys of the on-screen keyboard for each view with text input."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.views.action import Action
from kiosk.views.find import Find
from kiosk.views.free_text import Writing
from kiosk.views.registration import TYPED, Registering
from kiosk.views.survey import Survey
from kiosk.views.text_entry import BOARDS, FOR_TITLES, FOR_WORDS, NOTHING_SPELT, Board, Spelling


def keys_for_titles(view: Find) -> tuple[Action, ...]:
    """Return the keys; the one that clears the field stands in it while there is text."""
    typed, full = bool(view.typed), view.is_full
    keys = _keys(view.board, FOR_TITLES, typed, space=typed and not full, full=full)
    return keys if typed else tuple(each for each in keys if (each.name, each.choice) != ("erase", "all"))


def keys_for_words(view: Survey | Writing) -> tuple[Action, ...]:
    """Return the keys and the conversion candidates; a candidate is chosen by its position."""
    spelling = view.spelling
    offered = tuple(Action("pick", choice=str(n), enabled=spelling.ready) for n in range(len(spelling.offered)))
    typed = bool(view.typed or spelling.letters)
    return (*offered, *_keys(view.board, FOR_WORDS, typed, space=_spaces(view), full=is_full(view), spelling=spelling))


def keys_for_answers(view: Registering) -> tuple[Action, ...]:
    """Return the keys of the layouts that the question needs."""
    spelling = view.spelling
    offered = tuple(Action("pick", choice=str(n), enabled=spelling.ready) for n in range(len(spelling.offered)))
    typed = bool(view.typed or spelling.letters)
    boards = TYPED[view.step]
    return (*offered, *_keys(view.board, boards, typed, space=_spaces(view), full=is_full(view), spelling=spelling))


def is_full(view: Survey | Writing | Registering) -> bool:
    """Return True if no character fits. A waiting letter counts as one: converted characters are never more."""
    return len(view.typed) + len(view.spelling.letters) >= view.most


def _spaces(view: Survey | Writing | Registering) -> bool:
    """Return True if space can be pressed.

    It picks the best candidate for waiting letters; at the start of a text it is disabled.
    """
    return view.spelling.ready if view.spelling.letters else bool(view.typed) and not is_full(view)


def _keys(
    board: Board, boards: Sequence[Board], typed: bool, space: bool, full: bool, spelling: Spelling = NOTHING_SPELT
) -> tuple[Action, ...]:
    """Return the keys of a layout, of the other layouts, space, delete and clear."""
    waits = board is Board.PINYIN and spelling.is_full
    keys = tuple(
        Action("key", choice=key, enabled=not full and not (waits and key.isascii()))
        for row in BOARDS[board]
        for key in row
    )
    others = tuple(Action("turn", choice=each.value) for each in boards if each is not board)
    clear = Action("erase", choice="all", enabled=typed)
    spaces = () if board is Board.NUMBERS else (Action("key", choice=" ", enabled=space),)
    return (*keys, *others, *spaces, Action("erase", enabled=typed), clear)
