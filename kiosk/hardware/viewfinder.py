"""Exchange the wanted barcode kinds and the newest picture between the desk and the scanner's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from kiosk.views import NOTHING, AcceptedNumbers

Corners: TypeAlias = tuple[tuple[float, float], ...]
"""Points of the picture from its top left, as fractions of its width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One reduced grey frame for the screen. Pictures compare by identity."""

    width: int
    height: int
    luma: bytes
    code: Corners = ()
    """Corners of the code found in this frame; empty if there is none."""


class Viewfinder:
    """Hold the kinds that the desk wants and the camera's newest picture. Thread-safe."""

    def __init__(self) -> None:
        self.live = False
        """True if a camera provides pictures."""
        self._changed = threading.Condition()
        self._wanted = NOTHING
        self._picture: Picture | None = None

    def want(self, kinds: AcceptedNumbers) -> None:
        with self._changed:
            self._wanted = kinds
            if not kinds:
                self._picture = None
            self._changed.notify_all()

    def newest(self) -> Picture | None:
        """Return the newest picture; None while the camera is off or absent."""
        return self._picture

    # The methods below are called by the camera's thread.

    @property
    def wanted(self) -> AcceptedNumbers:
        return self._wanted

    def wait(self, stop: Callable[[], bool]) -> bool:
        """Wait until a kind is wanted; return False when stopped."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._wanted) or stop())
        return not stop()

    def wake(self) -> None:
        """Wake the camera's thread so that it checks its stop signal."""
        with self._changed:
            self._changed.notify_all()

    def leave(self, picture: Picture | None) -> None:
        """Store the newest picture, or drop it if no kind is wanted any more."""
        with self._changed:
            self._picture = picture if self._wanted else None
