"""Draw one title: availability, call number, the way to its bay, the QR code of the e-edition, or a consent text."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.components.cards import call_number_lines, draw_code, draw_label
from kiosk.screens.components.diagrams import draw_plan, plan_height
from kiosk.screens.components.lists import draw_cover, draw_standing_cover
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, flow, text_block
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.theme import Type
from kiosk.screens.search_results import availability_text
from kiosk.views import LineState, TitlePage
from lending.shelves import Stand
from lending.title_result import Availability, TitleResult

SMALLEST_CODE = 30
"""Minimum side of the QR code in units, below which the text about it is dropped."""
MOST_HOUSES = 3
"""Maximum number of other branches that are named."""


def draw(view: TitlePage, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    if view.agreeing:
        agreed = scene.say(
            "You agree that we save this title and message you once, when a copy is back. No copy is reserved for you. "
            "You can cancel on your phone. It ends after 6 months."
        )
        draw_consent(scene, view.work.title, agreed, "tell_back")
        return
    foot = scene.foot(("back", "read"), ("tell_back", "finish", "hold"))
    if frame.single and view.on_phone and not page.theme.portrait:
        half = Box(frame.whole.x, frame.whole.y, frame.whole.w / 2, frame.whole.h - page.u(2))
        flow(half, _about_blocks(view, scene, half))
        draw_way(view, scene, Box(half.right + page.u(3), half.y, half.w - page.u(3), half.h))
    elif frame.single:
        least = page.leading(Type.CAP) + page.u(8)
        room = Box(frame.whole.x, frame.whole.y, frame.whole.w, min(frame.whole.h * 0.62, frame.whole.h - least))
        y = flow(room, _about_blocks(view, scene, room))
        beside = scene.spare + page.u(2) if foot.w < scene.spare else 0  # The button stands above a full footer.
        wide = frame.whole.w - beside
        draw_way(view, scene, Box(frame.whole.x, y + page.u(3), wide, frame.whole.bottom - y - page.u(5)))
    elif page.theme.compact or view.on_phone:
        left = frame.left
        flow(Box(left.x, left.y, left.w, left.h - page.u(2)), _about_blocks(view, scene, left))
        draw_way(view, scene, Box(frame.right.x, frame.right.y, frame.right.w, frame.right.h - page.u(3)))
    else:
        draw_standing_cover(page, frame.left, view.work.subject, view.work.title, view.work.cover)
        right = frame.right
        y = flow(Box(right.x, right.y, right.w, right.h - page.u(28)), _about_blocks(view, scene, right)) + page.u(2)
        page.rule(right.x, y, right.w)
        draw_way(view, scene, Box(right.x, y + page.u(3), right.w, right.bottom - y - page.u(6)))


def _about_blocks(view: TitlePage, scene: DrawContext, area: Box) -> list[Block]:
    """Return the blocks about title, availability and requests; the least important are dropped if room is short."""
    page, work = scene.page, view.work
    blocks: list[Block] = []
    if view.on_phone and not page.theme.compact and not scene.frame.single:
        high = page.u(30 if page.theme.wide else 26)
        cover = Box(area.x, 0, round(high * 0.76), high)
        blocks.append(
            Block(
                6,
                high + page.u(2.5),
                lambda y: draw_cover(page, Box(cover.x, round(y), cover.w, high), work.subject, work.title, work.cover),
            )
        )
    steps = (Type.TITLE, Type.BODY, Type.CAP) if not page.theme.compact else (Type.BODY, Type.CAP)
    room = page.leading(steps[0]) * 2 if scene.frame.single or page.theme.compact else page.leading(Type.BODY) * 3
    step = page.step_for(work.title, area.w, room, steps)
    blocks.append(text_block(scene, area, 0, work.title, step, most=3))
    if by := maker(work, scene, area.w):
        blocks.append(text_block(scene, area, 4, by, colour=page.colours.ink2, most=1))
    blocks += _states(view, scene, area)
    blocks += [_caption(rank, words, scene, area) for rank, words in facts(view, scene)]
    return blocks


def maker(work: TitleResult, scene: DrawContext, room: float) -> str:
    """Return the author, with the year if both fit."""
    both = ", ".join(each for each in (work.author, str(work.year or "")) if each)
    return both if scene.page.width(both, Type.CAP) <= room else work.author


def _states(view: TitlePage, scene: DrawContext, area: Box) -> Iterator[Block]:
    page = scene.page
    state, label = availability_text(view.work, view.under, scene)
    if state is State.DONE and view.work.whereabouts(view.under.branch) is Availability.HERE:
        label = scene.say("On the shelf")  # The bay follows with the way to it.
    if label:
        yield _state(1, state, label, scene, area)
    match view.hold or view.alert:
        case LineState.CHECKING:
            yield _state(0, State.CHECKING, scene.say("Checking"), scene, area)
        case LineState.DONE if view.alert:
            yield _state(0, State.DONE, scene.say("Saved for you"), scene, area)
            note = scene.say("We tell you once when it is back. You can cancel on your phone.")
            yield _caption(2, note, scene, area)
        case LineState.DONE:
            yield _state(0, State.DONE, scene.say("Hold placed"), scene, area)
            yield _caption(2, scene.say("We will tell you when it is ready."), scene, area)
        case LineState.REFUSED if view.alert:
            yield _state(0, State.REFUSED, scene.say("This could not be saved. Please ask staff."), scene, area)
        case LineState.SAVED:
            yield _state(0, State.SAVED, scene.say("Saved, not yet confirmed"), scene, area)
        case LineState.REFUSED:
            yield _state(0, State.REFUSED, scene.say("Hold not placed"), scene, area)
            if not page.theme.compact:
                yield _caption(0, scene.words.no_hold(view.block), scene, area, page.colours.ink)
        case _:
            return


def _state(rank: int, state: State | None, label: str, scene: DrawContext, area: Box) -> Block:
    """Return a state in body type if it fits, else in small type, else on several lines."""
    page = scene.page
    step = next((each for each in (Type.BODY, Type.CAP) if state_width(page, label, each) <= area.w), None)
    if step is None or state is None:
        return _caption(rank, label, scene, area, page.colours.ink)
    high = page.leading(step) + page.u(2)
    return Block(rank, high, lambda y: draw_state(page, Box(area.x, y, area.w, high), state, label, step))


def _caption(rank: int, words: str, scene: DrawContext, area: Box, colour: str = "") -> Block:
    return text_block(scene, area, rank, words, Type.CAP, colour or scene.page.colours.ink2, 0.5)


def facts(view: TitlePage, scene: DrawContext) -> Iterator[tuple[int, str]]:
    """Yield rank and sentence: number of copies, next return, queue length, and age of the data."""
    work, found = view.work, view.under.found
    if found is not None and found.outdated:
        if found.as_of is not None:
            yield (
                2,
                scene.say("Data as of {when}. Please check the shelf.", when=scene.words.day_and_year(found.as_of)),
            )
        return
    whereabouts = work.whereabouts(view.under.branch)
    if whereabouts is Availability.HERE:
        here, count = len(work.here(view.under.branch)), len(work.copies)
        yield 5, scene.words.say_n("{here} of {n} copy is here", "{here} of {n} copies are here", count, here=here)
    if whereabouts is Availability.ELSEWHERE and view.houses:
        names = [scene.words.pick(each) for each in view.houses[:MOST_HOUSES]]
        branches = scene.say(", ").join([*names, "…"] if len(view.houses) > MOST_HOUSES else names)
        yield 2, scene.say("On the shelf at: {branches}", branches=branches)
    if whereabouts is Availability.OUT and work.due is not None:
        yield 3, scene.say("Expected back: {day}", day=scene.words.date(work.due))
    if work.waiting:
        yield 5, scene.words.say_n("One person waits for it", "{n} people wait for it", work.waiting)
    if view.under.offline and found is not None and found.as_of is not None:
        yield 3, scene.say("As of {when}", when=scene.words.moment(found.as_of))


def draw_way(view: TitlePage, scene: DrawContext, area: Box) -> None:
    """Draw the QR code for a phone, or the spine label with the way to it."""
    if view.on_phone and view.work.link:
        _code(view, scene, area)
        return
    page = scene.page
    if page.theme.compact and view.hold is LineState.REFUSED:
        words = scene.words.no_hold(view.block)
        text_high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, area.w)
        rest = Box(area.x, area.y, area.w, area.h - text_high - page.u(1))
        page.words(Box(area.x, max(area.bottom - text_high, area.y), area.w, text_high), words, Type.CAP)
        if rest.h < page.leading(Type.CAP) + page.u(3):
            return
        area = rest
    number = view.work.call_number_at(view.under.branch)
    if not number or not view.work.copies:
        return
    two_columns = area.h < page.u(66) and area.w > page.u(85) and view.stand is not None
    width = area.w * 0.47 if two_columns else area.w
    lines, high = call_number_lines(number), min(area.h, page.u(24)) if page.theme.compact else area.h
    if page.leading(Type.CAP) * len(lines) + page.u(3) > high:
        lines = [number]
    box = draw_label(page, area.x, area.y, lines, width, high)
    y = box.bottom + page.u(2)
    if view.stand is None:
        return
    words = place_of(view.stand, scene)
    step = page.step_for(words, width, page.leading(Type.BODY) * 2, (Type.BODY, Type.CAP))
    if y + page.leading(step) * page.count_lines(words, step, width) <= area.bottom:
        y = page.words(Box(area.x, y, width, area.h), words, step) + page.u(2)
    room = (
        Box(area.x + width + page.u(4), area.y, area.w - width - page.u(4), area.h)
        if two_columns
        else Box(area.x, y, area.w, area.bottom - y)
    )
    if high := plan_height(page, view.stand, room.w, room.h):
        draw_plan(page, Box(round(room.x), round(room.y), round(room.w), round(high)), view.stand, scene.say("You"))


def place_of(stand: Stand, scene: DrawContext) -> str:
    """Return floor and bay in words."""
    name = scene.words.pick(stand.floor.name)
    bays = scene.say(", ").join(each.code for each in stand.bays)
    return scene.say("{floor}, bay {bay}", floor=name, bay=bays)


def _code(view: TitlePage, scene: DrawContext, area: Box) -> None:
    """Draw the QR code and what to do with it."""
    page = scene.page
    words = scene.say("Scan the code with your phone to open the book.")
    step = page.step_for(words, area.w, page.leading(Type.BODY) * 2, (Type.BODY, Type.CAP))
    high = page.leading(step) * page.count_lines(words, step, area.w)
    roomy = area.h - high - page.u(3) >= page.u(SMALLEST_CODE)
    side = min(area.w, area.h - (high + page.u(3) if roomy else 0), page.u(90))
    square = draw_code(page, Box(area.x, area.y, side, side), scene.code(view.work.link))
    if roomy:
        page.words(Box(area.x, square.bottom + page.u(2), area.w, high), words, step)


def draw_consent(scene: DrawContext, about: str, agreed: str, tell: str) -> None:
    page, whole = scene.page, scene.frame.whole
    step = page.step_for(about, whole.w, page.leading(Type.TITLE), (Type.TITLE, Type.BODY, Type.CAP))
    y = whole.y + page.u(1)
    page.words(Box(whole.x, y, whole.w, whole.bottom - y), about, step, most=2)
    y += page.leading(step) * min(page.count_lines(about, step, whole.w), 2) + page.u(2)
    room = whole.bottom - y
    page.words(Box(whole.x, y, whole.w, room), agreed, page.step_for(agreed, whole.w, room, (Type.BODY, Type.CAP)))
    scene.foot(("back",), ("finish", tell))
