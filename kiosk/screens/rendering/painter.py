"""Draw a sheet with Kivy: marks become graphics instructions, and the camera's picture one reused texture."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from itertools import islice
from typing import NamedTuple, TypeVar, assert_never

from kivy.clock import Clock
from kivy.graphics import BorderImage, Color, InstructionGroup, PopMatrix, PushMatrix, Rectangle, Rotate, SmoothLine
from kivy.graphics.texture import Texture
from PIL import Image, ImageChops

from kiosk.hardware.viewfinder import Corners as BarcodeCorners
from kiosk.hardware.viewfinder import Picture
from kiosk.screens.rendering.animation import TransitionAnimator
from kiosk.screens.rendering.bitmap_shapes import code_picture, corner_border, corner_mask, figure_mask
from kiosk.screens.rendering.covers import CoverPictures, cover_picture
from kiosk.screens.rendering.display_list import (
    Box,
    Code,
    Column,
    Corners,
    Cover,
    Figure,
    Fill,
    Icon,
    Leaf,
    Line,
    Live,
    Mark,
    Outline,
    Photo,
    Piece,
    Shape,
    Sheet,
    Spot,
    Text,
    Touch,
)
from kiosk.screens.rendering.glyphs import SIDE, TEXT_FONT, Glyphs, top_of_line
from lending.colours import rgb
from lending.cover_design import cover_rule

K = TypeVar("K")
V = TypeVar("V")


class PictureKey(NamedTuple):
    """A cover picture at one size in pixels."""

    picture: str
    width: int
    height: int
    corners: Corners


class Painter:
    """Keeps one instruction group per mark; a mark that is also on the next sheet keeps its group."""

    def __init__(
        self, canvas: InstructionGroup, glyphs: Glyphs, height: int, pictures: CoverPictures | None = None
    ) -> None:
        """Create a painter.

        Args:
            canvas: Group to draw into.
            glyphs: Shapes of the texts.
            height: Height of the canvas in pixels.
            pictures: Pictures of the covers. None: all covers are generated.
        """
        self._canvas = canvas
        self._glyphs = glyphs
        self._height = height
        self._groups: dict[Mark, InstructionGroup] = {}
        self._turning: dict[Mark, Rotate] = {}
        self._live: dict[Mark, LivePicture] = {}
        self._picture: Picture | None = None
        self._corners: dict[tuple[int, int, Corners], Texture] = {}
        self._figures: dict[tuple[Figure, int, int, int, float], Texture] = {}
        self._words: dict[tuple[str, int], Texture] = {}
        self._icons: dict[tuple[str, int], Texture] = {}
        self._covers: dict[tuple[str, str, int, int, Corners], Texture] = {}
        self._pictures = pictures
        self._photographs: dict[PictureKey, Texture | None] = {}
        """Decoded pictures of covers; None for one that is damaged."""
        self._decoding: dict[PictureKey, Future[Image.Image | None]] = {}

    def show(self, sheet: Sheet, gliding: TransitionAnimator | None = None) -> None:
        """Draw the sheet; `gliding` animates the pieces that move."""
        before, self._groups = self._groups, {}
        self._canvas.clear()
        marks, on_top = iter(sheet), InstructionGroup()
        for mark in marks:
            if gliding and isinstance(mark, Piece) and gliding.carries(mark):
                parts = [(part, self._reuse_group(part, before)) for part in islice(marks, mark.count)]
                (on_top if gliding.appears(mark) else self._canvas).add(gliding.moving_group(mark, parts))
            else:
                self._canvas.add(self._reuse_group(mark, before))
        self._canvas.add(on_top)
        self._turning = {mark: turn for mark, turn in self._turning.items() if mark in self._groups}
        self._live = {mark: live for mark, live in self._live.items() if mark in self._groups}
        if not self._live:
            self._picture = None

    @property
    def lives(self) -> bool:
        """Return True if the camera's picture is on the sheet."""
        return bool(self._live)

    def picture(self, newest: Picture | None) -> bool:
        """Show the camera's newest picture; return True if it differs from the last one."""
        if newest is None or newest is self._picture:
            return False
        self._picture = newest
        for live in self._live.values():
            live.show(newest)
        return True

    @property
    def moves(self) -> bool:
        """Return True if something on the sheet rotates."""
        return bool(self._turning)

    def turn(self) -> None:
        """Advance rotating marks by 45 degrees clockwise."""
        for rotate in self._turning.values():
            rotate.angle -= 45

    def forget(self) -> None:
        """Drop the texts and covers of the visit; the next sheet is drawn completely."""
        self._groups.clear()
        self._turning.clear()
        self._live.clear()
        self._picture = None
        self._covers.clear()
        self._photographs.clear()
        self._decoding.clear()
        self._words.clear()
        self._glyphs.forget()

    def settle(self) -> None:
        """Wait for the pictures of covers that are being decoded, and draw them."""
        for key, coming in list(self._decoding.items()):
            self._show_picture(key, coming)

    def _reuse_group(self, mark: Mark, before: dict[Mark, InstructionGroup]) -> InstructionGroup:
        self._groups[mark] = before.pop(mark, None) or self._group(mark)
        return self._groups[mark]

    def _group(self, mark: Mark) -> InstructionGroup:
        group = InstructionGroup()
        for instruction in self._instructions(mark):
            group.add(instruction)
        return group

    def _instructions(self, mark: Mark) -> list[object]:
        match mark:
            case Fill():
                return self._fill(mark)
            case Outline():
                return self._patch(mark.box, mark.colour, mark.radius, mark.width, mark.corners)
            case Shape():
                return self._shape(mark)
            case Line():
                return [colour(mark.colour), self._rectangle(mark.box)]
            case Text():
                return self._text(mark)
            case Column():
                return self._column(mark)
            case Icon():
                return self._icon(mark)
            case Cover():
                return self._cover(mark)
            case Photo():
                return self._photo(mark)
            case Code():
                return self._code(mark)
            case Live():
                return self._live_picture(mark)
            case Touch() | Spot() | Leaf() | Piece():
                return []
            case _:
                assert_never(mark)

    def _fill(self, mark: Fill) -> list[object]:
        if not mark.radius or mark.corners is Corners.NONE:
            return [colour(mark.colour), self._rectangle(mark.box)]
        return self._patch(mark.box, mark.colour, mark.radius, 0, mark.corners)

    def _patch(self, box: Box, paint: str, radius: int, width: int, corners: Corners) -> list[object]:
        radius = min(radius, int(min(box.w, box.h) / 2) - 1) if radius else 0
        texture = self._corner(radius, width, corners)
        edge = corner_border(radius, width)
        pos, size = self._place(box)
        return [colour(paint), BorderImage(texture=texture, border=(edge,) * 4, pos=pos, size=size)]

    def _corner(self, radius: int, width: int, corners: Corners) -> Texture:
        return _get_or_make(self._corners, (radius, width, corners), lambda: mask(corner_mask(radius, width, corners)))

    def _shape(self, mark: Shape) -> list[object]:
        pos, (w, h) = self._place(mark.box)
        key = (mark.figure, w, h, mark.width, round(mark.share, 3))
        texture = _get_or_make(self._figures, key, lambda: mask(figure_mask(mark.figure, w, h, mark.width, mark.share)))
        drawn = [colour(mark.colour), Rectangle(texture=texture, pos=pos, size=(w, h))]
        if not mark.turns:
            return drawn
        rotate = self._turning[mark] = Rotate(angle=0, origin=(pos[0] + w / 2, pos[1] + h / 2))
        return [PushMatrix(), rotate, *drawn, PopMatrix()]

    def _text(self, mark: Text) -> list[object]:
        key = (mark.text, mark.size)
        texture = _get_or_make(self._words, key, lambda: mask(self._glyphs.word(mark.text, mark.size)))
        w, h = texture.size
        top = top_of_line(mark.box.y + mark.box.h / 2, mark.size)
        pos = (round(mark.box.x) - SIDE, self._height - top - h)
        return [colour(mark.colour), Rectangle(texture=texture, pos=pos, size=(w, h))]

    def _column(self, mark: Column) -> list[object]:
        texture = mask(self._glyphs.column(mark.text, mark.size))
        (x, y), (_, h) = self._place(mark.box)
        pos = (x, y + h + SIDE - texture.size[1])
        return [colour(mark.colour), Rectangle(texture=texture, pos=pos, size=texture.size)]

    def _icon(self, mark: Icon) -> list[object]:
        pos, (side, _) = self._place(mark.box)
        texture = _get_or_make(self._icons, (mark.name, side), lambda: mask(self._glyphs.icon(mark.name, side)))
        return [colour(mark.colour), Rectangle(texture=texture, pos=pos, size=texture.size)]

    def _cover(self, mark: Cover) -> list[object]:
        pos, (w, h) = self._place(mark.box)
        if mark.picture and self._pictures is not None:
            picture = self._key_of(mark)
            if picture not in self._photographs and self._pictures.has(mark.picture):
                self._decode(picture)
                # A plain cover for one frame or two: another design would flash.
                field = cover_rule(mark.subject, mark.title).field
                return [*self._patch(mark.box, field, 2, 0, mark.corners), *self._cover_edge(mark)]
            if (found := self._photographs.get(picture)) is not None:
                return [colour("#FFFFFF"), Rectangle(texture=found, pos=pos, size=(w, h)), *self._cover_edge(mark)]
        key = (mark.subject, mark.title, w, h, mark.corners)
        texture = _get_or_make(
            self._covers,
            key,
            lambda: colour_texture(cover_picture(mark.subject, mark.title, (w, h), mark.corners, TEXT_FONT)),
        )
        return [colour("#FFFFFF"), Rectangle(texture=texture, pos=pos, size=(w, h)), *self._cover_edge(mark)]

    def _cover_edge(self, mark: Cover) -> list[object]:
        return self._patch(mark.box.inset(-2), mark.edge, 4, 2, mark.corners) if mark.edge else []

    def _decode(self, key: PictureKey) -> None:
        """Decode the picture off this thread, and draw it once it is there."""
        if key in self._decoding or self._pictures is None:
            return
        coming = self._pictures.request(key.picture, (key.width, key.height), key.corners)
        self._decoding[key] = coming
        coming.add_done_callback(lambda _: Clock.schedule_once(lambda _: self._show_picture(key, coming), -1))

    def _show_picture(self, key: PictureKey, coming: Future[Image.Image | None]) -> None:
        """Draw a decoded picture; nothing if its visit has ended."""
        if self._decoding.get(key) is not coming:
            return
        del self._decoding[key]
        picture = coming.result()
        self._photographs[key] = None if picture is None else colour_texture(picture)
        for mark, group in self._groups.items():
            if isinstance(mark, Cover) and self._key_of(mark) == key:
                group.clear()
                for instruction in self._instructions(mark):
                    group.add(instruction)
        self._canvas.ask_update()

    def _key_of(self, mark: Cover) -> PictureKey:
        _, (w, h) = self._place(mark.box)
        return PictureKey(mark.picture, w, h, mark.corners)

    def _photo(self, mark: Photo) -> list[object]:
        """Read the file each time it is shown: a dozen pictures would exceed all other memory use."""
        pos, size = self._place(mark.box)
        picture = photo(mark.path, size)
        return [colour("#FFFFFF"), Rectangle(texture=picture, pos=pos, size=size)] if picture else []

    def _code(self, mark: Code) -> list[object]:
        pos, size = self._place(mark.box)
        return [colour("#FFFFFF"), Rectangle(texture=sharp(code_picture(mark.rows)), pos=pos, size=size)]

    def _live_picture(self, mark: Live) -> list[object]:
        live = self._live[mark] = LivePicture(mark, self._height)
        if self._picture is not None:
            live.show(self._picture)
        return [live.group]

    def _rectangle(self, box: Box) -> Rectangle:
        pos, size = self._place(box)
        return Rectangle(pos=pos, size=size)

    def _place(self, box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return position and size in whole pixels, with y from the bottom as Kivy expects."""
        x, top, right, bottom = round(box.x), round(box.y), round(box.right), round(box.bottom)
        return (x, self._height - bottom), (right - x, bottom - top)


def _get_or_make(store: dict[K, V], key: K, make: Callable[[], V]) -> V:
    known = store.get(key)
    if known is None:
        known = store[key] = make()
    return known


def colour(name: str) -> Color:
    red, green, blue = rgb(name)
    return Color(red / 255, green / 255, blue / 255, 1)


def mask(alpha: Image.Image) -> Texture:
    """Return a white texture with this alpha, to be coloured when drawn."""
    white = Image.new("L", alpha.size, 255)
    return colour_texture(Image.merge("RGBA", (white, white, white, alpha)))


def photo(path: str, size: tuple[int, int]) -> Texture | None:
    """Load the picture at the size in which it is drawn; None if the file cannot be read."""
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", size)
            return colour_texture(picture.resize(size, Image.Resampling.BILINEAR).convert("RGBA"))
    except OSError:
        return None


def sharp(picture: Image.Image) -> Texture:
    """Return a texture whose pixels stay sharp at any size."""
    texture = colour_texture(picture.convert("RGBA"))
    texture.mag_filter = texture.min_filter = "nearest"
    return texture


def colour_texture(picture: Image.Image) -> Texture:
    """Return a texture with the picture's own colours; edges are clamped."""
    texture = Texture.create(size=picture.size, colorfmt="rgba")
    texture.blit_buffer(picture.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    texture.wrap = "clamp_to_edge"
    return texture


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
        hole = mask(ImageChops.invert(corner_mask(self._mark.radius, 0, Corners.ALL)))
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


def outline(size: tuple[int, int], code: BarcodeCorners, box: Box) -> list[tuple[float, float]]:
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
