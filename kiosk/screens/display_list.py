"""What a screen is made of: flat marks, drawn in their order; knows no view and no toolkit."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from kiosk.screens.geometry import Box


class Corners(Enum):
    ALL = auto()
    TOP = auto()
    """What stands on the line is round at the top only."""
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
    """A curved figure that fills its box. `share` is the part of a ring that is drawn, clockwise from the top."""

    box: Box
    figure: Figure
    colour: str
    width: int = 0
    share: float = 1.0
    turns: bool = False
    """Turns as long as it is drawn: something is being waited for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, horizontal or vertical, as a thin rectangle would be."""

    box: Box
    colour: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `box` is as wide as the words and one line high. `cut` says that words were left out."""

    box: Box
    text: str
    size: int
    colour: str
    cut: bool = False
    whole: str | None = field(default=None, compare=False)
    """All the words that begin with this line; empty where they began before, None where nobody says."""


@dataclass(frozen=True, slots=True)
class Column:
    """Text from the top down; `box` is as high as the words and one column wide."""

    box: Box
    text: str
    size: int
    colour: str


@dataclass(frozen=True, slots=True)
class Icon:
    box: Box
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Cover:
    """A typographic cover for a title that has no picture."""

    box: Box
    subject: str
    title: str
    corners: Corners = Corners.ALL
    edge: str = ""
    """Colour of an outline in high contrast, else empty."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of the library's own, from a file, filling the box."""

    box: Box
    path: str


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code without its quiet edge. A row is as many bytes as modules: 0 white, 1 black."""

    box: Box
    rows: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What turns like a page when something else is to stand there."""

    box: Box


@dataclass(frozen=True, slots=True)
class Piece:
    """The next `count` marks are one thing to the eye, known by its name when the screen is drawn again."""

    box: Box
    name: str
    """Says no more than which one of its kind it is."""
    count: int
    away: tuple[float, float] | None = None
    """How far from its place a new one sets out; None where it appears there."""
    opens: bool = False
    """Sets out with its screen, and not when that is drawn again."""


@dataclass(frozen=True, slots=True)
class Live:
    """The camera's newest picture, filling the box. A code found in it is outlined; else `aim` shows where one goes."""

    box: Box
    radius: int
    around: str
    """The colour on which the box stands, for its round corners."""
    colour: str
    """Of the outline."""
    width: int
    aim: tuple[Box, ...] = ()
    aim_colour: str = "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Touch:
    """A place to touch: the stable name of the action, and the item or the choice it belongs to."""

    box: Box
    name: str
    item: str | None = None
    choice: str | None = None
    enabled: bool = True
    radius: int = 0
    label: str = ""
    """The words on it, for whoever lists what could have been pressed."""
    turn: int | None = None
    """The row to which it turns a long list: done by the face, never posted."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a touch is to land in the test of touch: the face tells how far off it was, wherever it came down."""

    box: Box


Mark = Fill | Outline | Shape | Line | Text | Column | Icon | Cover | Photo | Code | Leaf | Piece | Live | Touch | Spot
Sheet = tuple[Mark, ...]
