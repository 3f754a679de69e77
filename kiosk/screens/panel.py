"""Draw the panels of the status bar: a sheet over the right column with the display settings or the languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, more_width
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Figure, Fill, Mark, Outline, Piece, Shape, Sheet, Touch
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action, Panel
from lending.languages import languages

ROW, COMPACT_ROW = 16, 15.5
"""Height in units of a row; the whole row can be touched."""
PAD = 5
"""Space in units between the edge of the panel and its rows."""
SWITCH, SWITCH_HIGH = 18, 10
CELL = 21
"""Width in units of the button of one text size."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting. `on` is None for a row with buttons instead of a switch."""

    icon: str
    label: str
    hint: str = ""
    action: Action | None = None
    on: bool | None = None
    sizes: tuple[tuple[Action, str], ...] = ()
    """Buttons of the text sizes with their labels; the action of the current size is disabled."""


def draw(scene: DrawContext, ground: Sheet = ()) -> None:
    """Draw the open panel over a view that was laid out as `ground`; without one for the screen reader."""
    page, frame = scene.page, scene.frame
    rows = list(_languages(scene) if scene.status.panel is Panel.LANGUAGES else _settings(scene))
    columns = 2 if page.theme.compact and not page.theme.large else 1
    high = max(page.u(COMPACT_ROW if page.theme.compact else ROW), page.leading(Type.BODY) + page.u(3))
    sheet = _place(scene, -(-len(rows) // columns) * high)
    shown = columns * max(int((sheet.h - page.u(1)) // high), 1)
    first = scene.first if scene.first < len(rows) else 0
    visible = rows[first : first + shown]
    page.add(*_marks_beside(ground, sheet, scene))
    scene.head()
    page.add(Fill(sheet, page.colours.leaf, page.u(1), Corners.TOP))
    page.frame(sheet, width=2, corners=Corners.TOP)
    inner = sheet.inset(page.u(3 if page.theme.compact or frame.single else PAD), 0)
    width = (inner.w - page.u(4) * (columns - 1)) / columns
    for number, row in enumerate(visible):
        column, line = divmod(number, -(-len(visible) // columns))
        box = Box(inner.x + column * (width + page.u(4)), sheet.y + page.u(0.5) + line * high, width, high)
        if line:
            page.rule(box.x, box.y, box.w)
        _draw_row(scene, box, row, Type.CAP if columns > 1 else Type.BODY)
    hidden = len(rows) - first - len(visible)
    paged = replace(scene, first=first)
    room = scene.foot(("reset_display",), ("close_panel",), more_width(paged, hidden))
    draw_more(paged, room, hidden, len(rows))


def _place(scene: DrawContext, high: float) -> Box:
    """Return the box of the panel: the right column, on one column the full width as high as its rows."""
    page, frame = scene.page, scene.frame
    top, bottom = frame.status.bottom, frame.line.y
    if frame.single or page.theme.compact:
        low = max(top, bottom - high - page.u(2)) if page.theme.portrait else top
        return Box(frame.whole.x, round(low), frame.whole.w, round(bottom - low))
    x = frame.right.x - page.u(PAD)
    return Box(x, top, frame.right.right - x, bottom - top)


def _marks_beside(ground: Sheet, panel: Box, scene: DrawContext) -> Iterator[Mark]:
    """Yield the marks of the view that stay visible next to the panel, without anything to touch."""
    if scene.frame.single and not scene.page.theme.portrait:
        return
    marks = iter(ground)
    for mark in marks:
        if isinstance(mark, Piece):
            members = [each for each in (next(marks) for _ in range(mark.count)) if _stays(each, panel, scene)]
            if members:
                yield replace(mark, count=len(members))
                yield from members
        elif _stays(mark, panel, scene):
            yield mark


def _stays(mark: Mark, panel: Box, scene: DrawContext) -> bool:
    line, status = scene.frame.line, scene.frame.status
    if isinstance(mark, Touch) or mark.box.y >= line.y or mark.box.y < status.bottom:
        return False
    return not panel.meets(mark.box)


def _languages(scene: DrawContext) -> Iterator[Row]:
    for code in scene.status.languages:
        name, _ = languages()[code].names_beside(scene.status.languages)
        here = code == scene.status.language
        yield Row("check" if here else "", name, action=scene.action(f"language_{code}"))


def _settings(scene: DrawContext) -> Iterator[Row]:
    status = scene.status
    labels = {"normal": scene.say("Normal text"), "large": scene.say("Larger text")}
    sizes = [(each, labels[each.choice]) for each in scene.actions if each.choice in labels]
    yield Row("a-large-small", scene.say("Text size"), sizes=tuple(sizes))
    silent = bool(status.voice and status.mute)
    voice = scene.say("No voice in this language") if silent else scene.say("The screen is read to you.")
    switches = (
        ("contrast", "contrast", scene.say("High contrast"), "", status.contrast),
        ("voice", "volume-x" if silent else "volume-2", scene.say("Read aloud"), voice, bool(status.voice)),
        ("say_again", "repeat", scene.say("Repeat"), "", None),
        ("hide_titles", "eye-off", scene.say("Hide titles"), scene.say("On the receipt too"), status.hidden),
        ("still", "circle-pause", scene.say("Reduce motion"), "", status.still),
        (
            "lower",
            "chevron-down",
            scene.say("Lower the buttons"),
            scene.say("All buttons within reach"),
            bool(status.low),
        ),
        ("upright", "languages", scene.say("Vertical script"), "", status.upright),
    )
    for name, icon, label, hint, on in switches:
        if action := scene.action(name):
            yield Row(icon, label, hint, action, on)


def _draw_row(scene: DrawContext, box: Box, row: Row, step: Type) -> None:
    page = scene.page
    middle, side = box.y + box.h / 2, page.theme.icon(7)
    if row.icon:
        page.icon(box.x, middle, row.icon, side)
    x, right = box.x + page.u(side + 4), box.right
    for action, label in reversed(row.sizes):
        cell = _cell_box(page, box, right)
        right = cell.x - page.u(2)
        _draw_size(page, cell, action, label)
    if row.on is not None:
        right -= page.u(SWITCH)
        _draw_switch(page, Box(round(right), round(middle - page.u(SWITCH_HIGH) / 2), page.u(SWITCH), 0), row.on)
        right -= page.u(3)
    fits = not page.theme.large and page.width(row.hint, Type.CAP) <= right - x
    hint = row.hint if fits else ""
    if page.width(row.label, step) > right - x:
        step = Type.CAP
    if hint and step is Type.BODY:
        lines = page.leading(Type.BODY) + page.leading(Type.CAP)
        top = Box(x, middle - lines / 2, right - x, page.leading(Type.BODY))
        page.word(top, row.label, step)
        page.word(Box(x, top.bottom, right - x, page.leading(Type.CAP)), hint, Type.CAP, page.colours.ink2)
    else:
        lines = page.count_lines(row.label, step, right - x) * page.leading(step)
        page.words(Box(x, middle - lines / 2, right - x, lines), row.label, step)
    if row.action:
        page.touch(box, row.action, _spoken_label(scene, row))


def _spoken_label(scene: DrawContext, row: Row) -> str:
    if row.on is None:
        return row.label
    return scene.say("{setting}: on", setting=row.label) if row.on else scene.say("{setting}: off", setting=row.label)


def _cell_box(page: Canvas, box: Box, right: float) -> Box:
    wide = page.u(CELL if not page.theme.compact else 15)
    return Box(round(right - wide), round(box.y + page.u(0.5)), wide, round(box.h - page.u(1)))


def _draw_size(page: Canvas, box: Box, action: Action, label: str) -> None:
    """Draw a letter in the size that the button sets; the current one is inverted and has a tick."""
    step = Type.TITLE if action.choice == "large" else Type.CAP
    letter = Canvas(replace(page.theme, large=False), page.ruler)
    colour = page.colours.ink
    if not action.enabled:
        page.add(Fill(box, page.colours.ink, page.u(1)))
        colour = page.colours.leaf
        page.icon(box.x + page.u(2), box.y + box.h / 2, "check", 5, colour)
        box_of_letter = Box(box.x + page.u(6), box.y, box.w - page.u(7), box.h)
    else:
        page.frame(box)
        box_of_letter = box
    letter.word(box_of_letter, "A", step, colour, align="centre")
    page.add(*letter.sheet())
    page.touch(box, action, label)


def _draw_switch(page: Canvas, at: Box, on: bool) -> None:
    """Draw a switch, on: filled, with a large knob and a tick; off: an outline with a small knob."""
    colours, high = page.colours, page.u(SWITCH_HIGH)
    track = Box(at.x, at.y, at.w, high)
    if on:
        page.add(Fill(track, colours.ink, high // 2))
        knob = Box(track.right - high + page.u(1), track.y + page.u(1), high - page.u(2), high - page.u(2))
        page.add(Shape(knob, Figure.DISC, colours.leaf))
        page.icon(knob.x + page.u(1), knob.y + knob.h / 2, "check", SWITCH_HIGH - 4, colours.ink)
    else:
        page.add(Outline(track, colours.edge, 3, high // 2))
        small = page.u(SWITCH_HIGH - 4)
        page.add(Shape(Box(track.x + page.u(2), track.y + page.u(2), small, small), Figure.DISC, colours.edge))
