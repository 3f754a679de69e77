"""Draw the camera's live picture in one reused texture, and the outline of a found barcode."""

from __future__ import annotations

from kivy.graphics import BorderImage, InstructionGroup, Rectangle, SmoothLine
from kivy.graphics.texture import Texture
from PIL import ImageChops

from kiosk.hardware.viewfinder import Corners, Picture
from kiosk.screens.rendering.bitmap_shapes import corner_border, corner_mask
from kiosk.screens.rendering.display_list import Corners as Round
from kiosk.screens.rendering.display_list import Live
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.textures import colour, mask

OUTSIDE = 0.01
"""Distance of the outline from the bars, as a share of the barcode's length."""
EDGE, EDGE_COLOUR = 2, "#1A1611"
"""Width in pixels and colour of the dark edge around the aiming corners."""


class LivePicture:
    """Graphics of a Live mark; empty until the first picture."""

    def __init__(self, mark: Live, height: int) -> None:
        """Create the graphics; `height` is the window's height in pixels."""
        self.group = InstructionGroup()
        self._mark = mark
        self._height = height
        self._texture: Texture | None = None
        self._outline = InstructionGroup()

    def show(self, picture: Picture) -> None:
        """Copy the picture into the texture, and outline its code or draw the aiming corners."""
        size = (picture.width, picture.height)
        if self._texture is None or self._texture.size != size:
            self._begin(size)
        assert self._texture is not None
        self._texture.blit_buffer(picture.luma, colorfmt="luminance", bufferfmt="ubyte")
        self._outline.clear()
        if picture.code:
            self._draw_code(picture)
        else:
            self._draw_aim()

    def _begin(self, size: tuple[int, int]) -> None:
        self._texture = Texture.create(size=size, colorfmt="luminance")
        box = self._mark.box
        at = {"pos": (box.x, self._height - box.bottom), "size": (box.w, box.h)}
        edge = corner_border(self._mark.radius, 0)
        hole = mask(ImageChops.invert(corner_mask(self._mark.radius, 0, Round.ALL)))
        self.group.clear()
        self.group.add(colour("#FFFFFF"))
        self.group.add(Rectangle(texture=self._texture, tex_coords=_middle(size, box), **at))
        self.group.add(colour(self._mark.around))
        self.group.add(BorderImage(texture=hole, border=(edge,) * 4, **at))
        self.group.add(self._outline)

    def _draw_aim(self) -> None:
        """Draw the aiming corners with a dark edge, so that they are visible on a white label."""
        edged = [each.inset(-EDGE) for each in self._mark.aim]
        for shade, boxes in ((EDGE_COLOUR, edged), (self._mark.aim_colour, self._mark.aim)):
            self._outline.add(colour(shade))
            for each in boxes:
                self._outline.add(Rectangle(pos=(each.x, self._height - each.bottom), size=(each.w, each.h)))

    def _draw_code(self, picture: Picture) -> None:
        points = outline((picture.width, picture.height), picture.code, self._mark.box)
        flat = [value for x, y in points for value in (x, self._height - y)]
        self._outline.add(colour(self._mark.colour))
        self._outline.add(SmoothLine(points=flat, width=self._mark.width / 2, close=True))


def _middle(size: tuple[int, int], box: Box) -> tuple[float, ...]:
    """Return the texture coordinates of the picture's part that fills the box; the picture's first row is its top."""
    left, top, scale = _fit(size, box)
    x, y = left / size[0], top / size[1]
    right, bottom = x + box.w / scale / size[0], y + box.h / scale / size[1]
    return (x, bottom, right, bottom, right, y, x, y)


def _fit(size: tuple[int, int], box: Box) -> tuple[float, float, float]:
    """Return what is cut off at the left and at the top, in picture pixels, and the scale."""
    scale = max(box.w / size[0], box.h / size[1])
    return (size[0] - box.w / scale) / 2, (size[1] - box.h / scale) / 2, scale


def outline(size: tuple[int, int], code: Corners, box: Box) -> list[tuple[float, float]]:
    """Return the corners of a barcode on the screen from the top left, slightly outside its bars and inside the box."""
    left, top, scale = _fit(size, box)
    points = [(box.x + (x * size[0] - left) * scale, box.y + (y * size[1] - top) * scale) for x, y in code]
    middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
    longest = max(_away(one, other) for one in points for other in points)
    return [_inside(_further(point, middle, longest * OUTSIDE), box) for point in points]


def _further(point: tuple[float, float], middle: tuple[float, float], by: float) -> tuple[float, float]:
    away = _away(point, middle) or 1.0
    return tuple(at + (at - centre) / away * by for at, centre in zip(point, middle, strict=True))  # type: ignore[return-value]


def _away(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _inside(point: tuple[float, float], box: Box) -> tuple[float, float]:
    edge = box.inset(2)
    return min(max(point[0], edge.x), edge.right), min(max(point[1], edge.y), edge.bottom)
