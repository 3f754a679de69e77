"""The face of the kiosk: shows a view and reports what was touched; decides nothing."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import hypot

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color, Rectangle
from kivy.graphics.opengl import glFinish
from kivy.input import MotionEvent
from kivy.uix.widget import Widget

from kiosk.events import Landed, Pressed
from kiosk.hardware.viewfinder import Picture
from kiosk.screens.animation import FPS as GLIDING_FPS
from kiosk.screens.animation import TransitionAnimator
from kiosk.screens.display_list import Cover, Fill, Sheet, Spot, Touch
from kiosk.screens.glyphs import Glyphs
from kiosk.screens.layout import is_drawn, sheet_of
from kiosk.screens.overflow_pages import FOLLOWING
from kiosk.screens.page_turn import FPS as LEAF_FPS
from kiosk.screens.page_turn import PageTurn
from kiosk.screens.painter import Painter
from kiosk.screens.scroll_reset import is_new
from kiosk.screens.theme import PERSIMMON, Theme, rgb
from kiosk.views import OutOfOrder, Status, View, Welcome
from kiosk.words import Words
from lending.model import ItemId

BUSY_FPS = 60
IDLE_FPS = 10
"""Nothing moves between touches; input is read once a frame, so this is also the longest wait of a first touch."""
BUSY_SECONDS = 3.0
BLACK = "#000000"
LIVE_SECONDS = 0.1
"""Between two looks for a newer picture of the camera, as long as it is drawn."""
LEAF_STANDS = 1.0
"""So long a page of the first screen must have stood to be turned like one: who goes through them waits for nothing."""
TURN_SECONDS = 0.125
"""Between two steps of the ring of a line that is being checked: eight make one turn."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen as built in: its diagonal in inches tells how many pixels a millimetre has."""

    width: int
    height: int
    diagonal: float
    accent: str = PERSIMMON


class ScreenPresenter(Widget):
    """One widget that fills the window. `press` is told each completed touch on an action."""

    def __init__(
        self, screen: Screen, words: Callable[[str], Words], press: Callable[[Pressed | Landed], None]
    ) -> None:
        """`words` gives the words of a language."""
        super().__init__(size=(screen.width, screen.height))
        self.screen = screen
        self.sheet: Sheet = ()
        self.theme = self._theme(contrast=False, large=False)
        self._words = words
        self._glyphs = Glyphs()
        self._painter = Painter(self.canvas, self._glyphs, screen.height)
        self._press = press
        self._gliding = TransitionAnimator(self._pace)
        self._leaf = PageTurn(self.canvas.after, screen.height, self._pace)
        self._held: Touch | None = None
        self._off: float | None = None
        """Millimetres from the spot at which a finger came down."""
        self._shown: tuple[View, Status] | None = None
        self._stage: object = None
        """What has to be the same for a screen to be drawn again, and not another one to be opened."""
        self._first = 0
        self.first_drawn = 0.0
        self.last_drawn = 0.0
        """When a view was last on the glass, as time.monotonic() tells it."""
        self.drawings: deque[float] = deque(maxlen=100)
        """Milliseconds that each of the last took, from the view to the glass."""
        self._rest = Clock.create_trigger(self._calm, BUSY_SECONDS)
        self._motion = Clock.create_trigger(self._move, TURN_SECONDS, interval=True)
        self._live = Clock.create_trigger(self._refresh, LIVE_SECONDS, interval=True)
        self._newest: Callable[[], Picture | None] | None = None
        self._dark = False
        self._stirred: Callable[[], None] = lambda: None
        self._pace()

    def sleep_by(self, stirred: Callable[[], None]) -> None:
        """`stirred` is told of each finger, wherever it comes down, also on the dark screen."""
        self._stirred = stirred

    def darken(self, dark: bool) -> None:
        """Black, with nothing to press; or what was last shown."""
        self._dark = dark
        if self._shown is not None:
            self._draw(*self._shown)

    def look_through(self, newest: Callable[[], Picture | None]) -> None:
        """From now on the camera's picture is drawn live; `newest` gives it, None while the camera is off."""
        self._newest = newest

    def show(self, view: View, status: Status) -> None:
        """Draws the view now; returns when it is on the glass."""
        before = self._shown[0] if self._shown else None
        stood = time.monotonic() - self.last_drawn > LEAF_STANDS
        turns = isinstance(view, Welcome) and isinstance(before, Welcome) and view.turn != before.turn
        home = isinstance(view, Welcome | OutOfOrder) and type(before) is not type(view)
        if home:
            self._painter.forget()
        if before is None or is_new(view, before, self._first >= FOLLOWING, status.large_text):
            self._first = 0
        self._shown = (view, status)
        self._leaf.end()
        self._draw(view, status, turns=turns and stood and not status.still and not self._dark)
        if home:
            _sweep(first=before is None)

    def settle(self) -> None:
        """Nothing moves any more: all is where it belongs."""
        self._gliding.end()
        self._leaf.end()

    def target(self, x: float, y: float) -> Touch | None:
        """The action under a point (from the top left), unless something drawn later covers it."""
        for mark in reversed(self.sheet):
            if isinstance(mark, Touch | Fill | Cover) and mark.box.contains(x, y):
                return mark if isinstance(mark, Touch) else None
        return None

    def on_touch_down(self, touch: MotionEvent) -> bool:
        self._wake()
        self._stirred()
        found = self.target(touch.x, self.screen.height - touch.y)
        if found is not None and found.enabled:
            self._hold(found)
        elif found is None:
            self._off = self._beside(touch.x, self.screen.height - touch.y)
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        held, off = self._held, self._off
        self._release()
        if off is not None:
            self._press(Landed(off))
            return True
        if held is None or held != self.target(touch.x, self.screen.height - touch.y):
            return True
        if held.turn is not None and self._shown is not None:
            self._first = held.turn
            self._draw(*self._shown)
        else:
            self._press(Pressed(held.name, ItemId(held.item) if held.item is not None else None, held.choice))
        return True

    def _draw(self, view: View, status: Status, *, turns: bool = False) -> None:
        """`turns`: like a page of the first screen."""
        began = time.monotonic()
        self.theme = self._theme(contrast=status.contrast, large=status.large_text)
        before, self.sheet = self.sheet, () if self._dark else self._laid_out(view, status)
        stage = (type(view), self.theme, status.language, status.low, status.upright, self._first, self._dark)
        self._gliding.follow(before, self.sheet, opened=stage != self._stage, still=status.still)
        self._stage = stage
        if self._held not in self.sheet:
            self._release()
        paper = BLACK if self._dark else self.theme.colours.paper
        Window.clearcolor = paper  # a sheet of it over all would cost as much as what lies on it
        self._painter.show(self.sheet, self._gliding)
        if turns:
            self._leaf.turn(self.sheet, paper)
        if self._painter.moves and not status.still:
            self._motion()
        else:
            self._motion.cancel()
        if self._painter.lives:
            self._refresh(0)
            self._live()
        else:
            self._live.cancel()
        Window.dispatch("on_draw")
        glFinish()
        Window.dispatch("on_flip")
        self.last_drawn = time.monotonic()
        self.first_drawn = self.first_drawn or self.last_drawn
        self.drawings.append(1000 * (self.last_drawn - began))

    def _laid_out(self, view: View, status: Status) -> Sheet:
        """The sheet, with a long list turned to where the focus of the hardware keys is."""
        words = self._words(status.language)
        seen: set[int] = set()
        while True:
            sheet = sheet_of(view, status, self.theme, words, self._glyphs, self._first, self._newest is not None)
            turn = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), None)
            if status.focus is None or turn is None or self._first in seen or is_drawn(status.focus, sheet):
                return sheet
            seen.add(self._first)
            self._first = turn

    def _theme(self, *, contrast: bool, large: bool) -> Theme:
        screen = self.screen
        return Theme(screen.width, screen.height, screen.diagonal, screen.accent, contrast, large)

    def _hold(self, target: Touch) -> None:
        """Shows that the touch was taken, as long as the finger is down."""
        self._held = target
        red, green, blue = rgb(self.theme.colours.ink)
        box = target.box
        with self.canvas.after:
            Color(red / 255, green / 255, blue / 255, 0.14)
            Rectangle(pos=(box.x, self.screen.height - box.bottom), size=(box.w, box.h))

    def _beside(self, x: float, y: float) -> float | None:
        """Millimetres from the spot that wants a touch, when there is one."""
        spots = [mark.box.centre for mark in self.sheet if isinstance(mark, Spot)]
        return min((hypot(x - at[0], y - at[1]) / self.theme.px_per_mm for at in spots), default=None)

    def _release(self) -> None:
        self._held = self._off = None
        self.canvas.after.clear()

    def _wake(self) -> None:
        """More frames while somebody touches the screen, fewer when nobody does."""
        self._rest.cancel()
        self._rest()
        self._pace()

    def _move(self, _seconds: float) -> None:
        self._painter.turn()

    def _refresh(self, _seconds: float) -> None:
        if self._newest is not None and self._painter.picture(self._newest()):
            self.canvas.ask_update()

    def _calm(self, _seconds: float) -> None:
        self._rest.cancel()
        self._pace()

    def _pace(self) -> None:
        moving = GLIDING_FPS if self._gliding.moving else LEAF_FPS if self._leaf.turning else IDLE_FPS
        Clock._max_fps = BUSY_FPS if self._rest.is_triggered else moving


def _sweep(*, first: bool) -> None:
    """Graphics lie in circles of references: what the visit left in memory goes now, not when a collector comes by.

    What the start made stays for ever and is not looked at again, so that a sweep takes a few milliseconds.
    """
    gc.collect()
    if first:
        gc.freeze()
