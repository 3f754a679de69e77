"""Draw the attract loop of the first screen: a poster or a new title, with a QR code."""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.qr_code import draw_code, most_modules
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Photo
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from lending.showcase import NewTitle, Poster, Slide, Words

LEAST = 20
"""Minimum height in units to draw a slide."""
CODE, TALL_CODE, GAP = 40, 50, 5
"""Units: maximum code size, the same on a tall screen, and gap between picture, text and code."""


def draw_slide(slide: Slide, scene: DrawContext, area: Box) -> None:
    """Draw a poster or new title: side by side, or stacked on a tall screen."""
    if scene.page.theme.portrait:
        _upright(slide, scene, area)
    else:
        _across(slide, scene, area)


def _across(slide: Slide, scene: DrawContext, area: Box) -> None:
    """Draw picture, text and code in a row."""
    page, gap = scene.page, scene.page.u(GAP)
    side = _code(slide, scene, Box(area.x, area.y, area.w, area.h))
    left = _image(slide, scene, Box(area.x, area.y, round(area.w * 0.4), area.h))
    x = area.x + (left + gap if left else 0)
    room = Box(x, area.y, area.right - x - (side + gap if side else 0), area.h)
    flow(room, list(_text_blocks(slide, scene, room)))
    page.rule(area.x, area.bottom + page.u(2), area.w)


def _upright(slide: Slide, scene: DrawContext, area: Box) -> None:
    """Draw the picture above the text, and the code at the bottom."""
    page, gap = scene.page, scene.page.u(GAP)
    high = round(area.h * 0.56)
    wide = _image(slide, scene, Box(area.x, area.y, area.w, high))
    y = area.y + (high + gap if wide else 0)
    rest = Box(area.x, y, area.w, area.bottom - y)
    side = _code(slide, scene, rest)
    room = Box(rest.x, rest.y, rest.w - (side + gap if side else 0), rest.h)
    flow(room, list(_text_blocks(slide, scene, room)))
    page.rule(area.x, area.bottom + page.u(2), area.w)


def _image(slide: Slide, scene: DrawContext, area: Box) -> int:
    """Draw the poster's picture, or the cover of the title; return its width."""
    page = scene.page
    match slide:
        case Poster(picture=picture, shape=shape) if picture:
            scale = min(area.w / shape[0], area.h / shape[1])
            box = Box(area.x, area.y, round(shape[0] * scale), round(shape[1] * scale))
            page.add(Photo(box, picture))
            return round(box.w)
        case Poster():
            title = _in_language(scene, slide.title)
            return _cover(scene, area, str(crc32(title.encode()) % 10), title, "")
        case NewTitle():
            return _cover(scene, area, slide.subject, slide.title, slide.cover)


def _cover(scene: DrawContext, area: Box, subject: str, title: str, picture: str) -> int:
    """Draw the cover; return its width."""
    high = round(min(area.h, area.w / 0.75))
    draw_cover(scene.page, Box(area.x, area.y, round(high * 0.75), high), subject, title, picture)
    return round(high * 0.75)


def _code(slide: Slide, scene: DrawContext, area: Box) -> int:
    """Draw the QR code at the bottom right if it is large enough to scan; return its width."""
    page = scene.page
    if not slide.link:
        return 0
    code = scene.code(slide.link)
    words = scene.say("Scan to save to your phone")
    side = round(min(area.h, page.u(TALL_CODE if page.theme.portrait else CODE)))
    caption = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, side)
    has_caption = area.h >= side + caption + page.u(1)
    if len(code) > most_modules(side, page.theme.px_per_mm):
        return 0
    top = area.bottom - side - (caption + page.u(1) if has_caption else 0)
    square = draw_code(page, Box(area.right - side, top, side, side), code)
    if has_caption:
        page.words(Box(square.x, square.bottom + page.u(1), side, caption), words, Type.CAP, page.colours.ink2)
    return side


def _text_blocks(slide: Slide, scene: DrawContext, area: Box) -> Iterator[Block]:
    colours = scene.page.colours
    match slide:
        case Poster():
            yield _lines(scene, area, 3, scene.say("In the library"), Type.CAP, colours.ink2, 1)
            yield _lines(
                scene, area, 0, _in_language(scene, slide.title), _title(scene, slide.title, area), colours.ink, 3
            )
            if slide.begins is not None:
                when = scene.words.moment(slide.begins)
                step = scene.page.step_for(when, area.w, 2 * scene.page.leading(Type.BODY), (Type.BODY, Type.CAP))
                yield _lines(scene, area, 1, when, step, colours.ink, 2)
                yield _lines(scene, area, 2, _in_language(scene, slide.place), Type.CAP, colours.ink2, 1)
            yield _lines(scene, area, 4, _in_language(scene, slide.words), _line(scene), colours.ink2, 4)
        case NewTitle():
            yield _lines(scene, area, 3, scene.say("New in the library"), Type.CAP, colours.done, 1)
            yield _lines(scene, area, 0, slide.title, _title(scene, {"": slide.title}, area), colours.ink, 3)
            yield _lines(scene, area, 2, slide.author, Type.CAP, colours.ink2, 1)
            yield _lines(scene, area, 1, _in_language(scene, slide.line), _line(scene),
                         colours.ink, 3)  # fmt: skip
            yield _lines(scene, area, 2, slide.call_number, Type.CAP, colours.ink, 1)


def _line(scene: DrawContext) -> Type:
    return Type.BODY if scene.page.theme.wide or scene.page.theme.portrait else Type.CAP


def _in_language(scene: DrawContext, words: Words) -> str:
    return scene.words.pick(words)


def _title(scene: DrawContext, words: Words, area: Box) -> Type:
    page, text = scene.page, _in_language(scene, words)
    if page.theme.compact:
        return page.step_for(text, area.w, page.leading(Type.BODY), (Type.BODY, Type.CAP))
    steps = (Type.DISP, Type.TITLE, Type.BODY) if page.theme.portrait or page.theme.wide else (Type.TITLE, Type.BODY)
    return page.step_for(text, area.w, min(area.h * 0.6, page.leading(steps[0]) * 2), (*steps, Type.CAP))


def _lines(scene: DrawContext, area: Box, rank: int, words: str, step: Type, colour: str, most: int) -> Block:
    """Return a block of the library's own text, cut after `most` lines; an empty block if there is none."""
    page = scene.page
    if not words:
        return Block(rank, 0, lambda y: y)
    count = min(page.count_lines(words, step, area.w), most)
    high = page.leading(step) * count + page.u(0.5 if page.theme.compact else 1)
    return Block(rank, high, lambda y: page.words(Box(area.x, y, area.w, high), words, step, colour, most=most))
