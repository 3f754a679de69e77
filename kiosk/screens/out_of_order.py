"""Draw Out of order: why the kiosk cannot be used, and on a machine that is not set up the command that does it."""

from __future__ import annotations

from kiosk.screens.components.kiosk_diagram import draw_below, draw_standing_machine
from kiosk.screens.components.refusal_text import RefusalText, draw_explanation, shorten
from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Fill
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import NOT_SET_UP, OutOfOrder


def draw(view: OutOfOrder, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.whole if page.theme.compact else frame.right
    if not frame.single and not page.theme.compact:
        draw_standing_machine(page, frame.left, None)
    explanation = scene.words.out_of_order(view.why)
    command = view.command if view.why in NOT_SET_UP else ""  # Else it is behind the technician's code.
    reserve = _command_height(command, scene, area.w) if command else 0
    if command and page.theme.compact and page.theme.large:
        reserve -= page.leading(Type.CAP)
    sentences = RefusalText(explanation.what, explanation.why, explanation.next)
    if view.message:
        sentences = RefusalText(view.message.words(scene.status.language), "", explanation.next)
    if view.refused:
        refused, why = scene.words.file_refused(), view.refused.words(scene.status.language)
        paragraph = "; ".join(line.strip() for line in why.splitlines())
        sentences = shorten(page, area, RefusalText(refused.what, paragraph, refused.next), reserve)
    y = draw_explanation(page, area, State.LOOK, _label(view, scene), sentences, reserve)
    if command:
        y = _command(command, scene, Box(area.x, y + page.u(1), area.w, area.bottom - y - page.u(1)))
    if page.theme.portrait:
        draw_below(page, Box(area.x, y, area.w, area.bottom - y), None)
    room = scene.foot(("technician",), ("call_staff",))
    if view.here and not (page.theme.compact and scene.following):
        _here(view.here, scene, room)


def _label(view: OutOfOrder, scene: DrawContext) -> str:
    if view.why in NOT_SET_UP:
        return scene.say("Not set up yet")
    return scene.say("Out of service") if view.message else scene.say("Out of order")


def _command_height(command: str, scene: DrawContext, width: float) -> int:
    page = scene.page
    return page.leading(Type.CAP) * (1 + page.count_lines(command, Type.CAP, width - page.u(6))) + page.u(7)


def _here(here: str, scene: DrawContext, room: Box) -> None:
    """Draw host name and address in the footer, which has no button on a machine that is not set up."""
    page, words = scene.page, scene.say("This machine: {here}", here=here)
    height = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, room.w)
    page.words(Box(room.x, round(room.y + (room.h - height) / 2), room.w, height), words, Type.CAP, page.colours.ink2)


def _command(command: str, scene: DrawContext, area: Box) -> float:
    """Draw the command alone in its box, exactly as it must be typed; return the bottom y."""
    page = scene.page
    height = page.leading(Type.CAP)
    lines = page.count_lines(command, Type.CAP, area.w - page.u(6))
    y: float = area.y
    if _command_height(command, scene, area.w) <= area.h:
        y = page.words(area, scene.say("For the technician"), Type.CAP, page.colours.ink2)
    box = Box(area.x, round(y + page.u(1)), area.w, height * lines + page.u(3))
    page.add(Fill(box, page.colours.leaf, page.u(1)))
    page.frame(box, page.colours.edge)
    page.words(box.inset(page.u(3), page.u(1.5)), command, Type.CAP)
    return box.bottom
