"""Draw Your opinion: anonymous rating with a topic, purchase suggestion, and the library's answers."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.cards import draw_label
from kiosk.screens.components.choices import draw_choices, draw_face, draw_features
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, flow
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import draw_scanner
from kiosk.views import TOPICS, Feedback, Thanks
from lending.questions import PublishedReply

GAP, HIGH, WIDEST = 3, 15, 26
"""Units: gap between touch targets, height of a low smiley, and maximum width of a smiley."""
MOST_OF_THE_COLUMN = 0.8
ICONS = ("book-up", "map-pin", "user", "wrench", "clock", "receipt-text")
"""In the order of TOPICS."""


def draw(view: Feedback, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if view.face:
        _topics(view, scene)
    else:
        y = draw_scanner(scene, (), _missing(scene))
        area = _below(frame.right, y + page.u(6)) if page.theme.portrait else frame.right
        if view.isbn:
            _book(view, scene, area)
        else:
            _faces(view, scene, area, y + page.u(1))
    scene.foot(("back", "not_this", "name_it", "in_words", "survey"), ("send", "wish"))


def _missing(scene: DrawContext) -> str:
    return scene.say("Suggest a book: scan its ISBN.")


def _heading(scene: DrawContext, area: Box, words: str) -> float:
    page = scene.page
    step = page.step_for(words, area.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY, Type.CAP))
    return page.words(area, words, step) + page.u(2)


def _below(area: Box, y: float) -> Box:
    return Box(area.x, y, area.w, area.bottom - y)


def _faces(view: Feedback, scene: DrawContext, area: Box, caption: float) -> None:
    """Draw the question or the thanks for the answer, and below it what the library has done.

    `caption` is the y for the camera's caption on a small screen.
    """
    page = scene.page
    if view.thanks:
        words = scene.say("Thank you. The library will read it.")
        if view.thanks is Thanks.WISH:
            words = scene.say("Thank you. Your suggestion has been sent.")
        if view.thanks is Thanks.SHEET:
            words = scene.say("Thank you for your answers.")
        step = page.step_for(words, area.w - page.u(9), page.leading(Type.BODY), (Type.BODY, Type.CAP))
        y: float = area.y + page.leading(step)
        if state_width(page, words, step) <= area.w:
            draw_state(page, Box(area.x, area.y, area.w, page.leading(step)), State.DONE, words, step)
        else:
            y = page.words(area, words, step, page.colours.done)
        area = _below(area, y + page.u(3))
    if not view.rated:
        top = _heading(scene, area, scene.say("How do you like the library?"))
        area = _below(area, _row_of_faces(scene, _below(area, top)))
    y = area.y
    if not (view.rated and page.theme.compact):
        y = _note(scene, area, scene.say("This is anonymous.")) + page.u(1)
    if scene.frame.single and not page.theme.portrait:
        y = _note(scene, _below(area, y), _missing(scene))
    elif page.theme.compact:
        _note(scene, _below(scene.frame.left, caption), _missing(scene))
    y += page.u(1 if page.theme.compact else 2)
    _draw_published(view, scene, _below(area, y))


def _note(scene: DrawContext, area: Box, words: str) -> float:
    """Draw small text if all of it has room; return the bottom y."""
    page = scene.page
    if page.count_lines(words, Type.CAP, area.w) * page.leading(Type.CAP) > area.h:
        return area.y
    return page.words(area, words, Type.CAP, page.colours.ink2)


def _row_of_faces(scene: DrawContext, area: Box) -> float:
    page = scene.page
    faces = [each for each in scene.actions if each.name == "face"]
    wide = min((area.w - page.u(GAP) * (len(faces) - 1)) / len(faces), page.u(WIDEST))
    high = round(min(wide, page.u(HIGH if page.theme.compact or page.theme.large else WIDEST)))
    names = (scene.say("Very bad"), scene.say("Bad"), scene.say("So-so"), scene.say("Good"), scene.say("Very good"))
    for number, (action, name) in enumerate(zip(faces, names, strict=True)):
        box = Box(round(area.x + number * (wide + page.u(GAP))), round(area.y), round(wide), high)
        draw_face(page, box, Button(action, name), number + 1)
    return area.y + high + page.u(2)


def _topics(view: Feedback, scene: DrawContext) -> None:
    """Draw the chosen smiley at the left, and six topics next to it."""
    page, frame = scene.page, scene.frame
    area = frame.right
    if not frame.single:
        side = round(min(frame.left.w, frame.left.h) * MOST_OF_THE_COLUMN)
        draw_features(page, Box(frame.left.x, area.y, side, side), int(view.face))
    y = _heading(scene, area, scene.say("What is it about?"))
    words = dict(zip(TOPICS, zip(_topic_words(scene), ICONS, strict=True), strict=True))
    named = [each for each in scene.actions if each.name == "topic"]
    draw_choices(page, _below(area, y + page.u(1)), [Button(each, *words[each.choice or ""]) for each in named])


def _topic_words(scene: DrawContext) -> tuple[str, ...]:
    return (
        scene.say("Books"),
        scene.say("Rooms, seats"),
        scene.say("Staff"),
        scene.say("Equipment"),
        scene.say("Hours"),
        scene.say("Rules"),
    )


def _book(view: Feedback, scene: DrawContext, area: Box) -> None:
    """Draw the scanned ISBN as printed on the book, and what happens with the suggestion."""
    page = scene.page
    y = _heading(scene, area, scene.say("Should we buy this book?"))
    number = f"{view.isbn[:3]} {view.isbn[3:]}"
    step = page.step_for(number, area.w - page.u(8), page.leading(Type.TITLE), (Type.TITLE, Type.BODY, Type.CAP))
    width, high = page.width(number, step) + page.u(8), page.leading(step) + page.u(4)
    draw_label(page, area.x, round(y), [number], width, high)
    words = scene.say("Staff see how many people suggest a book, and decide.")
    _note(scene, _below(area, y + high + page.u(3)), words)


def _draw_published(view: Feedback, scene: DrawContext, area: Box) -> None:
    """Draw the library's published answers, the newest first, as many as fit."""
    page = scene.page
    if not view.published:
        return
    heading = scene.say("You said, we did")
    head = Block(0, page.leading(Type.CAP) + page.u(1), lambda y: _head(scene, area, y, heading))
    blocks = [_entry(scene, area, each, 1 + number) for number, each in enumerate(view.published)]
    if blocks[0].height + head.height <= area.h:
        flow(area, [head, *blocks])


def _head(scene: DrawContext, area: Box, y: float, words: str) -> None:
    page = scene.page
    page.word(Box(area.x, y, area.w, page.leading(Type.CAP)), words, Type.CAP, page.colours.ink2)


def _entry(scene: DrawContext, area: Box, published: PublishedReply, rank: int) -> Block:
    page = scene.page
    said, did = scene.words.pick(published.said), scene.words.pick(published.did)
    lead = page.u(6.5)
    lines = [min(page.count_lines(words, Type.CAP, area.w - lead), 2) for words in (said, did)]

    def draw_it(y: float) -> None:
        page.rule(area.x, y, area.w)
        top, leading = y + page.u(1.5), page.leading(Type.CAP)
        page.icon(area.x, top + leading / 2, "message-square", page.theme.icon(4.5), page.colours.ink2)
        rest = Box(area.x + lead, top, area.w - lead, area.h)
        top = page.words(rest, said, Type.CAP, page.colours.ink2, most=2)
        page.icon(area.x, top + leading / 2, "check", page.theme.icon(4.5), page.colours.done)
        page.words(Box(rest.x, top, rest.w, area.h), did, Type.CAP, most=2)

    return Block(rank, sum(lines) * page.leading(Type.CAP) + page.u(3), draw_it)
