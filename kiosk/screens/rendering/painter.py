"""Draw a sheet with Kivy; the only module that turns marks into graphics instructions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from itertools import islice
from typing import NamedTuple, TypeVar, assert_never

from kivy.clock import Clock
from kivy.graphics import BorderImage, InstructionGroup, PopMatrix, PushMatrix, Rectangle, Rotate
from kivy.graphics.texture import Texture
from PIL import Image

from kiosk.hardware.viewfinder import Picture
from kiosk.screens.rendering.animation import TransitionAnimator
from kiosk.screens.rendering.bitmap_shapes import code_picture, corner_border, corner_mask, figure_mask
from kiosk.screens.rendering.camera_preview import LivePicture
from kiosk.screens.rendering.cover_art import cover_picture
from kiosk.screens.rendering.cover_pictures import CoverPictures
from kiosk.screens.rendering.display_list import (
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
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.glyphs import SIDE, TEXT_FONT, Glyphs, top_of_line
from kiosk.screens.rendering.textures import colour, colour_texture, mask, photo, sharp
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
