"""Draw what can be pressed: buttons in the footer, volumes (large book-shaped buttons) and keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Fill, Line
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action
from lending.colours import mix

ICON, SMALL_ICON = 7.5, 6.5
"""Units of an icon next to a label; small in large text on a small screen."""
PAD = 5.5
TIGHT, TIGHTEST = 2.5, 1
GAP = 3
LEAST_ROOM = 9.5
"""Minimum distance in units between a button and the content after it, next to an answer."""
ANSWER = 15
"""Height in units, the same as that of the footer buttons."""
INK = 0.86
"""Height of the ink from the top of capitals to the bottom of descenders, in em."""


@dataclass(frozen=True, slots=True)
class Button:
    """An action with its text. The icon precedes the text, or follows it if it points onwards."""

    action: Action
    label: str
    icon: str = ""
    onward: bool = False
    short: str = ""
    """Shorter text for a narrow screen; empty if there is none."""
    said: str = ""
    """Text for the screen reader if it differs, because its listener does not see the surroundings."""


def icon_side(page: Canvas) -> float:
    """Return the units of an icon next to a label."""
    theme = page.theme
    return theme.icon(SMALL_ICON if theme.compact and theme.large else ICON)


def button_width(page: Canvas, button: Button, pad: float = PAD, step: Type = Type.BODY) -> int:
    """Return the width in pixels; `pad` is the padding at each side in units."""
    icon = page.u(icon_side(page) + 2) if button.icon else 0
    return page.width(button.label, step) + icon + 2 * page.u(pad)


def draw_button(page: Canvas, box: Box, button: Button, step: Type = Type.BODY, *, chosen: bool = False) -> None:
    """Draw a button: primary filled with the accent, others outlined, disabled ones pale at the same place.

    A `chosen` answer is filled with ink.
    """
    colours = page.colours
    if button_width(page, button, 0, step) > box.w:
        step = Type.CAP
    if button_width(page, button, 0, step) > box.w:
        button = replace(button, icon="")
    action = button.action
    if action.primary and action.enabled:
        page.add(Fill(box, colours.accent, page.u(1)))
        word = colours.on_accent
    elif chosen:
        page.add(Fill(box, colours.ink, page.u(1)))
        word = colours.paper
    else:
        page.frame(box, colours.ink if action.enabled else colours.line)
        word = colours.ink if action.enabled else colours.edge
    _content(page, box, button, word, step)
    page.touch(box, action, button.said or button.label)


def draw_answer(page: Canvas, area: Box, button: Button) -> Box:
    """Draw an answer that costs or deletes something; return the area above it.

    It is placed at the end of the content instead of in the footer, where a touch out of habit could press it.
    """
    high, wide = page.u(ANSWER), min(button_width(page, button), round(area.w))
    box = Box(round(area.right) - wide, round(area.bottom - page.u(GAP)) - high, wide, high)
    draw_button(page, box, button)
    return Box(area.x, area.y, area.w, box.y - page.u(GAP) - area.y)


def draw_pictured(page: Canvas, box: Box, button: Button) -> None:
    """Draw the icon only, where text has no room; the screen reader still speaks the label."""
    page.frame(box)
    side = icon_side(page)
    page.icon(box.x + (box.w - page.u(side)) / 2, box.y + box.h / 2, button.icon, side)
    page.touch(box, button.action, button.said or button.label)


def _content(page: Canvas, box: Box, button: Button, colour: str, step: Type) -> None:
    words = page.width(button.label, step)
    icon = page.u(icon_side(page)) if button.icon else 0
    space = page.u(2) if button.icon else 0
    x = box.x + (box.w - words - icon - space) / 2
    middle = box.y + box.h / 2
    if button.icon and not button.onward:
        x = page.icon(x, middle, button.icon, icon_side(page), colour) + space
    page.word(Box(x, box.y, words, box.h), button.label, step, colour)
    if button.icon and button.onward:
        page.icon(x + words + space, middle, button.icon, icon_side(page), colour)


def draw_footer(
    page: Canvas,
    foot: Box,
    left: list[Button],
    right: list[Button],
    primary: float,
    reserve: float = 0,
    answer: Button | None = None,
) -> Box:
    """Draw the footer buttons; return the box between the two groups.

    `left` starts at the left edge, `right` ends at the right edge with the primary button last and widest. If the texts
    are too long, first the padding shrinks, then short texts are used, then icons are dropped. `answer` uses the room
    that the others leave, and `reserve` then takes the rest or shrinks the right group. The returned box is at least
    `reserve` wide where possible.
    """
    gap = page.u(GAP)
    kept = reserve + gap if reserve else 0
    buttons = [*left, *right]
    fit, faces, widths = _fit_row(page, buttons, foot.w - kept)
    spare = foot.w - kept - sum(widths) - gap * max(len(widths) - 1, 0)
    if not (page.theme.compact and page.theme.large):
        widths, spare = _spread(page, widths, spare, fit.pad)
    if right and right[-1].action.primary:
        widths[-1] += round(min(max(primary - widths[-1], 0), max(spare, 0)))
    x = _draw_group(page, foot.x, foot, faces[: len(left)], widths[: len(left)], fit)
    faces, widths = faces[len(left) :], widths[len(left) :]
    end = foot.right - sum(widths) - gap * max(len(right) - 1, 0)
    if answer is not None:
        narrow, face, wide = _fit_row(page, [answer], end - gap - x)
        x = _draw_group(page, x, foot, face, wide, narrow)
        if reserve and end - gap - x < page.u(LEAST_ROOM):
            fit, faces, widths = _fit_row(page, right, foot.right - x - page.u(LEAST_ROOM) - gap)
            end = foot.right - sum(widths) - gap * max(len(right) - 1, 0)
    _draw_group(page, end, foot, faces, widths, fit)
    return Box(x, foot.y, max(end - gap - x, 0), foot.h)


def _fit_row(page: Canvas, buttons: list[Button], room: float) -> tuple[_Fit, list[Button], list[int]]:
    """Return the first fit in which all buttons have room in one row, else the last; with their faces and widths.

    Short texts are used from the end of the row, as many as necessary.
    """
    count = len(buttons)
    gaps = page.u(GAP) * max(count - 1, 0)
    for fit in FITS:
        for long in range(count - 1 if fit.short else count, -1 if fit.short else count - 1, -1):
            faces = [_fit_button(each, fit, short=at >= long) for at, each in enumerate(buttons)]
            widths = [button_width(page, each, fit.pad, fit.step) for each in faces]
            if sum(widths) + gaps <= room:
                return fit, faces, widths
    return fit, faces, widths


def _spread(page: Canvas, widths: list[int], spare: float, pad: float) -> tuple[list[int], float]:
    """Share the spare room among crowded buttons until each has its full padding; return widths and the rest."""
    if not widths or spare <= 0 or pad >= PAD:
        return widths, spare
    each = min(int(spare // len(widths)), 2 * page.u(PAD - pad))
    return [width + each for width in widths], spare - each * len(widths)


def _draw_group(page: Canvas, x: float, foot: Box, faces: list[Button], widths: list[int], fit: _Fit) -> float:
    """Draw buttons in a row from `x`; return the x of the next one."""
    for each, width in zip(faces, widths, strict=True):
        draw_button(page, Box(x, foot.y, width, foot.h), each, fit.step)
        x += width + page.u(GAP)
    return x


@dataclass(frozen=True, slots=True)
class _Fit:
    pad: float
    short: bool
    icons: bool
    step: Type = Type.BODY


FITS = (
    _Fit(PAD, short=False, icons=True),
    _Fit(TIGHT, short=False, icons=True),
    _Fit(TIGHT, short=True, icons=True),
    _Fit(TIGHT, short=True, icons=False),
    _Fit(TIGHTEST, short=True, icons=False),
    _Fit(TIGHT, short=True, icons=False, step=Type.CAP),
    _Fit(TIGHTEST, short=True, icons=False, step=Type.CAP),
)


def _fit_button(button: Button, fit: _Fit, *, short: bool) -> Button:
    label = button.short if short and button.short else button.label
    return Button(button.action, label, button.icon if fit.icons else "", button.onward, said=button.label)


class Binding(Enum):
    """Colours of a volume: LIT (accent) for the most likely task, INK for the second, BOARD for the others."""

    LIT = auto()
    INK = auto()
    BOARD = auto()


def draw_volume(page: Canvas, box: Box, button: Button, binding: Binding, step: Type, standing: bool = True) -> None:
    """Draw a volume: a book cover with a joint 3 units from the left, the icon at the top and the label at the bottom.

    If it is too low for both, icon and label share a row or the icon is dropped; if too narrow for a word, the joint
    is.
    """
    field, word = _cloth(page, binding)
    x = box.x + page.u(7 if box.w > page.u(34) else 6)
    room = Box(x, box.y, box.right - x - page.u(1), box.h)
    lines = page.count_lines(button.label, step, room.w)
    icon = page.theme.icon(min(12.0 if binding is Binding.LIT else 9.5, box.h / page.theme.unit * 0.34))
    inner = page.u(4.5 if box.h > page.u(30) else 3)
    over = max(page.u(icon_side(page) + 6), page.u(icon) + inner * 1.7)
    if button.icon and box.h >= over + page.leading(step) * lines:
        _bind(page, box, binding, field, word, standing)
        page.icon(x - page.u(0.4), box.y + inner + page.u(icon) / 2, button.icon, icon, word)
        top = box.bottom - inner * 0.7 - page.leading(step) * lines
        page.words(Box(x, top, room.w, room.h), button.label, step, word)
    else:
        room = Box(box.x + page.u(3.5), box.y, box.w - page.u(4.5), box.h)
        joint = all(page.width(each, step) <= room.w for each in button.label.split())
        _bind(page, box, binding, field, word, standing, joint)
        _side_by_side(page, room if joint else box.inset(page.u(0.5), 0), button, word, step)
    page.touch(box, button.action, button.label)


def _side_by_side(page: Canvas, room: Box, button: Button, colour: str, step: Type) -> None:
    """Draw icon and label in one row, centred, as much as there is room for."""
    lines = page.count_lines(button.label, step, room.w)
    if lines > 1 and lines * page.leading(step) > room.h:
        step = Type.CAP
        lines = page.count_lines(button.label, step, room.w)
    if lines > 1:
        middle = Box(room.x, room.y + (room.h - lines * page.leading(step)) / 2, room.w, room.h)
        page.words(middle, button.label, step, colour, align="centre")
        return
    fits_both = has_icon_beside(page, room.w, button.label, step)
    _content(page, room, button if fits_both else replace(button, icon=""), colour, step)


def has_icon_beside(page: Canvas, room: float, label: str, step: Type) -> bool:
    """Return True if icon and label fit in `room` pixels."""
    return page.width(label, step) + page.u(icon_side(page) + 2) <= room


def _bind(
    page: Canvas, box: Box, binding: Binding, field: str, word: str, standing: bool, jointed: bool = True
) -> None:
    """Draw the cloth and its joint; in high contrast an outline, except for a lit volume."""
    outlined, corners = page.colours.outlined, Corners.TOP if standing else Corners.ALL
    page.add(Fill(box, field, page.u(1), corners))
    if outlined and binding is not Binding.LIT:
        page.frame(box, page.colours.ink, 3, corners)
    if jointed:
        joint = Box(box.x + page.u(3), box.y, 3 if outlined else 2, box.h)
        page.add(Line(joint, mix(field, word, 1.0 if outlined else 0.3)))


def _cloth(page: Canvas, binding: Binding) -> tuple[str, str]:
    colours = page.colours
    match binding:
        case Binding.LIT:
            return colours.accent, colours.on_accent
        case Binding.INK:
            return (colours.paper, colours.ink) if colours.outlined else (colours.ink, colours.leaf)
        case Binding.BOARD:
            return (colours.paper if colours.outlined else colours.board), colours.ink


def draw_key(page: Canvas, box: Box, action: Action, label: str, icon: str = "", step: Type = Type.BODY) -> None:
    """Draw a key. A label that does not fit is cut to its first character."""
    colour = _ground(page, box, action)
    if page.width(label, step) > box.w - page.u(1) or page.theme.size(step) * INK > box.h - page.u(1):
        step = Type.CAP
    if icon:
        page.icon(box.x + (box.w - page.u(ICON)) / 2, box.y + box.h / 2, icon, ICON, colour)
    else:
        shown = label if page.width(label, step) <= box.w - page.u(1) else label[:1]
        page.word(box, shown, step, colour, align="centre")
    page.touch(box, action, label)


def draw_space(page: Canvas, box: Box, action: Action, label: str) -> None:
    """Draw the space key.

    If its name has no room, draw the space symbol: a single letter would look like a letter key.
    """
    if page.width(label, Type.CAP) <= box.w - page.u(1):
        draw_key(page, box, action, label, step=Type.CAP)
        return
    colour, stroke = _ground(page, box, action), max(page.u(0.4), 2)
    sign = Box(round(box.x + (box.w - page.u(4)) / 2), round(box.y + box.h / 2), page.u(4), page.u(1.8))
    page.add(Fill(Box(sign.x, sign.y, stroke, sign.h), colour))
    page.add(Fill(Box(sign.right - stroke, sign.y, stroke, sign.h), colour))
    page.add(Fill(Box(sign.x, sign.bottom - stroke, sign.w, stroke), colour))
    page.touch(box, action, label)


def _ground(page: Canvas, box: Box, action: Action) -> str:
    """Draw a key without its label; return the colour for the label."""
    colours = page.colours
    page.add(Fill(box, colours.leaf, page.u(1)))
    page.frame(box, colours.edge if action.enabled else colours.line)
    return colours.ink if action.enabled else colours.edge
