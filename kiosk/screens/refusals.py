"""Draw why something is not possible: Refused for an item, Blocked for a card, Out of order for the kiosk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kiosk.screens import title_page
from kiosk.screens.components.buttons import GAP, Binding, Button, draw_volume
from kiosk.screens.components.cards import call_number_lines, draw_code, draw_label, draw_patron_card
from kiosk.screens.components.diagrams import draw_below, draw_standing_machine
from kiosk.screens.components.lists import draw_cover, draw_standing_cover
from kiosk.screens.components.states import State, draw_state, state_width
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import Block, flow, text_block
from kiosk.screens.rendering.canvas import Canvas
from kiosk.screens.rendering.display_list import Box, Corners, Fill
from kiosk.screens.rendering.theme import Type
from kiosk.views import NOT_SET_UP, Account, Blocked, LineState, OutOfOrder, Refused, TitlePage, VisitLine, VisitTask
from kiosk.words.localizer import Explanation
from lending.model import Reason
from lending.title_result import Availability

CODE_UNITS = 70
"""Height of a QR code with its caption under the text."""
AGREED = (LineState.DONE, LineState.SAVED)


def draw_refused(view: Refused, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    line = view.line
    scene.head()
    area = frame.right
    cover = None
    if not frame.single:
        cover = draw_standing_cover(page, frame.left, line.subject, line.title, line.cover)
    elif page.theme.portrait:
        high = page.u(110)
        below = Box(area.x, area.bottom - high, area.w, high)
        cover = draw_standing_cover(page, below, line.subject, line.title, line.cover)
        area = Box(area.x, area.y, area.w, area.h - high - page.u(6))
    if line.block is not None:
        explanation = scene.words.explain(line.block, line.title, _others_done(view), line.errand)
        if line.asks_fee:
            draw_fee_question(view, scene, area, explanation)
            if cover is not None:
                scene.highlight(cover.x, cover.w)
            return
        way_out = _way_out(view, scene) or explanation.next
        sentences = RefusalText(explanation.what, explanation.why, scene.then(way_out, view.called))
        if view.other is not None and page.theme.compact:
            sentences = replace(sentences, why="")
        if page.theme.large and not fits(page, area, sentences):
            sentences = replace(sentences, then=scene.then("", view.called))
        reserve = page.leading(Type.CAP) + page.u(5) if view.other is not None and not page.theme.large else 0
        y = draw_explanation(page, area, State.REFUSED, scene.words.state(line), sentences, reserve)
        rest = Box(area.x, y + page.u(3), area.w, area.bottom - y - page.u(3))
        if view.other is not None:
            _draw_other_copy(view.other, scene, rest)
        else:
            _label(view, scene, rest)
    scene.foot(("call_staff",), ("hold", "finish", "next"))


def _way_out(view: Refused, scene: DrawContext) -> str:
    """Return what to do if other copies of the title are known; otherwise ""."""
    if view.other is None or view.line.block is None:
        return ""
    match view.line.block.reason:
        case Reason.HELD_FOR_OTHER:
            return scene.say("Please put it back on the hold shelf.")
        case Reason.READING_ROOM:
            return scene.say("Read it here, or borrow another copy.")
        case _:
            return scene.say("You can borrow another copy.")


def _others_done(view: Refused) -> int:
    """Return the number of other items of the same task that succeeded."""
    if isinstance(view.under, Account):
        return sum(loan.state in AGREED for loan in view.under.loans or ())
    return sum(line.state in AGREED and line.errand is view.line.errand for line in view.under.lines)


def _draw_other_copy(other: TitlePage, scene: DrawContext, area: Box) -> None:
    """Draw where another copy is: the way to its bay, the branch that has it, or when one is expected back."""
    page = scene.page
    state, words = _place_of_copy(other, scene)
    step = Type.BODY if state_width(page, words, Type.BODY) <= area.w and not page.theme.compact else Type.CAP
    high = page.leading(step)
    if area.h < high + page.u(2) or state_width(page, words, step) > area.w:
        return
    page.rule(area.x, area.y, area.w)
    draw_state(page, Box(area.x, area.y + page.u(2), area.w, high), state, words, step)
    y = area.y + high + page.u(4)
    rest = Box(area.x, y, area.w, area.bottom - y - page.u(2))
    if state is State.DONE and rest.h >= page.leading(Type.CAP) + page.u(3):
        title_page.draw_way(other, scene, rest)


def _place_of_copy(other: TitlePage, scene: DrawContext) -> tuple[State, str]:
    match other.work.whereabouts(other.under.branch):
        case Availability.HERE if other.stand is not None and scene.page.theme.compact:
            return State.DONE, title_page.place_of(other.stand, scene)
        case Availability.HERE if other.stand is not None:
            return State.DONE, scene.say("Another copy: {place}", place=title_page.place_of(other.stand, scene))
        case Availability.HERE:
            return State.DONE, scene.say("Another copy is on the shelf")
        case Availability.ELSEWHERE if other.houses:
            return State.LOOK, scene.say("On the shelf at: {branches}", branches=scene.words.pick(other.houses[0]))
        case Availability.ELSEWHERE:
            return State.LOOK, scene.say("Elsewhere")
        case _ if other.work.due is not None:
            return State.SAVED, scene.say("Expected back: {day}", day=scene.words.date(other.work.due))
        case _:
            return State.SAVED, scene.say("No other copy is on the shelf")


def _label(view: Refused, scene: DrawContext, area: Box) -> None:
    """Draw the spine label, which says where to put the item back; not for an item on the hold shelf."""
    page = scene.page
    call_number = view.line.call_number
    kept = view.line.block is not None and view.line.block.reason is Reason.HELD_FOR_OTHER
    if kept or not call_number or area.h < page.leading(Type.BODY) * 2 + page.u(9):
        return
    page.rule(area.x, area.y, area.w)
    top = round(area.y + page.u(4))
    label = draw_label(page, area.x, top, call_number_lines(call_number), area.w * 0.5, area.bottom - top - page.u(2))
    x = label.right + page.u(4)
    words = scene.say("Its place on the shelf")
    if page.width(words, Type.CAP) <= area.right - x:
        page.word(Box(x, label.y, area.right - x, label.h), words, Type.CAP, page.colours.ink2)


@dataclass(frozen=True, slots=True)
class _Look:
    """Type steps of the heading, the question and the rows, and the row height in units."""

    head: Type
    what: Type
    row: Type
    high: float


LOOKS = (
    _Look(Type.BODY, Type.TITLE, Type.BODY, 12),
    _Look(Type.CAP, Type.TITLE, Type.BODY, 9),
    _Look(Type.CAP, Type.BODY, Type.CAP, 7.5),
    _Look(Type.CAP, Type.BODY, Type.CAP, 6.4),
)
"""From roomy to crowded; without room even in the last one, the least important blocks are left out."""


def draw_fee_question(view: Refused, scene: DrawContext, area: Box, text: Explanation) -> None:
    """Draw the question, what the loan changes, and the answers."""
    blocks: list[Block] = []
    for look in LOOKS:
        blocks = [*_sentences(scene, area, text, look), *_rows(view, scene, area, look), *_note(scene, area, text)]
        if sum(each.height for each in blocks) <= area.h:
            break
    flow(area, blocks)
    _foot(view, scene)


def _sentences(scene: DrawContext, area: Box, text: Explanation, look: _Look) -> Iterator[Block]:
    page = scene.page
    head, high = scene.say("This one has a fee"), page.leading(look.head) + page.u(1)
    yield Block(4, high, lambda y: _with_icon(scene, Box(area.x, y, area.w, high), "message-circle-question-mark", head,
                                              look.head))  # fmt: skip
    yield text_block(scene, area, 0, text.what, look.what)
    lines = page.count_lines(text.why, Type.CAP, area.w)
    grey = page.colours.ink2
    yield Block(3, lines * page.leading(Type.CAP) + page.u(2), lambda y: page.words(
        Box(area.x, y + page.u(0.7), area.w, 0), text.why, Type.CAP, grey))  # fmt: skip


def _rows(view: Refused, scene: DrawContext, area: Box, look: _Look) -> Iterator[Block]:
    for rank, label, value, is_sum in _facts(view, scene):
        yield _row(scene, area, look, rank, label, value, is_sum)


def _facts(view: Refused, scene: DrawContext) -> Iterator[tuple[int, str, str, bool]]:
    """Yield rank, label and value of what the loan changes; True for the sum, which is in ink."""
    line, guest = view.line, getattr(view.under, "guest", None)
    if line.due is not None:
        yield 2, scene.say("Due back"), scene.words.due(line.due), False
    amount, currency = line.block.amount if line.block else None, line.block.currency if line.block else ""
    if (
        amount is not None
        and guest is not None
        and guest.fees is not None
        and (not guest.fees or guest.currency == currency)
    ):
        yield 2, scene.say("On your account now"), scene.words.money(guest.fees, currency), False
        yield 1, scene.say("After this loan"), scene.words.money(guest.fees + amount, currency), True


def _row(scene: DrawContext, area: Box, look: _Look, rank: int, label: str, value: str, is_sum: bool) -> Block:
    """Return one row with its label at the left and its value at the right edge."""
    page = scene.page
    step = look.row
    if page.width(label, step) + page.width(value, step) + page.u(4) > area.w:
        step = Type.CAP
    high = max(page.u(look.high), page.leading(step))

    def draw(y: float) -> None:
        page.rule(area.x, y, area.w)
        box = Box(area.x, y, area.w, high)
        page.word(box, label, step, "" if is_sum else page.colours.ink2)
        page.word(box, value, step, align="right")

    return Block(rank, high, draw)


def _note(scene: DrawContext, area: Box, text: Explanation) -> Iterator[Block]:
    page = scene.page
    x = area.x + page.u(page.theme.icon(5) + 2)
    lines = page.count_lines(text.next, Type.CAP, area.right - x)
    high = lines * page.leading(Type.CAP) + page.u(2)

    def draw(y: float) -> None:
        page.rule(area.x, y, area.w)
        middle = y + page.u(2) + page.leading(Type.CAP) / 2
        page.icon(area.x, middle, "coins", page.theme.icon(5))
        page.words(Box(x, y + page.u(2), area.right - x, 0), text.next, Type.CAP)

    yield Block(1, high, draw)


def _with_icon(scene: DrawContext, box: Box, icon: str, words: str, step: Type) -> None:
    page = scene.page
    size = page.theme.icon(6.5 if step is Type.BODY else 5)
    x = page.icon(box.x, box.y + page.leading(step) / 2, icon, size) + page.u(2)
    page.word(Box(x, box.y, box.right - x, page.leading(step)), words, step)


def _foot(view: Refused, scene: DrawContext) -> None:
    agree, leave = scene.action("agree"), scene.action("next")
    assert agree is not None and leave is not None and view.line.block is not None
    block = view.line.block
    price = scene.words.money(block.amount, block.currency) if block.amount is not None else ""
    label = scene.say("Borrow for {amount}", amount=price) if price else scene.say("Borrow")
    scene.foot(("call_staff",), (), last=[Button(leave, scene.say("Leave it")), Button(agree, label, "check")])


STEPS = (
    (Type.BODY, Type.TITLE, Type.BODY),
    (Type.BODY, Type.TITLE, Type.CAP),
    (Type.CAP, Type.TITLE, Type.CAP),
    (Type.CAP, Type.BODY, Type.CAP),
    (Type.CAP, Type.CAP, Type.CAP),
)
"""Type steps of the state label, of what happened, and of what to do, from roomy to crowded."""


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What happened, why, and what to do."""

    what: str
    why: str
    then: str


def draw_explanation(page: Canvas, area: Box, state: State, label: str, text: RefusalText, reserve: float = 0) -> float:
    """Draw state, what (title), why (grey) and what to do (body); return the bottom y.

    Leaves `reserve` pixels of the area free. Type gets smaller if room is short. On the smallest screens in large text
    the state label is dropped, then why.
    """
    steps = next((each for each in STEPS if _height(page, area.w, each, text) <= area.h - reserve), STEPS[-1])
    label_step, what_step, then_step = steps
    y = area.y
    if _height(page, area.w, steps, text) <= area.h - reserve:
        height = page.leading(label_step)
        draw_state(page, Box(area.x, y, area.w, height), state, label, label_step)
        y += height + page.u(0.7)
    y = page.words(Box(area.x, y, area.w, area.h), text.what, what_step)
    room = area.bottom - reserve - y - page.u(2.2)
    then = page.count_lines(text.then, then_step, area.w) * page.leading(then_step) if text.then else 0
    if text.why and page.count_lines(text.why, Type.CAP, area.w) * page.leading(Type.CAP) + then <= room:
        y = page.words(Box(area.x, y + page.u(0.7), area.w, area.h), text.why, Type.CAP, page.colours.ink2)
    if text.then:
        y = page.words(Box(area.x, y + page.u(1.5), area.w, area.h), text.then, then_step)
    return y


def shorten(page: Canvas, area: Box, text: RefusalText, reserve: float) -> RefusalText:
    """Cut the end of why if it has no room even in small type."""
    why = text.why
    while why and _least(page, area.w, text) > area.h - reserve:
        why = why[: len(why) * 9 // 10]
        text = replace(text, why=why.rstrip() + "…")
    return text


def fits(page: Canvas, area: Box, text: RefusalText) -> bool:
    """Return True if what happened and what to do fit, in small type and without the rest."""
    return _least(page, area.w, replace(text, why="")) <= area.h


def _least(page: Canvas, width: float, text: RefusalText) -> float:
    """Return the height in small type, without the state label."""
    sentences = filter(None, (text.what, text.why, text.then))
    lines = sum(page.count_lines(words, Type.CAP, width) for words in sentences)
    return lines * page.leading(Type.CAP) + page.u(2.2)


def _height(page: Canvas, width: float, steps: tuple[Type, Type, Type], text: RefusalText) -> float:
    height = page.leading(steps[0]) + page.u(2.9)
    for words, step in ((text.what, steps[1]), (text.why, Type.CAP), (text.then, steps[2])):
        height += page.count_lines(words, step, width) * page.leading(step) if words else 0
    return height


def draw_blocked(view: Blocked, scene: DrawContext) -> None:
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
    label = _blocked_label(view, scene)
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


def _blocked_label(view: Blocked, scene: DrawContext) -> str:
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


def draw_out_of_order(view: OutOfOrder, scene: DrawContext) -> None:
    page, frame = scene.page, scene.frame
    scene.head()
    area = frame.whole if page.theme.compact else frame.right
    if view.link and not page.theme.large:
        area = _page_code(view.link, scene, area)
    elif not frame.single and not page.theme.compact:
        draw_standing_machine(page, frame.left, None)
    explanation = scene.words.out_of_order(view.why)
    command = view.command if view.why in NOT_SET_UP else ""  # Else it is behind the technician's code.
    reserve = _command_height(command, scene, area.w) if command else 0
    if command and page.theme.compact and page.theme.large:
        reserve -= page.leading(Type.CAP)
    sentences = RefusalText(explanation.what, explanation.why, explanation.next)
    if view.message:
        sentences = RefusalText(scene.words.pick(view.message.words), "", explanation.next)
    if view.refused:
        refused, why = scene.words.file_refused(), scene.words.pick(view.refused.words)
        paragraph = "; ".join(line.strip() for line in why.splitlines())
        sentences = shorten(page, area, RefusalText(refused.what, paragraph, refused.next), reserve)
    y = draw_explanation(page, area, State.LOOK, _out_of_order_label(view, scene), sentences, reserve)
    if command:
        y = _command(command, scene, Box(area.x, y + page.u(1), area.w, area.bottom - y - page.u(1)))
    if page.theme.portrait and not (view.link and not page.theme.large):
        draw_below(page, Box(area.x, y, area.w, area.bottom - y), None)
    room = scene.foot(("technician",), ("call_staff",))
    if view.here and not (page.theme.compact and scene.following):
        arrow = scene.spare + page.u(GAP) if scene.following else 0
        _here(view.here, scene, Box(room.x, room.y, room.w - arrow, room.h))


def _page_code(link: str, scene: DrawContext, area: Box) -> Box:
    """Draw the code of the page that makes a kiosk.toml, with its caption; return the area that is left."""
    page, frame, words = scene.page, scene.frame, scene.say("This page of the hub makes the file.")
    if page.theme.portrait:
        room = Box(area.x, area.bottom - page.u(CODE_UNITS), area.w, page.u(CODE_UNITS))
        area = Box(area.x, area.y, area.w, area.h - room.h - page.u(3))
    elif page.theme.compact:
        room = Box(area.right - frame.left.w, area.y, frame.left.w, area.h)
        area = Box(area.x, area.y, area.w - room.w - page.u(4), area.h)
    else:
        room = frame.left
    high = page.leading(Type.CAP) * page.count_lines(words, Type.CAP, room.w - page.u(3))
    side = min(room.w, room.h - high - page.u(3))
    square = draw_code(page, Box(room.x, room.y, side, side), scene.code(link))
    page.words(
        Box(square.x, square.bottom + page.u(1), room.right - square.x, high), words, Type.CAP, page.colours.ink2
    )
    return area


def _out_of_order_label(view: OutOfOrder, scene: DrawContext) -> str:
    if view.why in NOT_SET_UP:
        return scene.say("Not set up yet")
    if view.why == "updating":
        return scene.say("Updating")
    return scene.say("Out of service") if view.message else scene.say("Out of order")


def _command_height(command: str, scene: DrawContext, width: float) -> int:
    page = scene.page
    return page.leading(Type.CAP) * (1 + page.count_lines(command, Type.CAP, width - page.u(6))) + page.u(7)


def _here(here: str, scene: DrawContext, room: Box) -> None:
    """Draw host name and address in the footer, which has no button on a machine that is not set up."""
    page, words = scene.page, scene.say("This machine: {here}", here=here)
    if scene.following and page.width(words, Type.CAP) > room.w:
        words = here
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
