"""Draw My details: the patron's own record page by page, with purposes and possible changes."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button, draw_answer
from kiosk.screens.components.choices import draw_choices
from kiosk.screens.components.empty_shelf import draw_bare_shelf
from kiosk.screens.components.entries import ListEntry, draw_entries
from kiosk.screens.components.qr_code import draw_code
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.list_paging import draw_more, more_width
from kiosk.screens.my_details_sections import entries
from kiosk.screens.my_details_text import about_room, friends_link, heading, open_words, to_read
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.text_layout import is_chinese
from kiosk.screens.rendering.theme import Type
from kiosk.views import Action, Details, RecordPage
from lending.patron_record import PatronRecord

ICONS = {
    RecordPage.CONTACTS: "id-card",
    RecordPage.WAYS: "message-square",
    RecordPage.CONSENTS: "check",
    RecordPage.INTERESTS: "bookmark",
    RecordPage.LETTERS: "bell",
    RecordPage.DATA: "receipt-text",
}
BARE = {RecordPage.CONTACTS: "id-card", RecordPage.LETTERS: "bell", RecordPage.HAD: "book-up"}
"""Icon of the empty-list drawing, by page."""
LOWEST = 0.4
"""Maximum share of the height for the text above a list."""


def draw(view: Details, scene: DrawContext) -> None:
    frame = scene.frame
    scene.head()
    area = frame.right
    if frame.single:
        share = 0.0 if scene.page.theme.compact else LOWEST
        y = _draw_about(view, scene, Box(area.x, area.y, area.w, area.h * share))
        area = Box(area.x, y, area.w, area.bottom - y)
    else:
        y = _draw_about(view, scene, frame.left)
        if view.room is RecordPage.LETTERS and view.mine is not None and view.mine.letters:
            draw_bare_shelf(scene.page, Box(frame.left.x, y, frame.left.w, frame.left.bottom - y))
    answer = _answer(view, scene)
    if answer and not scene.page.theme.compact:
        area = draw_answer(scene.page, area, answer)
        answer = None
    hidden, total = _room(view, scene, area)
    room = scene.foot(("back",), ("finish",), more_width(scene, hidden), answer=answer)
    draw_more(scene, room, hidden, total)


def _answer(view: Details, scene: DrawContext) -> Button | None:
    """Return the one answer that the page asks for.

    On a small screen it is in the footer, to leave room for the text.
    """
    if view.room not in (RecordPage.WHY, RecordPage.ERASE):
        return None
    words = {
        "give": (scene.say("I agree"), ""),
        "withdraw": (scene.say("Withdraw consent"), scene.say("Withdraw")),
        "erase_all": (scene.say("Erase my data"), scene.say("Erase")),
    }
    found = ((each, *words[each.name]) for each in scene.actions if each.name in words)
    return next((Button(action, label, short=short) for action, label, short in found), None)


def _draw_about(view: Details, scene: DrawContext, area: Box) -> float:
    """Draw what the page is for; less important sentences are left out if room is short."""
    page = scene.page
    title = heading(view, scene)
    steps = (Type.BODY,) if page.theme.compact or page.theme.large else (Type.TITLE, Type.BODY)
    lines = 1 if is_chinese(title) else 2
    y = page.words(area, title, page.step_for(title, area.w, page.leading(Type.TITLE) * lines, steps)) + page.u(1)
    for words in about_room(view, scene):
        high = page.count_lines(words, Type.CAP, area.w) * page.leading(Type.CAP)
        if y + high > area.bottom:
            break
        y = page.words(Box(area.x, y, area.w, area.h), words, Type.CAP, page.colours.ink2) + page.u(1)
    return y + page.u(1)


def _room(view: Details, scene: DrawContext, area: Box) -> tuple[int, int]:
    """Draw the content of the page.

    Returns:
        Number of rows out of sight, and number of all rows.
    """
    page = scene.page
    if view.mine is None:
        _waits(view, scene, area)
        return 0, 0
    if view.room is RecordPage.ALL:
        doors = [each for each in scene.actions if each.name == "open"]
        draw_choices(page, area, [_door(each, len(view.mine.letters), scene) for each in doors])
        return 0, 0
    if view.room in (RecordPage.PHONE, RecordPage.FRIEND):
        _phone(view.link or friends_link(view), scene, area)
        return 0, 0
    if _is_bare(view.room, view.mine):
        _bare(scene, area, BARE[view.room])
    consent = to_read(view, scene)
    rows = [*(ListEntry(each, plain=True) for each in consent), *entries(view, view.mine, scene)]
    return draw_entries(page, area, rows, scene.first), len(rows)


def _is_bare(room: RecordPage, mine: PatronRecord) -> bool:
    match room:
        case RecordPage.CONTACTS:
            return not mine.contacts
        case RecordPage.LETTERS:
            return not mine.letters
        case RecordPage.HAD:
            return mine.remembers and not mine.had
        case _:
            return False


def _door(action: Action, letters: int, scene: DrawContext) -> Button:
    words = open_words(action.choice or "", scene)
    if action.choice == RecordPage.LETTERS and letters:
        words = scene.words.say_n("{n} message", "{n} messages", letters)
    return Button(action, words, ICONS[RecordPage(action.choice or "")])


def _waits(view: Details, scene: DrawContext, area: Box) -> None:
    page = scene.page
    box = Box(area.x, area.y + page.u(2), area.w, page.leading(Type.BODY))
    if view.missing:
        words = scene.say("This is not available right now. Try again soon, or ask staff.")
        page.words(box, words, page.step_for(words, area.w, area.h - page.u(4), (Type.BODY, Type.CAP)))
        _bare(scene, area, "cloud-off")
    else:
        draw_state(page, box, State.CHECKING, scene.say("One moment"), Type.BODY)


def _bare(scene: DrawContext, area: Box, icon: str) -> None:
    """Draw the empty shelf under a short text."""
    draw_bare_shelf(scene.page, Box(area.x, area.y + area.h / 2, area.w, area.h / 2), icon)


def _phone(link: str, scene: DrawContext, area: Box) -> None:
    page = scene.page
    if not link:
        draw_state(page, Box(area.x, area.y + page.u(2), area.w, page.leading(Type.BODY)), State.CHECKING,
                   scene.say("One moment"), Type.BODY)  # fmt: skip
        return
    draw_code(page, Box(area.x, area.y, area.w, area.h - page.u(2)), scene.code(link, "l", boost=False))
