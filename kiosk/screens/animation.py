"""Carries the graphics of what moves to their places, frame by frame; where nothing moves no clock runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from kivy.clock import Clock
from kivy.graphics import Canvas, InstructionGroup, PopMatrix, PushMatrix, Translate

from kiosk.screens.display_list import Fill, Mark, Piece, Sheet, Text
from kiosk.screens.transitions import SLIDE_SECONDS, Move, going_on, moves

FPS = 30
"""Half of those between touches: where no graphics card draws them, the answers that come meanwhile have the rest."""


class TransitionAnimator:
    """Remembers the names of pieces, such as "row 3", and their graphics as long as these are on the glass."""

    def __init__(self, paced: Callable[[], None]) -> None:
        """`paced` is told when something begins to move, and when nothing does any more."""
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
        """Decides what moves while the one sheet takes the other's place; begins with the next frame."""
        new = {} if still else moves(before, after, opened=opened)
        if new:
            self._moving, self._began, self._passed = new, None, 0.0
        else:
            self._moving = {} if still or opened else going_on(self._moving, before, after)
        self._slides.clear()
        self._fades.clear()
        self._keep_time()

    def appears(self, piece: Piece) -> bool:
        """Lies on top of what makes way for it."""
        return self.carries(piece) and self._moving[piece.name].away is None

    def carries(self, piece: Piece) -> bool:
        return piece.name in self._moving

    def carried(self, piece: Piece, drawn: Iterable[tuple[Mark, InstructionGroup]]) -> InstructionGroup:
        """The graphics of the piece, on their way. Words are never faint, and neither is what they stand on."""
        move, whole = self._moving[piece.name], InstructionGroup()
        if move.away is None:
            for mark, group in drawn:
                whole.add(group if isinstance(mark, Text | Fill) else self._faded(move, group))
            return whole
        shift = Translate(0, 0)
        for instruction in (PushMatrix(), shift, *(group for _, group in drawn), PopMatrix()):
            whole.add(instruction)
        self._slides.append((move, shift))
        self._place_all(self._passed)
        return whole

    def end(self) -> None:
        """All is where it belongs."""
        self._place_all(SLIDE_SECONDS)
        self._moving = {}
        self._keep_time()

    def at(self, seconds: float) -> None:
        """All is where it is so long after it set out."""
        if seconds >= SLIDE_SECONDS:
            self.end()
        else:
            self._place_all(seconds)

    def _faded(self, move: Move, group: InstructionGroup) -> Canvas:
        faint = Canvas()
        faint.add(group)
        self._fades.append((move, faint))
        self._place_all(self._passed)
        return faint

    def _step(self, _seconds: float) -> None:
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        self.at(now - self._began)

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
