"""Animate a page turn of the attract loop: the new page is revealed from the left in 200 ms."""

from __future__ import annotations

import time
from collections.abc import Callable

from kivy.clock import Clock
from kivy.graphics import InstructionGroup, Rectangle

from kiosk.screens.rendering.display_list import Leaf, Sheet
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.textures import colour

SECONDS = 0.2
FPS = 20


class PageTurn:
    """Covers the area with paper colour and draws it back. Without animation the canvas has no graphics of it."""

    def __init__(self, canvas: InstructionGroup, height: int, paced: Callable[[], None]) -> None:
        """Create an idle animation; `paced` is called at the start and at the end."""
        self._canvas = canvas
        self._height = height
        self._veil: Rectangle | None = None
        self._group = InstructionGroup()
        self._box = Box(0, 0, 0, 0)
        self._began = 0.0
        self._paced = paced
        self._steps = Clock.create_trigger(self._step, 1 / FPS, interval=True)

    def turn(self, sheet: Sheet, paper: str) -> None:
        """Start the animation if the sheet has a Leaf."""
        leaf = next((mark for mark in sheet if isinstance(mark, Leaf)), None)
        if leaf is None:
            return
        self.end()
        self._box, self._began = leaf.box, time.monotonic()
        self._veil = Rectangle(pos=(leaf.box.x, self._height - leaf.box.bottom), size=(leaf.box.w, leaf.box.h))
        self._group.add(colour(paper))
        self._group.add(self._veil)
        self._canvas.add(self._group)
        self._steps()
        self._paced()

    @property
    def turning(self) -> bool:
        """Return True while a page turns."""
        return self._veil is not None

    def end(self) -> None:
        """End the animation at once."""
        if self._veil is not None:
            if self._group in self._canvas.children:  # releasing a finger may have cleared the canvas
                self._canvas.remove(self._group)
            self._group.clear()
            self._veil = None
        self._steps.cancel()
        self._paced()

    def _step(self, _seconds: float) -> None:
        share = (time.monotonic() - self._began) / SECONDS
        if share >= 1 or self._veil is None:
            self.end()
            return
        hidden = round(self._box.w * (1 - share))
        self._veil.pos = (self._box.right - hidden, self._veil.pos[1])
        self._veil.size = (hidden, self._veil.size[1])
