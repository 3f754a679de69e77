"""Compute which pieces move between two sheets, and their positions over time."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.rendering.display_list import Piece, Sheet

SLIDE_SECONDS, FADE_SECONDS = 0.2, 0.12


@dataclass(frozen=True, slots=True)
class Move:
    """Movement of one piece."""

    away: tuple[float, float] | None
    """Offset in pixels from which it slides in; None: it fades in at its place."""

    def offset(self, seconds: float) -> tuple[int, int]:
        """Return the remaining offset in whole pixels, decelerating."""
        dx, dy = self.away or (0, 0)
        left = max(0.0, 1 - seconds / SLIDE_SECONDS) ** 3
        return round(dx * left), round(dy * left)

    def strength(self, seconds: float) -> float:
        """Return the opacity of a piece that fades in, 0 to 1."""
        return min(1.0, seconds / FADE_SECONDS)


def moves(before: Sheet, after: Sheet, *, opened: bool) -> dict[str, Move]:
    """Return the movements by piece name.

    If a new piece takes the place of another one, that one and those after it move; all other changes are immediate.

    Args:
        before: Sheet that is shown.
        after: Sheet that replaces it.
        opened: True if another screen opens, or the same one in another layout: then only pieces with `opens` move.
    """
    old, pieces = _pieces(before), _pieces(after)
    new = [piece for name, piece in pieces.items() if name not in old and piece.opens is opened]
    found = {piece.name: Move(piece.away) for piece in new}
    taken = {_place(piece) for piece in new if piece.away is None}
    if taken.isdisjoint(map(_place, old.values())):
        return found
    for name in old.keys() & pieces.keys():
        (x, y), (to_x, to_y) = _place(old[name]), _place(pieces[name])
        if (x, y) != (to_x, to_y):
            found[name] = Move((x - to_x, y - to_y))
    return found


def going_on(moving: dict[str, Move], before: Sheet, after: Sheet) -> dict[str, Move]:
    """Return the movements that continue on a sheet without new pieces: those whose place did not change."""
    places = [{name: _place(piece) for name, piece in _pieces(sheet).items()} for sheet in (before, after)]
    stayed = dict(places[0].items() & places[1].items())
    return {name: move for name, move in moving.items() if name in stayed}


def _pieces(sheet: Sheet) -> dict[str, Piece]:
    return {mark.name: mark for mark in sheet if isinstance(mark, Piece)}


def _place(piece: Piece) -> tuple[float, float]:
    return piece.box.x, piece.box.y
