"""What moves where one sheet follows another, and how far it is after so many seconds; knows no toolkit and no view."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.display_list import Piece, Sheet

SLIDE_SECONDS, FADE_SECONDS = 0.2, 0.12


@dataclass(frozen=True, slots=True)
class Move:
    away: tuple[float, float] | None
    """How far from its place it sets out; None where it appears there."""

    def offset(self, seconds: float) -> tuple[int, int]:
        """Whole pixels that it still has to go: fast at first, so that it comes to rest."""
        dx, dy = self.away or (0, 0)
        left = max(0.0, 1 - seconds / SLIDE_SECONDS) ** 3
        return round(dx * left), round(dy * left)

    def strength(self, seconds: float) -> float:
        """Of what appears, from 0 to 1."""
        return min(1.0, seconds / FADE_SECONDS)


def moves(before: Sheet, after: Sheet, *, opened: bool) -> dict[str, Move]:
    """By name. `opened`: another screen is shown, or the same one otherwise: then only what opens it moves.

    Where something new stands in the place of another, that one and those after it make way; all else changes at once.
    """
    stood, stand = _pieces(before), _pieces(after)
    new = [piece for name, piece in stand.items() if name not in stood and piece.opens is opened]
    found = {piece.name: Move(piece.away) for piece in new}
    taken = {_place(piece) for piece in new if piece.away is None}
    if taken.isdisjoint(map(_place, stood.values())):
        return found
    for name in stood.keys() & stand.keys():
        (x, y), (to_x, to_y) = _place(stood[name]), _place(stand[name])
        if (x, y) != (to_x, to_y):
            found[name] = Move((x - to_x, y - to_y))
    return found


def going_on(moving: dict[str, Move], before: Sheet, after: Sheet) -> dict[str, Move]:
    """What still moves when a sheet on which nothing new came follows: what kept its place."""
    places = [{name: _place(piece) for name, piece in _pieces(sheet).items()} for sheet in (before, after)]
    stayed = dict(places[0].items() & places[1].items())
    return {name: move for name, move in moving.items() if name in stayed}


def _pieces(sheet: Sheet) -> dict[str, Piece]:
    return {mark.name: mark for mark in sheet if isinstance(mark, Piece)}


def _place(piece: Piece) -> tuple[float, float]:
    return piece.box.x, piece.box.y
