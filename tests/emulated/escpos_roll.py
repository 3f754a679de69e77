"""A roll of thermal paper: receives rows of dots, can be cut, and may end."""

from __future__ import annotations

from PIL import Image


class Roll:
    """Paper roll, `width` dots wide; a row has `width` bits, black is 1, the leftmost dot is the highest bit."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.left: int | None = None
        """Rows until the roll ends; None for an endless roll."""
        self.printed = 0
        """Rows printed so far."""
        self._rows: list[bytes] = []
        self._slips: list[Image.Image] = []

    @property
    def ended(self) -> bool:
        return self.left is not None and self.left <= 0

    def row(self, dots: bytes) -> None:
        """Print one row and advance by one dot; the roll must not have ended."""
        assert not self.ended and len(dots) == self.width // 8
        if self.left is not None:
            self.left -= 1
        self.printed += 1
        self._rows.append(dots)

    def cut(self) -> None:
        """Cut the printed paper into a slip, even if it is blank."""
        if self._rows:
            self._slips.append(self._picture())
        self._rows = []

    def _picture(self) -> Image.Image:
        inverted = bytes(255 - byte for byte in b"".join(self._rows))
        return Image.frombytes("1", (self.width, len(self._rows)), inverted)

    @property
    def slips(self) -> tuple[Image.Image, ...]:
        """Cut slips, oldest first."""
        return tuple(self._slips)

    @property
    def hanging(self) -> Image.Image | None:
        """Printed paper that is not cut, or None."""
        return self._picture() if self._rows else None


def without_tail(slip: Image.Image) -> Image.Image:
    """Return the slip cropped below its last black dot."""
    box = slip.convert("L").point(lambda shade: 255 - shade).getbbox()
    return slip.crop((0, 0, slip.width, box[3] if box else 0))
