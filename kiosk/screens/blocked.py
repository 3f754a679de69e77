"""Draw Blocked: why this card cannot borrow, what to do, and what still works."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.components.buttons import Binding, draw_volume
from kiosk.screens.components.cards import draw_patron_card
from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.refusal_text import RefusalText, draw_explanation
from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Corners
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Blocked, LineState, VisitLine, VisitTask
from lending.model import Reason


def draw(view: Blocked, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    flat = page.theme.compact or (frame.single and not page.theme.portrait)
    area = frame.whole if flat else frame.right
    if page.theme.portrait:
        y = _card(view, scene, Box(area.x, area.y, area.w if page.theme.large else page.u(90), page.u(52)))
        area = Box(area.x, y + page.u(10), area.w, area.bottom - y - page.u(10))
    elif not flat:
        _draw_left(view, scene, frame.left)
    explanation = scene.words.explain(view.block)
    label = _label(view, scene)
    reserve = _stay_height(view, scene, area.w) if frame.single or flat else 0
    reserve += page.u(26) if not flat and view.still else 0
    sentences = RefusalText(explanation.what, explanation.why, scene.then(explanation.next, view.called))
    y = draw_explanation(page, area, State.LOOK, label, sentences, reserve)
    if frame.single or flat:
        # The button to the overflow pages may be at the right, above a full footer.
        y = _stay(view, scene, Box(area.x, y, area.w - (scene.spare if flat else 0), area.bottom - y))
    if flat:
        scene.foot(("finish",), (*(errand.value for errand in view.still), "call_staff"))
        return
    y = _still(view, scene, Box(area.x, y + page.u(3), area.w, area.bottom - y - page.u(3)))
    if page.theme.portrait:
        _books(_waiting_lines(view), scene, Box(area.x, y + page.u(3), area.w, area.bottom - y - page.u(3)))
    scene.foot(("finish",), ("call_staff",))


def _label(view: Blocked, scene: DrawContext) -> str:
    match view.block.reason:
        case Reason.UNKNOWN_CARD:
            return scene.say("Card not recognised")
        case Reason.CARDS_PAUSED:
            return scene.say("Cards paused for now")
        case Reason.NO_PROOF | Reason.NEEDS_CENTRAL if VisitTask.BORROW in view.still:
            return scene.say("Cannot be opened")
        case _:
            return scene.say("Borrowing not available")


def _waiting_lines(view: Blocked) -> tuple[VisitLine, ...]:
    return tuple(line for line in view.lines if line.state is LineState.WAITING)


def _stay_words(view: Blocked, scene: DrawContext) -> str:
    count = len(_waiting_lines(view))
    if not count:
        return ""
    return scene.words.say_n(
        "The book you scanned was not borrowed. Please leave it here.",
        "The {n} books you scanned were not borrowed. Please leave them here.",
        count,
    )


def _stay_height(view: Blocked, scene: DrawContext, width: float) -> int:
    words = _stay_words(view, scene)
    page = scene.page
    return page.count_lines(words, Type.CAP, width) * page.leading(Type.CAP) + page.u(2) if words else 0


def _stay(view: Blocked, scene: DrawContext, area: Box) -> float:
    words = _stay_words(view, scene)
    if not words or _stay_height(view, scene, area.w) > area.h:
        return area.y
    return scene.page.words(
        Box(area.x, area.y + scene.page.u(1.5), area.w, area.h), words, Type.CAP, scene.page.colours.ink2
    )


def _draw_left(view: Blocked, scene: DrawContext, column: Box) -> None:
    page = scene.page
    y = _card(view, scene, Box(column.x, column.y + page.u(1), column.w, page.u(39)))
    words = _stay_words(view, scene)
    if words:
        y = page.words(Box(column.x, y + page.u(4), column.w, column.h), words, Type.CAP, page.colours.ink2)
        _books(_waiting_lines(view), scene, Box(column.x, y + page.u(2), column.w, column.bottom - y - page.u(2)))


def _card(view: Blocked, scene: DrawContext, box: Box) -> float:
    guest = view.guest
    name = guest.name if guest else ""
    last4 = guest.last4 if guest else ""
    detail = scene.say("Card ending {last4}", last4=last4) if last4 else ""
    warning = ""
    if view.block.reason is Reason.CARD_EXPIRED and view.block.on:
        warning = scene.say("Valid until {date}", date=scene.words.day_and_year(view.block.on))
    draw_patron_card(scene.page, box, name, detail, warning)
    return box.bottom


def _books(lines: tuple[VisitLine, ...], scene: DrawContext, area: Box) -> None:
    """Draw the items that stay here, on the shelf line."""
    page = scene.page
    high = min(area.h, page.u(60 if page.theme.portrait else 32))
    if high < page.u(12):
        return
    width, gap = round(high * 0.72), page.u(3)
    x = area.x
    for line in lines:
        if x + width > area.right:
            break
        box = Box(round(x), round(area.bottom - high), width, round(area.bottom) - round(area.bottom - high))
        draw_cover(page, box, line.subject, line.title or line.item, line.cover, Corners.TOP)
        x += width + gap


def _still(view: Blocked, scene: DrawContext, area: Box) -> float:
    """Draw the remaining tasks as volumes; return the bottom y."""
    page = scene.page
    buttons = [button for errand in view.still for button in scene.button(errand.value)]
    if not buttons:
        return area.y
    page.rule(area.x, area.y, area.w)
    y: float = area.y + page.u(2)
    high = page.u(15)
    if area.h - page.u(5) - page.leading(Type.CAP) >= high:
        heading = scene.say("Still available")
        y = page.words(Box(area.x, y, area.w, area.h), heading, Type.CAP, page.colours.ink2) + page.u(2)
    gap = page.u(3)
    width = (area.w - gap * (len(buttons) - 1)) / max(len(buttons), 2)
    if any(page.width(each.label, Type.BODY) > width - page.u(8) for each in buttons):
        buttons = [replace(each, label=each.short or each.label) for each in buttons]
    high = min(max(round(area.bottom - y - page.u(3)), high), page.u(25))
    for number, button in enumerate(buttons):
        box = Box(round(area.x + number * (width + gap)), round(y), round(width), high)
        draw_volume(page, box, button, Binding.BOARD, Type.BODY, standing=False)
    return y + high
