"""Draw Ask a librarian: six subjects to touch, and where the answer will be sent."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.choices import draw_choices
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import ABOUT, AskLibrarian

ICONS = ("search", "graduation-cap", "id-card", "smartphone", "map-pin", "message-square")
"""In the order of ABOUT."""


def draw(view: AskLibrarian, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area, roomy = frame.right, not frame.single
    if roomy:
        _promise(scene, frame.left)
    if view.about:
        y = _draw_answer_note(scene, area)
        if not roomy:
            _promise(scene, Box(area.x, y, area.w, area.bottom - y))
    else:
        heading = scene.say("What would you like to ask about?")
        step = page.step_for(heading, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY, Type.CAP))
        y = page.words(area, heading, step) + page.u(2)
        words = dict(zip(ABOUT, zip(_words(scene), ICONS, strict=True), strict=True))
        named = [each for each in scene.actions if each.name == "ask"]
        buttons = [Button(each, *words[each.choice or ""]) for each in named]
        draw_choices(page, Box(area.x, y + page.u(1), area.w, area.bottom - y - page.u(1)), buttons)
    scene.foot(("back", "in_words"), ("finish",))


def _draw_answer_note(scene: DrawContext, area: Box) -> float:
    page = scene.page
    words = scene.say("A librarian will send you a message.")
    step = page.step_for(words, area.w - page.u(9), page.leading(Type.BODY), (Type.BODY, Type.CAP))
    draw_state(page, Box(area.x, area.y, area.w, page.leading(step)), State.DONE, words, step)
    return area.y + page.leading(step) + page.u(3)


def _promise(scene: DrawContext, area: Box) -> None:
    page = scene.page
    y = page.words(area, scene.say("Ask a librarian"), Type.TITLE if not scene.frame.single else Type.BODY) + page.u(1)
    words = scene.say("We send the reply to your phone, or show it here at your next visit.")
    page.words(Box(area.x, y, area.w, area.bottom - y), words, Type.CAP, page.colours.ink2)


def _words(scene: DrawContext) -> tuple[str, ...]:
    return (
        scene.say("Find books"),
        scene.say("Study"),
        scene.say("Card, loans"),
        scene.say("E-books"),
        scene.say("Visits"),
        scene.say("Other"),
    )
