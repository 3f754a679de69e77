"""Define the marks that a screen consists of: immutable, drawn in order, in boxes of pixels from the top left."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto


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


class Corners(Enum):
    ALL = auto()
    TOP = auto()
    """Only the top is rounded, for what is on the shelf line."""
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled rectangle. Unlike other marks it hides what was drawn before."""

    box: Box
    colour: str
    radius: int = 0
    corners: Corners = Corners.ALL


@dataclass(frozen=True, slots=True)
class Outline:
    """The edge of a rectangle, drawn inside the box."""

    box: Box
    colour: str
    width: int
    radius: int = 0
    corners: Corners = Corners.ALL


class Figure(Enum):
    DISC = auto()
    RING = auto()
    OCTAGON = auto()
    WAVES = auto()
    """Three arcs: the sign of a contactless card."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A curved figure that fills its box. `share` is the drawn part of a ring, clockwise from the top."""

    box: Box
    figure: Figure
    colour: str
    width: int = 0
    share: float = 1.0
    turns: bool = False
    """True: rotates while it is drawn, to show that something is pending."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, horizontal or vertical, as a thin rectangle."""

    box: Box
    colour: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `box` has the width of the words and one line of height. `cut`: words were left out."""

    box: Box
    text: str
    size: int
    colour: str
    cut: bool = False
    whole: str | None = field(default=None, compare=False)
    """Full text that begins with this line; empty if it began on an earlier line, None if unknown."""


@dataclass(frozen=True, slots=True)
class Column:
    """Vertical text; `box` has the height of the words and the width of one column."""

    box: Box
    text: str
    size: int
    colour: str


@dataclass(frozen=True, slots=True)
class Icon:
    """An icon by name, filling its box."""

    box: Box
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover of a title: the picture of this name if the kiosk has it, otherwise a generated one."""

    box: Box
    subject: str
    title: str
    corners: Corners = Corners.ALL
    edge: str = ""
    """Colour of an outline in high contrast, else empty."""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture file of the library, filling the box."""

    box: Box
    path: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code without its quiet zone. A row has one byte per module: 0 white, 1 black."""

    box: Box
    rows: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Area that turns like a page when its content changes."""

    box: Box


@dataclass(frozen=True, slots=True)
class Piece:
    """Group the next `count` marks as one object, identified by name across redraws."""

    box: Box
    name: str
    """Identifies the object among those of its kind."""
    count: int
    away: tuple[float, float] | None = None
    """Offset in pixels from which a new object slides in; None: it fades in at its place."""
    opens: bool = False
    """True: it moves only when its screen opens, and not when that is redrawn."""


@dataclass(frozen=True, slots=True)
class Live:
    """The camera's live picture, filling the box. A found barcode is outlined; else `aim` shows where to hold one."""

    box: Box
    radius: int
    around: str
    """Colour around the box, for its rounded corners."""
    colour: str
    """Colour of the outline."""
    width: int
    aim: tuple[Box, ...] = ()
    aim_colour: str = "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Touch:
    """A touchable area: the stable name of the action, and the item or choice it belongs to."""

    box: Box
    name: str
    item: str | None = None
    choice: str | None = None
    enabled: bool = True
    radius: int = 0
    label: str = ""
    """Its text, for lists of what can be pressed."""
    turn: int | None = None
    """Row to which it turns a long list. The presenter handles it and sends no action."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Target of the touch test: the presenter reports the distance, wherever the touch was."""

    box: Box


Mark = Fill | Outline | Shape | Line | Text | Column | Icon | Cover | Photo | Code | Leaf | Piece | Live | Touch | Spot
Sheet = tuple[Mark, ...]
