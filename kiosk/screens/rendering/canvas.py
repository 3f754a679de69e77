"""Build a sheet: add text that fits, icons, buttons; each call returns where it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.screens.rendering.display_list import (
    Box,
    Corners,
    Fill,
    Icon,
    Line,
    Mark,
    Outline,
    Piece,
    Sheet,
    Text,
    Touch,
)
from kiosk.screens.rendering.text_layout import Ruler, shorten, wrap
from kiosk.screens.rendering.theme import Theme, Type
from kiosk.views import Action
from lending.line_breaks import is_wide, unbroken

LEADING = 1.2
HANGING, HANG = tuple("《“「『（【"), 0.4
"""Opening marks, and how far they hang out of the column, in em.

Half of a full-width mark is blank; hanging it keeps the left edge straight.
"""


class Canvas:
    """A sheet under construction."""

    def __init__(self, theme: Theme, ruler: Ruler, live: bool = False) -> None:
        """Start an empty sheet; `live`: a camera picture can be shown."""
        self.theme = theme
        self.live = live
        self.ruler = ruler
        self.colours = theme.colours
        self._marks: list[Mark] = []

    def sheet(self) -> Sheet:
        """Return the marks in drawing order."""
        return tuple(self._marks)

    def add(self, *marks: Mark) -> None:
        self._marks.extend(marks)

    @contextmanager
    def piece(
        self, box: Box, name: str, away: tuple[float, float] | None = None, *, opens: bool = False
    ) -> Iterator[None]:
        """Group the marks added in the block as one piece."""
        at = len(self._marks)
        yield
        self._marks.insert(at, Piece(box, name, len(self._marks) - at, away, opens))

    def u(self, units: float) -> int:
        """Convert units to pixels."""
        return self.theme.u(units)

    def leading(self, step: Type) -> int:
        """Return the height in pixels of one line of text."""
        factor = 1.33 if step is Type.CAP and not self.theme.large else LEADING
        return round(self.theme.size(step) * factor)

    def width(self, text: str, step: Type) -> int:
        """Return the width in pixels of one line."""
        return self.ruler.width(text, self.theme.size(step))

    def words(self, box: Box, text: str, step: Type, colour: str = "", align: str = "left", most: int = 0) -> float:
        """Set text from the top of the box, in at most `most` lines if given; return the bottom y.

        With `most`, the text is data that may be cut (a title). Without, every word is shown.
        """
        size, leading = self.theme.size(step), self.leading(step)
        lines, cut = wrap(text, size, box.w, self.ruler, most)
        broken = any(self.ruler.width(each.rstrip(), size) > box.w for each in unbroken(text))
        y = box.y
        for number, line in enumerate(lines, 1):
            shown_cut = broken or (cut and number == len(lines))
            whole = text if number == 1 else ""
            out = min(HANG * size, box.x) if align == "left" and line[:1] in HANGING else 0
            row = Box(box.x - out, y, box.w, leading)
            self._line(row, line, size, colour or self.colours.ink, align, shown_cut, whole)
            y += leading
        return y

    def count_lines(self, text: str, step: Type, width: float) -> int:
        """Return the number of lines that the text takes at this width in pixels."""
        return len(wrap(text, self.theme.size(step), width, self.ruler)[0])

    def step_for(self, text: str, width: float, height: float, steps: tuple[Type, ...]) -> Type:
        """Return the first step in which the text fits without a broken word; the last one if none does."""
        for step in steps[:-1]:
            longest = max((self.width(word, step) for word in text.split()), default=0)
            fits = self.count_lines(text, step, width) * self.leading(step) <= height
            if fits and (longest <= width or any(is_wide(char) for char in text)):
                return step
        return steps[-1]

    def word(self, box: Box, text: str, step: Type, colour: str = "", align: str = "left", cut: bool = False) -> None:
        """Set one line, vertically centred in the box; with `cut` its end may be dropped to fit."""
        size, leading = self.theme.size(step), self.leading(step)
        shown = shorten(text, size, box.w, self.ruler) if cut else text
        row = Box(box.x, box.y + (box.h - leading) / 2, box.w, leading)
        self._line(row, shown, size, colour or self.colours.ink, align, shown != text, text)

    def _line(self, row: Box, text: str, size: int, colour: str, align: str, cut: bool, whole: str) -> None:
        if not text:
            return
        width = self.ruler.width(text, size)
        spare = row.w - width
        x = row.x + {"left": 0.0, "centre": spare / 2, "right": spare}[align]
        self.add(Text(Box(round(x), round(row.y), width, row.h), text, size, colour, cut, whole))

    def end_of(self, typed: str, step: Type, width: float) -> str:
        """Return the end of the typed text that fits `width` pixels."""
        while typed and self.width(typed, step) > width:
            typed = typed[1:]
        return typed

    def icon(self, x: float, middle: float, name: str, size: float, colour: str = "") -> float:
        """Draw an icon of `size` units with its left edge at x, centred on y `middle`; return its right edge."""
        side = self.u(size)
        self.add(Icon(Box(round(x), round(middle - side / 2), side, side), name, colour or self.colours.ink))
        return x + side

    def rule(self, x: float, y: float, width: float) -> None:
        """Draw the thin line between rows."""
        thick = 2 if self.colours.outlined else 1
        self.add(Line(Box(round(x), round(y), width, thick), self.colours.line))

    def panel(self, box: Box, colour: str, corners: Corners = Corners.ALL, radius: float = 1) -> None:
        """Fill a box; in high contrast with an outline."""
        self.add(Fill(box, colour, self.u(radius), corners))
        if self.colours.outlined:
            self.add(Outline(box, self.colours.ink, 3, self.u(radius), corners))

    def frame(self, box: Box, colour: str = "", width: int = 2, corners: Corners = Corners.ALL) -> None:
        self.add(Outline(box, colour or self.colours.ink, width, self.u(1), corners))

    def ring(self, box: Box) -> None:
        """Draw the focus ring of the hardware keys, with a light gap so that it is visible on any background."""
        gap, wide = self.u(0.4), self.u(0.7)
        room = Box(gap + wide, gap + wide, self.theme.width - 2 * (gap + wide), self.theme.height - 2 * (gap + wide))
        seen = box.intersection(room)
        self.add(Outline(seen.inset(-gap), self.colours.paper, gap, self.u(1)))
        self.add(Outline(seen.inset(-gap - wide), self.colours.ink, wide, self.u(1)))

    def touch(self, box: Box, action: Action, label: str) -> None:
        """Make the box touchable. Call it after drawing, because later marks cover earlier ones."""
        self.add(Touch(box, action.name, action.item, action.choice, action.enabled, self.u(1), label))
