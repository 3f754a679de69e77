"""Find what moves between two sheets, and animate it; the clock runs only while something moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kivy.clock import Clock
from kivy.graphics import Canvas, InstructionGroup, PopMatrix, PushMatrix, Translate

from kiosk.screens.rendering.display_list import Fill, Mark, Piece, Sheet, Text

FPS = 30
"""Frames per second of an animation.

Half the frame rate used between touches: without a GPU, the rest of the time is needed for incoming answers.
"""


class TransitionAnimator:
    """Move pieces, identified by a name such as "row 3", and hold their graphics while they are on the screen."""

    def __init__(self, paced: Callable[[], None]) -> None:
        """Create an idle animator; `paced` is called when a movement begins and when all have ended."""
        self._paced = paced
        self._moving: dict[str, Move] = {}
        self._began: float | None = None
        self._passed = 0.0
        self._slides: list[tuple[Move, Translate]] = []
        self._fades: list[tuple[Move, Canvas]] = []
        self._steps = Clock.create_trigger(self._step, 1 / FPS, interval=True)

    @property
    def moving(self) -> bool:
        return bool(self._moving)

    def follow(self, before: Sheet, after: Sheet, *, opened: bool, still: bool) -> None:
        """Compute what moves from one sheet to the next; movement begins with the next frame."""
        new = {} if still else moves(before, after, opened=opened)
        if new:
            self._moving, self._began, self._passed = new, None, 0.0
        else:
            self._moving = {} if still or opened else going_on(self._moving, before, after)
        self._slides.clear()
        self._fades.clear()
        self._keep_time()

    def appears(self, piece: Piece) -> bool:
        """Return True if the piece is drawn above the pieces that make way for it."""
        return self.carries(piece) and self._moving[piece.name].away is None

    def carries(self, piece: Piece) -> bool:
        return piece.name in self._moving

    def moving_group(self, piece: Piece, drawn: Iterable[tuple[Mark, InstructionGroup]]) -> InstructionGroup:
        """Return the moving graphics of a piece. Text and its background are never faded."""
        move, whole = self._moving[piece.name], InstructionGroup()
        if move.away is None:
            for mark, group in drawn:
                whole.add(group if isinstance(mark, Text | Fill) else self._fade(move, group))
            return whole
        shift = Translate(0, 0)
        for instruction in (PushMatrix(), shift, *(group for _, group in drawn), PopMatrix()):
            whole.add(instruction)
        self._slides.append((move, shift))
        self._place_all(self._passed)
        return whole

    def end(self) -> None:
        """Put everything at its final position."""
        self._place_all(SLIDE_SECONDS)
        self._moving = {}
        self._keep_time()

    def place(self, seconds: float) -> None:
        """Put everything where it is `seconds` after the start."""
        if seconds >= SLIDE_SECONDS:
            self.end()
        else:
            self._place_all(seconds)

    def _fade(self, move: Move, group: InstructionGroup) -> Canvas:
        faint = Canvas()
        faint.add(group)
        self._fades.append((move, faint))
        self._place_all(self._passed)
        return faint

    def _step(self, _seconds: float) -> None:
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        self.place(now - self._began)

    def _place_all(self, seconds: float) -> None:
        self._passed = seconds
        for move, shift in self._slides:
            x, y = move.offset(seconds)
            shift.xy = (x, -y)
        for move, faint in self._fades:
            faint.opacity = move.strength(seconds)

    def _keep_time(self) -> None:
        if self._moving:
            self._steps()
        else:
            self._steps.cancel()
        self._paced()


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
