"""Draw Welcome: the tasks as volumes, and posters or new titles with a QR code in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from typing import assert_never
from zlib import crc32

from kiosk.screens.components.buttons import ICON, Binding, draw_footer, draw_volume, has_icon_beside
from kiosk.screens.components.cards import draw_code, most_modules
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.shelf import draw_quiet_books, draw_titled_spine, holds_title
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, flow, text_block
from kiosk.screens.rendering.display_list import Box, Corners, Fill, Leaf, Photo
from kiosk.screens.rendering.theme import Type
from kiosk.system.health import Condition
from kiosk.views import CardInputs, Welcome
from lending.showcase import Course, Hours, NewTitle, Poster, Slide, Words

SKYLINE = (
    ("borrow", 1.0, Binding.LIT),
    ("return", 0.71, Binding.INK),
    ("account", 0.52, Binding.BOARD),
    ("find", 0.4, Binding.BOARD),
)
"""The tasks from the left, with the height of each volume as a share and its colours: under a poster, in large text."""
LOW, LOW_SMALL, LOW_TALL = 22, 15.5, 44
"""Height in units of the tasks under a poster: normal, on a small screen, and on a tall one."""
SECOND = 0.84
"""Height of the return volume and of the two small ones as a share of the borrow volume."""
GAP = 3
NEWS = 43
"""Width in units of the shelf of new titles."""
SPINES = (1.0, 0.9, 0.96, 0.93)
"""Heights of the spines as shares of the room under their heading."""
HEADING = 8
"""Height in units of the heading over the new titles."""
NOTICE = 14
"""Height in units of the opening hours and of the next event under the new titles."""
UPPER_HALF = 0.5
"""Share of a tall screen's height above which nothing has to be touched to start a task."""


def draw(view: Welcome, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if view.slide is not None and (room := _room_for_slide(scene)) is not None:
        _draw_slide(view, view.slide, scene, room)
        return
    question = invitation(view, scene)
    step = Type.DISP if page.theme.portrait and not page.theme.large else Type.TITLE
    if page.theme.compact:
        one_line = page.leading(Type.BODY)
        step = page.step_for(question, frame.whole.w, one_line, (Type.BODY, Type.CAP))
    y = page.words(frame.whole, question, step)
    if view.notice:
        area = Box(frame.whole.x, y + page.u(1.5), frame.whole.w, frame.whole.bottom - y)
        y = scene.notice(area, view.notice)
    top = y + page.u(2 if page.theme.compact or page.theme.large or view.notice else 7)
    if page.theme.portrait and not page.theme.large and not scene.status.low:
        _bookcase(view, scene, Box(frame.whole.x, top, frame.whole.w, page.theme.height * UPPER_HALF - top))
        top = max(top, round(page.theme.height * (UPPER_HALF + 0.05)))
    elif page.theme.portrait:
        top = max(top, frame.whole.bottom - page.u(150))
    area = Box(frame.whole.x, top, frame.whole.w, frame.whole.bottom - top)
    if page.theme.large:
        _volumes(scene, area)
    else:
        _skyline(view, scene, area)
    scene.line()
    _foot(view, scene, stacked=page.theme.large and _is_stacked(scene, area))


def _room_for_slide(scene: DrawContext) -> Box | None:
    """Return the room above low volumes for a poster; None if it would be too small to read."""
    page, whole = scene.page, scene.frame.whole
    tall = 64 if page.theme.large else LOW_TALL
    low = (
        page.u(tall if page.theme.portrait else LOW_SMALL if page.theme.compact else LOW)
        + page.leading(_low_step(scene))
        + page.u(5)
    )
    room = Box(whole.x, whole.y, whole.w, whole.h - low)
    crowded = page.theme.large and not page.theme.portrait
    return None if crowded or scene.status.low or room.h < page.u(LEAST_SLIDE) else room


def _low_step(scene: DrawContext) -> Type:
    return Type.CAP if scene.page.theme.compact else Type.BODY


def _draw_slide(view: Welcome, slide: Slide, scene: DrawContext, room: Box) -> None:
    """Draw the attract loop above the tasks, which stay where hands expect them."""
    page, frame = scene.page, scene.frame
    page.add(Leaf(room))
    draw_slide(slide, scene, room)
    question, step = invitation(view, scene), _low_step(scene)
    y = page.words(Box(room.x, room.bottom + page.u(3), room.w, room.h), question, step, page.colours.ink2)
    _volumes(scene, Box(frame.whole.x, y + page.u(1), frame.whole.w, frame.whole.bottom - y - page.u(1)), low=True)
    scene.line()
    _foot(view, scene)


def invitation(view: Welcome, scene: DrawContext) -> str:
    """Return the invitation, limited to what works now."""
    match view.ways:
        case CardInputs(pad=Condition.READY, camera=Condition.READY):
            return scene.say("Scan a book, place your card, or choose.")
        case CardInputs(camera=Condition.READY):
            return scene.say("Scan a book or your card, or choose.")
        case CardInputs(pad=Condition.READY):
            return scene.say("Place your card, or choose.")
        case _:
            return scene.say("Choose an option.")


def _skyline(view: Welcome, scene: DrawContext, area: Box) -> None:
    """Draw Borrow, Return, and Find over My account; next to them the spines of new titles, if there is room."""
    page, gap = scene.page, scene.page.u(GAP)
    shelf = page.u(NEWS) if view.news and not page.theme.portrait and _shows_news(scene) else 0
    returns, finds = scene.action("return") is not None, scene.action("find") is not None
    room = area.w - (shelf + page.u(5) if shelf else 0)
    far = scene.frame.right.x - scene.frame.left.right if not scene.frame.single else gap
    wide = scene.frame.left.w if shelf else round((room - far - gap) * (0.4 if returns else 0.5))
    left = room - wide - far - (gap if returns else 0)
    second = round(left * 0.46) if returns else 0
    low = round(area.h * SECOND)
    x = area.x
    _task(scene, "borrow", Box(x, area.y, wide, area.h), Binding.LIT)
    x += wide + far
    if returns:
        _task(scene, "return", Box(x, area.bottom - low, second, low), Binding.INK)
        x += second + gap
    last = Box(x, area.bottom - low, area.x + room - x, low)
    half = (low - gap) // 2
    if finds:
        _task(scene, "find", Box(last.x, last.y, last.w, half), Binding.BOARD, standing=False)
        last = Box(last.x, last.bottom - half, last.w, half)
    _task(scene, "account", last, Binding.BOARD)
    if shelf:
        _new_spines(view, scene, Box(area.right - shelf, area.y, shelf, area.h))
    elif area.right - last.right > page.u(20):
        draw_quiet_books(page, Box(last.right, area.y, area.right - last.right, area.h))


def _shows_news(scene: DrawContext) -> bool:
    """Return True if this screen has room for new titles next to or over the tasks."""
    theme = scene.page.theme
    return theme.portrait or (scene.frame.whole.w >= theme.u(195) and scene.frame.whole.h >= theme.u(80))


def _task(scene: DrawContext, name: str, box: Box, binding: Binding, *, standing: bool = True) -> None:
    for button in scene.button(name):
        shown = replace(button, label=button.short) if name == "find" and button.short else button
        step = _word_step(scene, binding, shown.label, box)
        whole = Box(round(box.x), round(box.y), round(box.w), round(box.h))
        draw_volume(scene.page, whole, shown, binding, step, standing)


def _new_spines(view: Welcome, scene: DrawContext, area: Box) -> None:
    """Draw new titles as spines on the shelf line, first those whose title fits; together they are one touch target."""
    page = scene.page
    words = scene.say("New titles")
    page.word(Box(area.x, area.y, area.w - page.u(7), page.u(6)), words, Type.CAP, cut=True)
    page.icon(area.right - page.u(6), area.y + page.u(3), "chevron-right", 6)
    width, colour = area.w / len(SPINES), ""
    high = round((area.h - page.u(HEADING)) * min(SPINES))
    lowest = Box(area.x, area.bottom - high, width, high)
    titles = sorted(view.news, key=lambda each: not holds_title(page, lowest, each.title))
    for number, (title, share) in enumerate(zip(titles, SPINES, strict=False)):
        high = round((area.h - page.u(HEADING)) * share)
        left = round(area.x + number * width)
        box = Box(left, area.bottom - high, round(area.x + (number + 1) * width) - left, high)
        colour = draw_titled_spine(page, box, title.subject, title.title, title.call_number, colour)
    if action := scene.action("new"):
        page.touch(area, action, words)


def _bookcase(view: Welcome, scene: DrawContext, area: Box) -> None:
    """Draw the upper half of a tall screen: new titles face out on a board, then opening hours and the next event."""
    page = scene.page
    lines = [each for each in (_hours_line(view, scene), _event_line(view, scene)) if each]
    rows = page.u(NOTICE) * len(lines) + page.u(3)
    titles = view.news[:4]
    if titles:
        y = area.y
        page.word(Box(area.x, y, area.w, page.u(9)), scene.say("New titles"), Type.BODY)
        count = scene.words.say_n("{n} title", "{n} titles", len(view.news))
        page.word(Box(area.x, y, area.w, page.u(9)), count, Type.BODY, page.colours.ink2, align="right")
        top = y + page.u(11)
        gap = page.u(5)
        step = (area.w + gap) / 4
        wide = int(step - gap)
        high = min(round(wide * 1.42), round(area.bottom - rows - page.u(4) - top))
        for number, title in enumerate(titles):
            cover = Box(round(area.x + number * step), top, wide, high)
            draw_cover(page, cover, title.subject, title.title, title.cover, Corners.TOP)
        board = Box(0, round(top + high), page.theme.width, 2)
        page.add(Fill(board, page.colours.ink))
        if action := scene.action("new"):
            page.touch(Box(area.x, y, area.w, top + high - y), action, scene.say("New titles"))
        area = Box(area.x, board.bottom + page.u(3), area.w, rows - page.u(3))
    for number, (icon, words, rest) in enumerate(lines):
        line = Box(area.x, area.y + number * page.u(NOTICE), area.w, page.u(NOTICE))
        if number:
            page.rule(line.x, line.y, line.w)
        right = page.icon(line.x, line.y + line.h / 2, icon, ICON)
        beside = page.width(rest, Type.BODY)
        x = right + page.u(3)
        room = Box(x, line.y, line.right - x - (beside + page.u(4) if rest else 0), line.h)
        page.word(room, words, Type.BODY, cut=True)
        page.word(line, rest, Type.BODY, page.colours.ink2, align="right")


def _hours_line(view: Welcome, scene: DrawContext) -> tuple[str, str, str] | None:
    if view.hours is None:
        return None
    tomorrow = view.hours[1]
    rest = scene.say("Tomorrow {hours}", hours=_range(tomorrow)) if tomorrow else scene.say("Closed tomorrow")
    return "clock", opening(view, scene), rest


def _event_line(view: Welcome, scene: DrawContext) -> tuple[str, str, str] | None:
    if not view.events:
        return None
    event: Course = view.events[0]
    return "calendar-days", scene.words.pick(event.name), scene.words.date(event.begins)


def _range(hours: Hours) -> str:
    begin, end = hours
    return f"{begin:%H:%M}–{end:%H:%M}"


def opening(view: Welcome, scene: DrawContext) -> str:
    """Return whether the library is open now and until when; empty if it publishes no hours."""
    if view.hours is None:
        return ""
    today, tomorrow = view.hours
    now: time = scene.status.now.time()
    if today and now < today[0]:
        return scene.say("Opens at {time}", time=f"{today[0]:%H:%M}")
    if today and now < today[1]:
        return scene.say("Open until {time}", time=f"{today[1]:%H:%M}")
    if tomorrow:
        return scene.say("Opens tomorrow at {time}", time=f"{tomorrow[0]:%H:%M}")
    return scene.say("Closed now")


def _volumes(scene: DrawContext, area: Box, low: bool = False) -> None:
    """Draw the volumes; `low`: all of about the same height, under a poster."""
    page = scene.page
    widths, gaps = _widths(scene, area.w, low)
    x = area.x
    for (name, height, binding), width, gap in zip(SKYLINE, widths, gaps, strict=True):
        flat = (
            1.0
            if low and page.theme.compact
            else 0.8
            if low
            else 0.7
            if page.theme.large
            else 0.35
            if page.theme.compact
            else 0.0
        )
        high = round(area.h * (flat + (1 - flat) * height))
        box = Box(round(x), area.bottom - high, round(width), high)
        if name == "account" and not low and _is_stacked(scene, area):
            _draw_stack(scene, Box(box.x, area.bottom - _stack_height(area), box.w, _stack_height(area)))
            continue
        for button in [] if name == "find" and _crowded(scene) else scene.button(name):
            shown = replace(button, label=button.short) if (low or page.theme.large) and button.short else button
            draw_volume(
                page, box, shown, binding, _word_step(scene, Binding.BOARD if low else binding, shown.label, box)
            )
            x += width + gap
    if not low and not page.theme.large and area.right - x > page.u(20):
        draw_quiet_books(page, Box(x, area.y, area.right - x, area.h))


def _word_step(scene: DrawContext, binding: Binding, label: str, box: Box) -> Type:
    page = scene.page
    steps: tuple[Type, ...]
    match binding:
        case Binding.LIT:
            steps = (*((Type.GIANT,) if page.theme.large else ()), Type.DISP, Type.TITLE, Type.BODY, Type.CAP)
        case Binding.INK:
            steps = (*((Type.DISP,) if page.theme.large or page.theme.wide else ()), Type.TITLE, Type.BODY, Type.CAP)
        case Binding.BOARD:
            steps = (Type.BODY, Type.CAP)
        case _:
            assert_never(binding)
    room, high = box.w - page.u(8 if page.theme.large else 9), box.h - page.u(16 if page.theme.large else 13)
    if binding is Binding.BOARD and box.h < page.u(34 if page.theme.large else 24):
        high = box.h - page.u(2)  # Icon and word share one row.
    return next((step for step in steps if page.width(label, step) <= room and page.leading(step) <= high), steps[-1])


def _crowded(scene: DrawContext) -> bool:
    """Return True if large text has room for three volumes only; the fourth task is then a button below."""
    return scene.page.theme.large and not scene.page.theme.wide


def _stack_height(area: Box) -> int:
    """Return the height of Find over My account, the same as that of Return."""
    return round(area.h * (0.7 + 0.3 * SKYLINE[1][1]))


def _is_stacked(scene: DrawContext, area: Box) -> bool:
    """Return True if Find has room over My account in large text."""
    page = scene.page
    half = (_stack_height(area) - page.u(GAP)) / 2
    return (
        _crowded(scene) and bool(scene.action("find")) and half >= max(page.u(15), page.leading(Type.BODY) + page.u(2))
    )


def _draw_stack(scene: DrawContext, box: Box) -> None:
    """Draw Find over My account, both with an icon or both without."""
    page = scene.page
    half = (box.h - page.u(GAP)) // 2
    buttons = [replace(each, label=each.short) for name in ("find", "account") for each in scene.button(name)]
    tall = half >= page.u(34)
    if not tall and not all(has_icon_beside(page, box.w - page.u(4.5), each.label, Type.BODY) for each in buttons):
        buttons = [replace(each, icon="") for each in buttons]
    for button, y in zip(buttons, (box.y, box.bottom - half), strict=True):
        place = Box(box.x, y, box.w, half)
        step = _word_step(scene, Binding.BOARD, button.label, place)
        draw_volume(page, place, button, Binding.BOARD, step, standing=button is buttons[-1])


def _widths(scene: DrawContext, whole: float, low: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the widths of the volumes and the gap after each; the rest is for decorative books."""
    page = scene.page
    near, far = page.u(3), scene.frame.right.x - scene.frame.left.right if not scene.frame.single else page.u(3)
    finds = scene.action("find") is not None and not _crowded(scene)
    if low or page.theme.portrait or page.theme.large or page.theme.compact:
        shares = (0.31, 0.24, 0.24, 0.21) if finds else (0.40, 0.30, 0.30, 0.0)
        room = whole - near * (2 if finds else 1) - far
        return tuple(room * each for each in shares), (far, near, near, 0)
    first = scene.frame.left.w
    second, third, fourth = (page.u(84), page.u(72), page.u(34)) if page.theme.wide else map(page.u, (47, 42, 36))
    return (first, second, third, fourth), (far, near, near, near)


def _foot(view: Welcome, scene: DrawContext, *, stacked: bool = False) -> None:
    """Draw the other services below the shelf line, and the opening hours; `stacked`: Find stands on it."""
    page, foot = scene.page, scene.frame.foot
    find = [*(scene.button("find") if _crowded(scene) and not stacked else []), *scene.button("event")]
    names = ("register", "events", "learn", "tell", *(() if _shows_news(scene) else ("new",)))
    services = [button for name in names for button in scene.button(name)]
    services = [replace(each, label=scene.say("Join")) if each.action.name == "register" else each for each in services]
    gap = page.u(7)
    widths = [page.u(ICON + 2) + page.width(each.label, Type.BODY) for each in services]
    words = opening(view, scene) if not page.theme.portrait or not view.news else ""
    plain = not page.theme.large and not find and sum(widths) + gap * (len(widths) - 1) <= foot.w
    if not plain and stacked:
        onward = page.u(ICON + 2) + page.width(scene.say("Next page"), Type.CAP) if scene.following else 0
        draw_footer(page, foot, [*find, *services], [], 0, onward)
        return
    if not plain:
        draw_footer(page, foot, find, services, 0, scene.spare)
        return
    if page.theme.portrait and len(services) > 1:
        gap = round((foot.w - sum(widths)) / (len(services) - 1))
    x = foot.x
    for button, width in zip(services, widths, strict=True):
        box = Box(round(x), foot.y, width, foot.h)
        right = page.icon(box.x, box.y + box.h / 2, button.icon, ICON)
        page.word(Box(right + page.u(2), box.y, box.right - right, box.h), button.label, Type.BODY)
        page.touch(box, button.action, button.label)
        x += width + gap
    if words and foot.right - x >= page.width(words, Type.BODY) + page.u(8):
        room = Box(x, foot.y, foot.right - x, foot.h)
        page.icon(foot.right - page.width(words, Type.BODY) - page.u(8), foot.y + foot.h / 2, "clock", 5.5)
        page.word(room, words, Type.BODY, align="right")


LEAST_SLIDE = 20
"""Minimum height in units to draw a slide."""
SLIDE_CODE, TALL_SLIDE_CODE, SLIDE_GAP = 40, 50, 5
"""Units: maximum code size, the same on a tall screen, and gap between picture, text and code."""


def draw_slide(slide: Slide, scene: DrawContext, area: Box) -> None:
    """Draw a poster or new title: side by side, or stacked on a tall screen."""
    if scene.page.theme.portrait:
        _upright(slide, scene, area)
    else:
        _across(slide, scene, area)


def _across(slide: Slide, scene: DrawContext, area: Box) -> None:
    """Draw picture, text and code in a row."""
    page, gap = scene.page, scene.page.u(SLIDE_GAP)
    side = _code(slide, scene, Box(area.x, area.y, area.w, area.h))
    left = _image(slide, scene, Box(area.x, area.y, round(area.w * 0.4), area.h))
    x = area.x + (left + gap if left else 0)
    room = Box(x, area.y, area.right - x - (side + gap if side else 0), area.h)
    flow(room, list(_text_blocks(slide, scene, room)))
    page.rule(area.x, area.bottom + page.u(2), area.w)


def _upright(slide: Slide, scene: DrawContext, area: Box) -> None:
    """Draw the picture above the text, and the code at the bottom."""
    page, gap = scene.page, scene.page.u(SLIDE_GAP)
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
    side = round(min(area.h, page.u(TALL_SLIDE_CODE if page.theme.portrait else SLIDE_CODE)))
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
    if not words:
        return Block(rank, 0, lambda y: y)
    return text_block(scene, area, rank, words, step, colour, 0.5 if scene.page.theme.compact else 1, most)
