"""Show views on the kiosk's screen and report touches."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import hypot
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.graphics.opengl import glFinish
from kivy.input import MotionEvent
from kivy.uix.widget import Widget

from kiosk.events import Pressed, TargetTouched
from kiosk.hardware.viewfinder import Picture
from kiosk.screens.layout import is_drawn, sheet_of
from kiosk.screens.overflow import FOLLOWING
from kiosk.screens.rendering.animation import FPS as GLIDING_FPS
from kiosk.screens.rendering.animation import TransitionAnimator
from kiosk.screens.rendering.covers import CoverPictures
from kiosk.screens.rendering.display_list import Box, Cover, Fill, Leaf, Sheet, Spot, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.painter import Painter, colour
from kiosk.screens.rendering.theme import PERSIMMON, Theme
from kiosk.views import (
    Account,
    Borrowing,
    Details,
    Farewell,
    Find,
    ForYou,
    OutOfOrder,
    Returning,
    Status,
    Survey,
    TitlePage,
    View,
    Welcome,
    Writing,
)
from kiosk.views.learn import Learn
from kiosk.words import Words
from lending.colours import rgb
from lending.model import ItemId
from lending.title_result import SearchResults

BUSY_FPS = 60
IDLE_FPS = 8
"""Frames per second at rest. Input is read once per frame, so this is also the longest delay of a first touch."""
BUSY_SECONDS = 3.0
BLACK = "#000000"
LIVE_SECONDS = 0.1
"""Seconds between two checks for a new camera picture, while it is shown."""
LEAF_STANDS = 1.0
"""Minimum seconds that a page of the attract loop was shown to be turned with animation; quick paging must not wait."""
TURN_SECONDS = 0.125
"""Seconds between two steps of the progress ring; eight steps are one turn."""


@dataclass(frozen=True, slots=True)
class BuiltInScreen:
    """The built-in screen: size in pixels and diagonal in inches, from which millimetres are computed."""

    width: int
    height: int
    diagonal: float
    accent: str = PERSIMMON


class ScreenPresenter(Widget):
    """A widget that fills the window. `press` is called for each completed touch on an action."""

    def __init__(
        self,
        screen: BuiltInScreen,
        words: Callable[[str], Words],
        press: Callable[[Pressed | TargetTouched], None],
        covers: CoverPictures | None = None,
    ) -> None:
        """Create the widget; `words` returns the texts of a language. Without `covers` all covers are generated."""
        super().__init__(size=(screen.width, screen.height))
        self.screen = screen
        self.sheet: Sheet = ()
        self.theme = self._theme(contrast=False, large=False)
        self._words = words
        self._glyphs = Glyphs()
        self._painter = Painter(self.canvas, self._glyphs, screen.height, covers)
        self._press = press
        self._gliding = TransitionAnimator(self._pace)
        self._leaf = PageTurn(self.canvas.after, screen.height, self._pace)
        self._held: Touch | None = None
        self._off: float | None = None
        """Distance in millimetres between the test target and the touch."""
        self._shown: tuple[View, Status] | None = None
        self._stage: object = None
        """State that must be equal for a redraw; if it differs, another screen is opened."""
        self._first = 0
        self._left: tuple[tuple[type[View], int], int] | None = None
        """Rows and position of the list below an open page, to which Back returns."""
        self.first_drawn = 0.0
        self.last_drawn = 0.0
        """time.monotonic() when a view was last drawn."""
        self.drawings: deque[float] = deque(maxlen=100)
        """Milliseconds from view to screen of the last drawings."""
        self._rest = Clock.create_trigger(self._calm, BUSY_SECONDS)
        self._motion = Clock.create_trigger(self._move, TURN_SECONDS, interval=True)
        self._live = Clock.create_trigger(self._refresh, LIVE_SECONDS, interval=True)
        self._newest: Callable[[], Picture | None] | None = None
        self._dark = False
        self._stirred: Callable[[], None] = lambda: None
        self._pace()

    def sleep_by(self, stirred: Callable[[], None]) -> None:
        """Call `stirred` for each touch, wherever it is, also on the dark screen."""
        self._stirred = stirred

    def darken(self, dark: bool) -> None:
        """Show black without touch targets, or restore the last view."""
        self._dark = dark
        if self._shown is not None:
            self._draw(*self._shown)

    def look_through(self, newest: Callable[[], Picture | None]) -> None:
        """Show the camera's picture live; `newest` returns it, or None while the camera is off."""
        self._newest = newest

    def show(self, view: View, status: Status) -> None:
        """Draw the view; return when it is on the screen."""
        before = self._shown[0] if self._shown else None
        was_read = time.monotonic() - self.last_drawn > LEAF_STANDS
        turns = isinstance(view, Welcome) and isinstance(before, Welcome) and view.turn != before.turn
        home = isinstance(view, Welcome | OutOfOrder) and type(before) is not type(view)
        if home:
            self._painter.forget()
            self._left = None
        if before is None or is_new(view, before, self._first >= FOLLOWING, status.large_text):
            self._first = self._position(view, before)
        self._shown = (view, status)
        self._leaf.end()
        self._draw(view, status, turns=turns and was_read and not status.still and not self._dark)
        if home:
            _sweep(first=before is None)

    def _position(self, view: View, before: View | None) -> int:
        """Return the position of a newly opened view: the former one if a page above it was closed, else the top."""
        if isinstance(before, Find | ForYou) and isinstance(view, TitlePage | Learn):
            self._left = (_rows(before), self._first)
        elif isinstance(before, TitlePage | Learn) and self._left is not None and self._left[0] == _rows(view):
            return self._left[1]
        return 0

    def settle(self) -> None:
        """Stop all animations at their final positions, and draw what is still being decoded."""
        self._painter.settle()
        self._gliding.end()
        self._leaf.end()

    def target(self, x: float, y: float) -> Touch | None:
        """Return the action at a point (from the top left), unless a later mark covers it."""
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
            self._off = self._distance_to_spot(touch.x, self.screen.height - touch.y)
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        held, off = self._held, self._off
        self._release()
        if off is not None:
            self._press(TargetTouched(off))
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
        """Draw a view; `turns`: with the page-turn animation."""
        began = time.monotonic()
        self.theme = self._theme(contrast=status.contrast, large=status.large_text)
        before, self.sheet = self.sheet, () if self._dark else self._lay_out(view, status)
        stage = (type(view), self.theme, status.language, status.low, status.upright, self._first, self._dark)
        self._gliding.follow(before, self.sheet, opened=stage != self._stage, still=status.still)
        self._stage = stage
        if self._held not in self.sheet:
            self._release()
        paper = BLACK if self._dark else self.theme.colours.paper
        Window.clearcolor = paper  # a sheet-sized rectangle would cost as much as everything on it
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

    def _lay_out(self, view: View, status: Status) -> Sheet:
        """Return the sheet, with a long list turned to the focus of the hardware keys."""
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
        """Show a pressed state while the finger is down."""
        self._held = target
        red, green, blue = rgb(self.theme.colours.ink)
        box = target.box
        with self.canvas.after:
            Color(red / 255, green / 255, blue / 255, 0.14)
            Rectangle(pos=(box.x, self.screen.height - box.bottom), size=(box.w, box.h))

    def _distance_to_spot(self, x: float, y: float) -> float | None:
        """Return the distance in millimetres to the target of the touch test; None if there is none."""
        spots = [mark.box.centre for mark in self.sheet if isinstance(mark, Spot)]
        return min((hypot(x - at[0], y - at[1]) / self.theme.px_per_mm for at in spots), default=None)

    def _release(self) -> None:
        self._held = self._off = None
        self.canvas.after.clear()

    def _wake(self) -> None:
        """Raise the frame rate while the screen is touched, and lower it afterwards."""
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
    """Collect garbage now: graphics form reference cycles, and the visit's data must not stay in memory.

    Objects made at start are frozen and skipped, so that a collection takes a few milliseconds.
    """
    gc.collect()
    if first:
        gc.freeze()


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


LEAF_SECONDS = 0.2
LEAF_FPS = 20


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
        self._steps = Clock.create_trigger(self._step, 1 / LEAF_FPS, interval=True)

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
        share = (time.monotonic() - self._began) / LEAF_SECONDS
        if share >= 1 or self._veil is None:
            self.end()
            return
        hidden = round(self._box.w * (1 - share))
        self._veil.pos = (self._box.right - hidden, self._veil.pos[1])
        self._veil.size = (hidden, self._veil.size[1])
