"""Control the screen from scripted visits and tests: read texts, find actions, touch, take pictures."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.input import MotionEvent, MotionEventProvider

from kiosk.screens.presenter import ScreenPresenter
from kiosk.screens.rendering.display_list import Box, Cover, Fill, Sheet, Text, Touch
from kiosk.screens.rendering.window import capture


@dataclass(frozen=True, slots=True)
class Target:
    """An action as drawn. `uncovered`: a touch at its centre reaches it."""

    name: str
    item: str | None
    choice: str | None
    label: str
    centre: tuple[float, float]
    enabled: bool
    uncovered: bool


class ScreenProbe:
    """Test interface to the kiosk's screen in its window."""

    def __init__(self, face: ScreenPresenter) -> None:
        self._face = face
        self._panel = _Panel()
        EventLoop.add_input_provider(self._panel)

    def texts(self) -> list[str]:
        """Return the drawn texts from the top, without those outside the window or covered by later marks."""
        return texts_of(self._face.sheet, self._window())

    def targets(self) -> list[Target]:
        """Return every action on the screen, including covered ones."""
        return targets_of(self._face.sheet, self._window())

    def touch(self, x: float, y: float, lifted: tuple[float, float] | None = None) -> None:
        """Touch and release a point (from the top left) through the window.

        `lifted` is the point to which the finger slides before its release.
        """
        with self.holding(x, y) as touch:
            if lifted is not None:
                end = self._finger(*lifted)
                touch.move({"x": end.sx, "y": end.sy})
                EventLoop.post_dispatch_input("update", touch)

    @contextmanager
    def holding(self, x: float, y: float) -> Iterator[_Finger]:
        """Keep a finger down for the duration of the block."""
        touch = self._finger(x, y)
        EventLoop.post_dispatch_input("begin", touch)
        yield touch
        EventLoop.post_dispatch_input("end", touch)

    def _finger(self, x: float, y: float) -> _Finger:
        """Return the touch as the panel reports it: relative to the panel, before rotation."""
        right, up = x / Window.width, 1 - y / Window.height
        turned = {0: (right, up), 90: (1 - up, right), 180: (1 - right, 1 - up), 270: (up, 1 - right)}
        return _Finger(*turned[Window.rotation])

    def finger(self, x: float, y: float) -> None:
        """Touch like a touch panel: the event waits in a queue until the window reads its input."""
        self._panel.queue.append(self._finger(x, y))

    @property
    def drawn(self) -> tuple[float, float]:
        """Return time.monotonic() of the first and the last drawing of a view."""
        return self._face.first_drawn, self._face.last_drawn

    def pace(self) -> tuple[list[float], float]:
        """Return the milliseconds of each drawing and the longest time without a frame, since the last call."""
        taken, gap = list(self._face.drawings), self._panel.longest
        self._face.drawings.clear()
        self._panel.longest = 0.0
        return taken, 1000 * gap

    @property
    def untouched(self) -> bool:
        """Return True if no touch waits to be read."""
        return not self._panel.queue

    def shot(self, path: Path) -> None:
        """Write the window as PNG to exactly this path."""
        self.capture(path)()

    def capture(self, path: Path) -> Callable[[], None]:
        """Capture the window, with animations ended; return a function that writes it to this path, from any thread."""
        self._face.settle()
        make = capture()
        return lambda: make().save(path)

    def _window(self) -> Box:
        return Box(0, 0, self._face.screen.width, self._face.screen.height)


class _Panel(MotionEventProvider):
    """Touches that the window reads once per frame, as from a touch panel."""

    def __init__(self) -> None:
        super().__init__("stage", "")
        self.queue: deque[_Finger] = deque()
        self.longest = 0.0
        """Longest time between two frames, in seconds."""
        self._last = time.monotonic()

    def update(self, dispatch_fn: Callable[[str, MotionEvent], None]) -> None:
        last, self._last = self._last, time.monotonic()
        self.longest = max(self.longest, self._last - last)
        while self.queue:
            finger = self.queue.popleft()
            dispatch_fn("begin", finger)
            dispatch_fn("end", finger)


class _Finger(MotionEvent):
    """A touch at a point of the window, in shares of its size."""

    def __init__(self, sx: float, sy: float) -> None:
        super().__init__("stage", id(self), {"x": sx, "y": sy}, is_touch=True, type_id="touch")

    def depack(self, args: dict[str, float]) -> None:
        self.sx, self.sy = args["x"], args["y"]
        self.profile = ["pos"]
        super().depack(args)


def texts_of(sheet: Sheet, window: Box) -> list[str]:
    """Return the visible texts of a sheet."""
    found = [
        mark
        for number, mark in enumerate(sheet)
        if isinstance(mark, Text) and window.holds(mark.box) and not _covered(sheet, number, mark.box.centre)
    ]
    return [mark.text for mark in found]


def targets_of(sheet: Sheet, window: Box) -> list[Target]:
    """Return every touch target of a sheet."""
    return [
        Target(
            mark.name,
            mark.item,
            mark.choice,
            mark.label,
            mark.box.centre,
            mark.enabled,
            window.holds(mark.box) and not _covered(sheet, number, mark.box.centre),
        )
        for number, mark in enumerate(sheet)
        if isinstance(mark, Touch)
    ]


def _covered(sheet: Sheet, number: int, point: tuple[float, float]) -> bool:
    """Return True if a later mark hides the point. A touch target hides other targets, but no text."""
    hides: tuple[type, ...] = (Fill, Cover, Touch) if isinstance(sheet[number], Touch) else (Fill, Cover)
    return any(isinstance(mark, hides) and mark.box.contains(*point) for mark in sheet[number + 1 :])
