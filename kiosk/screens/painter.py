"""Paints a sheet on the window and keeps what did not change; the only file that turns marks into graphics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, assert_never

from kivy.graphics import BorderImage, Color, InstructionGroup, PopMatrix, PushMatrix, Rectangle, Rotate
from kivy.graphics.texture import Texture
from PIL import Image

from kiosk.screens.art import corner_border, corner_mask, figure_mask
from kiosk.screens.cover_art import cover_picture
from kiosk.screens.geometry import Box
from kiosk.screens.glyphs import SIDE, TEXT_FONT, Glyphs, top_of_line
from kiosk.screens.marks import Corners, Cover, Figure, Fill, Icon, Line, Mark, Outline, Shape, Sheet, Text, Touch
from kiosk.screens.theme import rgb

K = TypeVar("K")
V = TypeVar("V")


class Painter:
    """Holds one group of graphics per mark; a mark that is on the next sheet too keeps its group."""

    def __init__(self, canvas: InstructionGroup, glyphs: Glyphs) -> None:
        self._canvas = canvas
        self._glyphs = glyphs
        self._height = 0
        self._groups: dict[Mark, InstructionGroup] = {}
        self._turning: dict[Mark, Rotate] = {}
        self._corners: dict[tuple[int, int, Corners], Texture] = {}
        self._figures: dict[tuple[Figure, int, int, int, float], Texture] = {}
        self._words: dict[tuple[str, int], Texture] = {}
        self._icons: dict[tuple[str, int], Texture] = {}
        self._covers: dict[tuple[str, str, int, int, Corners], Texture] = {}

    def show(self, sheet: Sheet, paper: str, size: tuple[int, int]) -> None:
        """Draws the sheet on the paper colour."""
        if size[1] != self._height:
            self._groups.clear()
            self._height = size[1]
        before, self._groups = self._groups, {}
        self._canvas.clear()
        self._canvas.add(_colour(paper))
        self._canvas.add(Rectangle(pos=(0, 0), size=size))
        for mark in sheet:
            group = before.get(mark) or self._group(mark)
            self._groups[mark] = group
            self._canvas.add(group)
        self._turning = {mark: turn for mark, turn in self._turning.items() if mark in self._groups}

    @property
    def moves(self) -> bool:
        """Whether something on the sheet turns."""
        return bool(self._turning)

    def turn(self) -> None:
        """One step of what turns: an eighth, clockwise."""
        for rotate in self._turning.values():
            rotate.angle -= 45

    def forget(self) -> None:
        """Drops words and covers of the visit; the next sheet is drawn anew."""
        self._groups.clear()
        self._turning.clear()
        self._covers.clear()
        self._words.clear()
        self._glyphs.forget()

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
                return [_colour(mark.colour), self._rectangle(mark.box)]
            case Text():
                return self._text(mark)
            case Icon():
                return self._icon(mark)
            case Cover():
                return self._cover(mark)
            case Touch():
                return []
            case _:
                assert_never(mark)

    def _fill(self, mark: Fill) -> list[object]:
        if not mark.radius or mark.corners is Corners.NONE:
            return [_colour(mark.colour), self._rectangle(mark.box)]
        return self._patch(mark.box, mark.colour, mark.radius, 0, mark.corners)

    def _patch(self, box: Box, colour: str, radius: int, width: int, corners: Corners) -> list[object]:
        radius = min(radius, int(min(box.w, box.h) / 2) - 1) if radius else 0
        texture = self._corner(radius, width, corners)
        edge = corner_border(radius, width)
        pos, size = self._place(box)
        return [_colour(colour), BorderImage(texture=texture, border=(edge,) * 4, pos=pos, size=size)]

    def _corner(self, radius: int, width: int, corners: Corners) -> Texture:
        return _kept(self._corners, (radius, width, corners), lambda: _mask(corner_mask(radius, width, corners)))

    def _shape(self, mark: Shape) -> list[object]:
        pos, (w, h) = self._place(mark.box)
        key = (mark.figure, w, h, mark.width, round(mark.share, 3))
        texture = _kept(self._figures, key, lambda: _mask(figure_mask(mark.figure, w, h, mark.width, mark.share)))
        drawn = [_colour(mark.colour), Rectangle(texture=texture, pos=pos, size=(w, h))]
        if not mark.turns:
            return drawn
        rotate = self._turning[mark] = Rotate(angle=0, origin=(pos[0] + w / 2, pos[1] + h / 2))
        return [PushMatrix(), rotate, *drawn, PopMatrix()]

    def _text(self, mark: Text) -> list[object]:
        key = (mark.text, mark.size)
        texture = _kept(self._words, key, lambda: _mask(self._glyphs.word(mark.text, mark.size)))
        w, h = texture.size
        top = top_of_line(mark.box.y + mark.box.h / 2, mark.size)
        pos = (round(mark.box.x) - SIDE, self._height - top - h)
        return [_colour(mark.colour), Rectangle(texture=texture, pos=pos, size=(w, h))]

    def _icon(self, mark: Icon) -> list[object]:
        pos, (side, _) = self._place(mark.box)
        texture = _kept(self._icons, (mark.name, side), lambda: _mask(self._glyphs.icon(mark.name, side)))
        return [_colour(mark.colour), Rectangle(texture=texture, pos=pos, size=texture.size)]

    def _cover(self, mark: Cover) -> list[object]:
        pos, (w, h) = self._place(mark.box)
        key = (mark.subject, mark.title, w, h, mark.corners)
        texture = _kept(
            self._covers,
            key,
            lambda: _coloured(cover_picture(mark.subject, mark.title, (w, h), mark.corners, TEXT_FONT)),
        )
        drawn: list[object] = [_colour("#FFFFFF"), Rectangle(texture=texture, pos=pos, size=(w, h))]
        if mark.edge:
            drawn += self._patch(mark.box.inset(-2), mark.edge, 4, 2, mark.corners)
        return drawn

    def _rectangle(self, box: Box) -> Rectangle:
        pos, size = self._place(box)
        return Rectangle(pos=pos, size=size)

    def _place(self, box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
        """The box in whole pixels, with y from the bottom as the toolkit wants it."""
        x, top, right, bottom = round(box.x), round(box.y), round(box.right), round(box.bottom)
        return (x, self._height - bottom), (right - x, bottom - top)


def _kept(store: dict[K, V], key: K, make: Callable[[], V]) -> V:
    known = store.get(key)
    if known is None:
        known = store[key] = make()
    return known


def _colour(colour: str) -> Color:
    red, green, blue = rgb(colour)
    return Color(red / 255, green / 255, blue / 255, 1)


def _mask(alpha: Image.Image) -> Texture:
    """A white picture with this alpha, to be coloured when drawn."""
    white = Image.new("L", alpha.size, 255)
    return _coloured(Image.merge("RGBA", (white, white, white, alpha)))


def _coloured(picture: Image.Image) -> Texture:
    texture = Texture.create(size=picture.size, colorfmt="rgba")
    texture.blit_buffer(picture.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    texture.wrap = "clamp_to_edge"
    return texture
