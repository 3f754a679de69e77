"""Draw the list of courses and events, and the details of one with QR code and the patron's booking."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.components.flow import Block, flow
from kiosk.screens.components.lists import draw_standing_cover
from kiosk.screens.components.qr_code import draw_code
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.lesson_layout import below, draw_heading, draw_left_shelf, in_language, in_sight, two_columns
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Learn, LineState
from kiosk.views.learn import BookedPlace
from lending.event_booking import BOOKED, QUEUED
from lending.showcase import Course


def draw_courses(view: Learn, scene: DrawContext) -> tuple[int, int]:
    """Draw the list with dates and places: a touch opens one, or one QR code leads to booking by phone.

    Returns:
        Number of rows out of sight, and number of all rows.
    """
    page, (left, area) = scene.page, two_columns(scene)
    heading = scene.say("Courses and events") if view.dated else scene.say("Courses")
    if view.dated:
        note = "" if page.theme.compact else scene.say("Touch one to sign up.")
        y = draw_heading(scene, left or area, heading, note)
        draw_left_shelf(scene, left, y, "calendar-days")
        area = area if left else below(area, y)
    else:
        area = _with_one_code(view.courses[0].link, heading, scene)
    high = max(page.leading(Type.BODY) + page.leading(Type.CAP) + page.u(3), page.u(16) if view.dated else 0)
    shown, hidden = in_sight(scene, area, len(view.courses), high)
    for at, number in enumerate(shown):
        course, row = view.courses[number], Box(area.x, round(area.y + at * high), area.w, high)
        _row(course, _short(view.places.get(course.date), course, scene), scene, row)
        if action := scene.action("open", choice=str(number)):
            page.icon(row.right - page.u(6), row.y + page.u(1) + page.leading(Type.BODY) / 2, "arrow-right", 5)
            page.touch(
                Box(row.x, row.y + page.u(0.25), row.w, row.h - page.u(0.5)), action, in_language(scene, course.name)
            )
    return hidden, len(view.courses)


def _with_one_code(link: str, heading: str, scene: DrawContext) -> Box:
    """Draw the QR code where places are booked by phone only; return the room for the list."""
    page, (left, area) = scene.page, two_columns(scene)
    how = scene.say("Sign up by phone: scan the code.")
    if left:
        y = draw_heading(scene, left, heading, how)
        _code(scene, link, Box(left.x, y, min(left.w, page.u(50)), min(left.bottom - y - page.u(3), page.u(50))))
        return area
    if area.h > area.w:
        area = _over_the_code(scene, link, how, area)
        return below(area, draw_heading(scene, area, heading))
    area = _beside_the_code(scene, link, area)
    compact = page.theme.compact
    y = page.words(area, how, Type.CAP) + page.u(1) if compact else draw_heading(scene, area, heading, how)
    return below(area, y)


def _code(scene: DrawContext, link: str, box: Box) -> None:
    draw_code(scene.page, box, scene.code(link))


def _over_the_code(scene: DrawContext, link: str, how: str, area: Box) -> Box:
    """Draw the code under the list of a tall screen, within reach of a phone; return the remaining box."""
    page = scene.page
    side = page.u(60)
    top = area.bottom - side - page.u(6)
    _code(scene, link, Box(area.x, top, side, side))
    room = area.w - side - page.u(6)
    high = page.leading(Type.BODY) * page.count_lines(how, Type.BODY, room)
    page.words(Box(area.x + side + page.u(6), top + (side - high) / 2, room, high), how, Type.BODY)
    return Box(area.x, area.y, area.w, top - area.y)


def _beside_the_code(scene: DrawContext, link: str, area: Box) -> Box:
    """Draw the code next to the list of a low screen; return the remaining box."""
    page = scene.page
    side = min(page.u(36), area.h - page.u(4))
    _code(scene, link, Box(area.right - side, area.y, side, side))
    return Box(area.x, area.y, area.w - side - page.u(4), area.h)


def _short(place: BookedPlace | None, course: Course, scene: DrawContext) -> str:
    """Return the text at the end of a row: the patron's booking, else "full"."""
    if place is not None and place.state in (LineState.DONE, LineState.SAVED) and not place.gives:
        return _became(place, scene)[1]
    return scene.say("full, with a waiting list") if course.full and not scene.page.theme.large else ""


def _row(course: Course, aside: str, scene: DrawContext, row: Box) -> None:
    page = scene.page
    page.rule(row.x, row.y, row.w)
    top = Box(row.x, row.y + page.u(1), row.w, page.leading(Type.BODY))
    page.word(Box(top.x, top.y, top.w - page.u(9), top.h), in_language(scene, course.name), Type.BODY, cut=True)
    when = scene.words.moment(course.begins)
    if page.width(when + aside, Type.CAP) + page.u(4) > row.w:
        aside = ""
    wide = page.width(aside, Type.CAP) + page.u(3) if aside else 0
    under = Box(row.x, top.bottom, row.w - wide, page.leading(Type.CAP))
    page.word(under, when, Type.CAP)
    x = under.x + page.width(when, Type.CAP) + page.u(2.5)
    if under.right - x >= page.u(48 if page.theme.large else 24):
        page.word(Box(x, under.y, under.right - x, under.h), in_language(scene, course.place), Type.CAP,
                  page.colours.ink2, cut=True)  # fmt: skip
    page.word(Box(row.x, top.bottom, row.w, page.leading(Type.CAP)), aside, Type.CAP, page.colours.ink, align="right")


def draw_course(view: Learn, course: Course, scene: DrawContext) -> None:
    """Draw one event: what, when and where, the patron's booking, and the code to book by phone."""
    page, whole = scene.page, scene.frame.whole
    tall = page.theme.portrait
    side = round(min(whole.h - page.u(3), page.u(90 if tall else 60), whole.w * (0.9 if tall else 0.3)))
    if not scene.frame.single and not page.theme.compact:
        draw_standing_cover(page, scene.frame.left, "", in_language(scene, course.name), "")
        whole = scene.frame.right
        side = min(side, round(whole.w * 0.32))
    room = Box(whole.x, whole.y, whole.w - (0 if tall else side + page.u(6)), whole.h - page.u(2))
    if tall:
        room = Box(room.x, room.y, room.w, room.h - side - page.u(6))
    y = flow(room, list(_about_blocks(view, course, scene, room)))
    top = max(y, whole.bottom - side - page.u(6)) if tall else whole.y
    _code(scene, course.link, Box(whole.x if tall else whole.right - side, top, side, side))


def _about_blocks(view: Learn, course: Course, scene: DrawContext, area: Box) -> Iterator[Block]:
    page, colours = scene.page, scene.page.colours
    name = in_language(scene, course.name)
    steps = (Type.BODY, Type.CAP) if page.theme.compact else (Type.TITLE, Type.BODY, Type.CAP)
    yield _words(0, name, page.step_for(name, area.w, page.leading(steps[0]) * 2, steps), colours.ink, scene, area, 3)
    when = scene.words.moment(course.begins)
    yield _words(1, when, page.step_for(when, area.w, page.leading(Type.BODY), (Type.BODY, Type.CAP)), colours.ink,
                 scene, area)  # fmt: skip
    yield _words(3, in_language(scene, course.place), Type.CAP, colours.ink2, scene, area, 2)
    if view.place is None:
        if course.full:
            yield _words(3, scene.say("full, with a waiting list"), Type.CAP, colours.ink, scene, area)
        yield _words(4, scene.say("Or scan the code with your phone."), Type.CAP, colours.ink2, scene, area)
        return
    state, label = _became(view.place, scene)
    yield _state(state, label, scene, area)
    if words := _next(view.place, scene):
        yield _words(2, words, Type.CAP, colours.ink, scene, area)


def _words(rank: int, words: str, step: Type, colour: str, scene: DrawContext, area: Box, most: int = 4) -> Block:
    page = scene.page
    lines = min(page.count_lines(words, step, area.w), most)
    high = page.leading(step) * lines + page.u(1)
    return Block(rank, high, lambda y: page.words(Box(area.x, y, area.w, high), words, step, colour, most=most))


def _state(state: State, label: str, scene: DrawContext, area: Box) -> Block:
    page = scene.page
    step = Type.BODY if state_width(page, label, Type.BODY) <= area.w else Type.CAP
    high = page.leading(step) + page.u(3)
    return Block(0, high, lambda y: draw_state(page, Box(area.x, y + page.u(1), area.w, high - page.u(1)), state, label,
                                               step))  # fmt: skip


def _became(place: BookedPlace, scene: DrawContext) -> tuple[State, str]:
    match (place.state, place.gives, place.became):
        case (LineState.CHECKING, _, _):
            return State.CHECKING, scene.say("Checking")
        case (LineState.REFUSED, True, _):
            return State.REFUSED, scene.say("Not cancelled")
        case (LineState.REFUSED, False, _):
            return State.REFUSED, scene.say("Not signed up")
        case (LineState.SAVED, True, _):
            return State.SAVED, scene.say("Saved, not yet confirmed")
        case (_, True, _):
            return State.DONE, scene.say("Cancelled")
        case (LineState.DONE, False, became) if became == BOOKED:
            return State.DONE, scene.say("You are signed up")
        case (LineState.DONE, False, became) if became == QUEUED:
            return State.SOMEONE_WAITS, scene.say("You are on the waiting list")
        case _:
            return State.SAVED, scene.say("Requested")


def _next(place: BookedPlace, scene: DrawContext) -> str:
    """Return what the patron can expect next."""
    match (place.state, place.gives, place.became):
        case (LineState.CHECKING, _, _):
            return ""
        case (LineState.REFUSED, _, _):
            return scene.words.no_place(place.block)
        case (LineState.SAVED, True, _):
            return scene.say("Your place is cancelled when the library system is back.")
        case (_, True, _):
            return scene.say("Thank you. Someone else can have your place.")
        case (LineState.DONE, False, became) if became == BOOKED:
            return scene.say("See you then.")
        case (LineState.DONE, False, became) if became == QUEUED:
            return scene.say("You get the next free place.")
        case _:
            return scene.say("We reply by your preferred contact method.")
