"""Define boxes on the screen, in pixels from the top left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; y grows downwards."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def inset(self, by: float, by_y: float | None = None) -> Box:
        """Return the box reduced by `by` at the left and right, and by `by_y` (default `by`) at the top and bottom."""
        dy = by if by_y is None else by_y
        return Box(self.x + by, self.y + dy, self.w - 2 * by, self.h - 2 * dy)

    def intersection(self, room: Box) -> Box:
        """Return the part of the box inside `room`."""
        x, y = max(self.x, room.x), max(self.y, room.y)
        return Box(x, y, min(self.right, room.right) - x, min(self.bottom, room.bottom) - y)

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def holds(self, other: Box, slack: float = 0.5) -> bool:
        """Return True if `other` is inside, with a tolerance of `slack` pixels."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def meets(self, other: Box, slack: float = 0.5) -> bool:
        """Return True if the boxes overlap by more than `slack` pixels in both directions."""
        if self.y + self.h <= other.y or other.y + other.h <= self.y:
            return False  # One is above the other, the most frequent case.
        return (
            min(self.right, other.right) - max(self.x, other.x) > slack
            and min(self.bottom, other.bottom) - max(self.y, other.y) > slack
        )
