"""The label sheets that a library can buy, by their published sizes, and the place of each label on them.

Source: Avery's product pages and Word templates of the numbers below. The sheets are centred on their paper, so the
margins follow from the sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.staff.paper.typesetting import MM, Box

A4 = (210.0, 297.0)
LETTER = (215.9, 279.4)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels; all sizes in mm."""

    name: str
    """Number under which the maker sells it."""
    paper: tuple[float, float]
    columns: int
    rows: int
    width: float
    height: float
    column_gap: float
    """White between two columns; rows touch."""

    @property
    def count(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows

    @property
    def margins(self) -> tuple[float, float]:
        """Distance of the labels from the left and from the upper edge, in mm."""
        across = self.columns * self.width + (self.columns - 1) * self.column_gap
        return (self.paper[0] - across) / 2, (self.paper[1] - self.rows * self.height) / 2

    @property
    def page(self) -> tuple[float, float]:
        """Size of the paper in points."""
        return self.paper[0] * MM, self.paper[1] * MM

    def place(self, number: int) -> Box:
        """Return the label with this number, counted from 0 along the rows, in points."""
        left, top = self.margins
        row, column = divmod(number, self.columns)
        x, y = left + column * (self.width + self.column_gap), self.paper[1] - top - (row + 1) * self.height
        return Box(x * MM, y * MM, self.width * MM, self.height * MM)

    def places(self, count: int, start: int) -> Iterator[tuple[int, Box]]:
        """Yield page and place for each of `count` labels; the first one is number `start`, counted from 1."""
        for number in range(start - 1, start - 1 + count):
            page, place = divmod(number, self.count)
            yield page, self.place(place)


SHEETS = {
    each.name: each
    for each in (
        Sheet("L7160", A4, 3, 7, 63.5, 38.1, 2.54),
        Sheet("L7163", A4, 2, 7, 99.1, 38.1, 2.5),
        Sheet("L7651", A4, 5, 13, 38.1, 21.2, 2.5),
        Sheet("5160", LETTER, 3, 10, 66.675, 25.4, 3.175),
    )
}
"""Sheets by number: A4 ones of the European range, and the usual one for US Letter."""
