"""What the desk wants to be shown, and what the camera sees: the newest of each, for any thread; keeps no history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kiosk.views import NOTHING, Wanted

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Points of the picture from its top left, as shares of its width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One grey frame for the screen, made small. Two pictures are never the same."""

    width: int
    height: int
    luma: bytes
    code: Corners = ()
    """The code that was found in this very frame; empty while there is none."""


class Viewfinder:
    """The desk says what it wants; the camera's thread waits for that and leaves its newest picture."""

    def __init__(self) -> None:
        self.live = False
        """There is a camera whose picture can be shown."""
        self._changed = threading.Condition()
        self._wanted = NOTHING
        self._picture: Picture | None = None

    def want(self, kinds: Wanted) -> None:
        with self._changed:
            self._wanted = kinds
            if not kinds:
                self._picture = None
            self._changed.notify_all()

    def newest(self) -> Picture | None:
        """None while the camera is off, and where there is no camera."""
        return self._picture

    # What follows is for the camera's thread.

    @property
    def wanted(self) -> Wanted:
        return self._wanted

    def wait(self, stop: Callable[[], bool]) -> bool:
        """Waits until something is wanted; False when stopped."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._wanted) or stop())
        return not stop()

    def wake(self) -> None:
        """Makes the camera's thread look whether it shall stop."""
        with self._changed:
            self._changed.notify_all()

    def leave(self, picture: Picture | None) -> None:
        """The newest picture; one that is not wanted any more is dropped."""
        with self._changed:
            self._picture = picture if self._wanted else None
