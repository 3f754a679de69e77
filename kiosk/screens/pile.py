"""Draw a pile on the item pad: each item as a cover on the shelf line, how many are done, and what needs a hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from kiosk.screens.components.lists import draw_cover
from kiosk.screens.components.states import State, draw_mark, draw_notice, draw_state, mark_units, state_colour
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, more_width
from kiosk.screens.rendering.display_list import Box, Corners, Fill, Outline
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import mark_of, title_of
from kiosk.views import Borrowing, LineState, PadContents, Returning, TagProblem, TagState, VisitLine, VisitTask

COVER, NARROW_COVER = 29, 14
"""Widths in units of a cover: at most, and at least."""
NAMED = 20
"""Minimum width in units of a column with a word at its mark."""
GAP = 5.5
"""Gap in units between two covers, which shrinks to a third for a high pile."""
HEIGHT = 1.52
"""Height of a cover in relation to its width."""
MOST_NEEDS = 2
"""Maximum number of rows about what needs a hand."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the patron or staff have to do about some of the items."""

    mark: State
    what: str
    how: str


def fits(on_pad: PadContents, scene: DrawContext) -> bool:
    """Return whether covers are drawn; a list shows the same on small screens, in large text, and for the bin."""
    theme = scene.page.theme
    return not (on_pad.in_bin or theme.compact or theme.large or theme.portrait)


def draw(view: Borrowing | Returning, on_pad: PadContents, scene: DrawContext) -> None:
    """Draw the whole screen of a pile."""
    page, whole = scene.page, scene.frame.whole
    gap = page.u(8)
    left = Box(whole.x, whole.y, round(whole.w * 0.5), whole.h)
    right = Box(left.right + gap, whole.y + page.u(2), whole.right - left.right - gap, whole.h)
    scene.head()
    bottom = max(_draw_sum(view, on_pad, scene, left), _draw_needs(view, on_pad, scene, right))
    if view.notice:
        bottom = scene.notice(Box(whole.x, bottom + page.u(1), whole.w, whole.h), view.notice)
    shelf = Box(whole.x, bottom + page.u(4), whole.w, whole.bottom - bottom - page.u(4))
    hidden, unread = _draw_covers(view, on_pad, scene, shelf)
    seconds = ("read_again", "undo") if isinstance(view, Borrowing) else ("read_again", "back")
    onward = ("account", "finish") if isinstance(view, Borrowing) else ("finish",)
    room = scene.foot(seconds, onward, more_width(scene, hidden))
    if unread is not None:
        scene.highlight(unread.x, unread.w)
    draw_more(scene, room, hidden, len(view.lines) + on_pad.nameless)


def draw_first_need(view: Borrowing | Returning, scene: DrawContext, area: Box) -> float:
    """Draw what needs a hand first as a notice above a list; return its bottom y, or that of the area's top."""
    need = next(needs(view, view.on_pad, scene), None) if view.on_pad else None
    if need is None:
        return area.y
    return draw_notice(scene.page, area, need.mark, scene.say("{what}. {how}", what=need.what, how=need.how))


def heading(on_pad: PadContents, scene: DrawContext) -> str:
    """Return how many items lie on the pad."""
    return scene.words.say_n("{n} book on the tray", "{n} books on the tray", on_pad.items)


def needs(view: Borrowing | Returning, on_pad: PadContents, scene: DrawContext) -> Iterator[Need]:
    """Yield what needs a hand, what the patron can do most easily first."""
    words, lines = scene.words, view.lines
    if on_pad.crowded:
        yield Need(State.LOOK, scene.say("Too many books at once"), scene.say("Take some off the tray."))
    lifted = [line for line in lines if line.needs_hand and line.tag in (TagState.LIFTED, TagState.OWED)]
    lifted = [line for line in lifted if line.state is not LineState.REFUSED]
    if lifted:
        what = words.say_n("{n} was lifted too early", "{n} were lifted too early", len(lifted))
        how = words.say_n("Put it back on the tray.", "Put them back on the tray.", len(lifted))
        yield Need(State.LOOK, what, how)
    done = (LineState.DONE, LineState.SAVED)
    for line in (each for each in lines if each.missing and each.state in (LineState.WAITING, *done)):
        parts = scene.say(", ").join(str(each) for each in line.missing)
        how = words.say_n(
            "Part {parts} is missing. Put it with the others.",
            "Parts {parts} are missing. Put them with the others.",
            len(line.missing),
            parts=parts,
        )
        yield Need(State.LOOK, title_of(scene, line), how)
    yield from _tag_problems(on_pad, scene)
    yield from _refusals(view, scene)
    failed = sum(line.tag in (TagState.FAILED, TagState.KEPT) for line in lines)
    if failed and isinstance(view, Returning):
        what = words.say_n("{n} may not ring at the gate", "{n} may not ring at the gate", failed)
        yield Need(State.LOOK, what, words.say_n("Hand it to staff.", "Hand them to staff.", failed))
    elif failed:
        what = words.say_n("{n} may ring at the gate", "{n} may ring at the gate", failed)
        yield Need(State.LOOK, what, words.say_n("Show it to staff.", "Show them to staff.", failed))


def _tag_problems(on_pad: PadContents, scene: DrawContext) -> Iterator[Need]:
    """Yield what to do about tags that name no item, and about those that name one twice."""
    say, say_n = scene.say, scene.words.say_n
    if on_pad.in_bin:
        what = say_n("{n} in the bin could not be read", "{n} in the bin could not be read", len(on_pad.problems))
        yield Need(State.LOOK, what, say("Please tell staff, so that it counts as returned."))
        return
    for problem, n in Counter(on_pad.problems).items():
        by_label = say_n("Hold its barcode to the camera.", "Hold their barcodes to the camera, one by one.", n)
        match problem:
            case TagProblem.UNREAD:
                yield Need(State.LOOK, say_n("{n} could not be read", "{n} could not be read", n), by_label)
            case TagProblem.BLANK:
                yield Need(State.LOOK, say_n("{n} has an empty tag", "{n} have empty tags", n), by_label)
            case TagProblem.FOREIGN:
                yield Need(State.LOOK, say_n("{n} has no library tag", "{n} have no library tags", n), by_label)
            case TagProblem.OTHER_LIBRARY:
                what = say_n("{n} is from another library", "{n} are from another library", n)
                yield Need(State.LOOK, what, say_n("Take it off the tray.", "Take them off the tray.", n))
            case TagProblem.CARD:
                what = say_n("{n} card is on the tray", "{n} cards are on the tray", n)
                yield Need(State.LOOK, what, say("Hold your card to the card reader instead."))
            case _:
                assert_never(problem)
    if n := on_pad.doubled:
        what = say_n("{n} number is on two tags", "{n} numbers are on two tags each", n)
        yield Need(State.LOOK, what, say("Show these books to staff."))


def _refusals(view: Borrowing | Returning, scene: DrawContext) -> Iterator[Need]:
    refused = [line for line in view.lines if line.state is LineState.REFUSED and line.tag is not TagState.NONE]
    if len(refused) == 1 and (block := refused[0].block) is not None:
        explained = scene.words.explain(block, "", 0, refused[0].errand)
        yield Need(mark_of(refused[0]) or State.REFUSED, title_of(scene, refused[0]), explained.why or explained.what)
    elif refused:
        borrows = isinstance(view, Borrowing)
        what = (
            scene.words.say_n("{n} not borrowed", "{n} not borrowed", len(refused))
            if borrows
            else scene.words.say_n("{n} not returned", "{n} not returned", len(refused))
        )
        yield Need(State.REFUSED, what, scene.say("Touch a book to see why."))


def done_words(view: Borrowing | Returning, scene: DrawContext) -> str:
    """Return how many items are borrowed and until when, or returned; "" before the first."""
    errand = VisitTask.BORROW if isinstance(view, Borrowing) else VisitTask.RETURN
    done = [line for line in view.lines if line.errand is errand and line.state in (LineState.DONE, LineState.SAVED)]
    if not done:
        return ""
    if isinstance(view, Returning):
        return scene.words.say_n("{n} returned", "{n} returned", len(done))
    days = {scene.words.due_day(line.due) if line.due is not None else "" for line in done}
    if len(days) == 1 and (day := days.pop()):
        return scene.words.say_n("{n} borrowed, due {day}", "{n} borrowed, due {day}", len(done), day=day)
    return scene.words.say_n("{n} borrowed", "{n} borrowed", len(done))


def _draw_sum(view: Borrowing | Returning, on_pad: PadContents, scene: DrawContext, area: Box) -> float:
    """Draw how many lie there, how many are done, and how many more may be borrowed; return the bottom y."""
    page = scene.page
    y = page.words(area, heading(on_pad, scene), Type.TITLE, most=1)
    if done := done_words(view, scene):
        row = Box(area.x, y, area.w, page.leading(Type.BODY))
        draw_state(page, row, State.DONE, done, Type.BODY)
        y = row.bottom
    if isinstance(view, Borrowing) and view.guest.allowance.certain:
        left = view.guest.allowance.left
        words = scene.words.say_n("You can borrow {n} more.", "You can borrow {n} more.", left)
        words = words if left else scene.say("You have reached your limit.")
        indent = page.u(mark_units(Type.BODY) + 1.5)
        y = page.words(Box(area.x + indent, y, area.w - indent, 0), words, Type.CAP, page.colours.ink2)
    return y


def _draw_needs(view: Borrowing | Returning, on_pad: PadContents, scene: DrawContext, area: Box) -> float:
    """Draw what needs a hand, each with its mark; return the bottom y."""
    page = scene.page
    indent = page.u(mark_units(Type.BODY) + 3)
    y = area.y
    for number, need in enumerate(list(needs(view, on_pad, scene))[:MOST_NEEDS]):
        if number:
            page.rule(area.x, y + page.u(1), area.w)
            y += page.u(2.5)
        high = page.leading(Type.BODY)
        draw_mark(page, area.x, y + high / 2, need.mark, mark_units(Type.BODY))
        page.word(Box(area.x + indent, y, area.w - indent, high), need.what, Type.BODY, cut=True)
        y = page.words(
            Box(area.x + indent, y + high, area.w - indent, 0), need.how, Type.CAP, page.colours.ink2, most=2
        )
    return y


def _draw_covers(
    view: Borrowing | Returning, on_pad: PadContents, scene: DrawContext, area: Box
) -> tuple[int, Box | None]:
    """Draw the covers in the order in which they were laid down, then the unread.

    Returns:
        The number out of sight, and the place of the last unread item.
    """
    page = scene.page
    lines: Sequence[VisitLine | None] = (*_shown_lines(view), *(None for _ in range(on_pad.nameless)))
    least_gap = page.u(GAP / 3)
    most = int((area.w + least_gap) // (page.u(NARROW_COVER) + least_gap))
    hidden = max(len(lines) - most - scene.first, 0)
    shown = lines[scene.first :][:most]
    unread: Box | None = None
    if not shown:
        return 0, unread
    gap = page.u(GAP) if len(shown) <= 6 else least_gap
    width = min((area.w - gap * (len(shown) - 1)) / len(shown), page.u(COVER), (area.h - _label_height(scene)) / HEIGHT)
    for number, line in enumerate(shown):
        column = Box(round(area.x + number * (width + gap)), area.y, round(width), area.h)
        if line is None:
            _draw_unread(scene, column)
            unread = column
        else:
            _draw_item(scene, column, line, gap)
    return hidden, unread


def _shown_lines(view: Borrowing | Returning) -> Sequence[VisitLine]:
    """Return the lines of this errand, oldest first."""
    errand = VisitTask.BORROW if isinstance(view, Borrowing) else VisitTask.RETURN
    return [line for line in reversed(view.lines) if line.errand is errand]


def _label_height(scene: DrawContext) -> float:
    return scene.page.leading(Type.CAP) + scene.page.u(1)


def _cover_box(scene: DrawContext, column: Box) -> Box:
    high = round(column.w * HEIGHT)
    return Box(column.x, round(column.bottom) - high, column.w, high)


def _draw_item(scene: DrawContext, column: Box, line: VisitLine, gap: float) -> None:
    """Draw an item with the mark and word of its state; a refused one says why when it is touched."""
    page, box = scene.page, _cover_box(scene, column)
    mark = mark_of(line)
    with page.piece(box, f"item {line.item}"):
        if line.tag is TagState.LIFTED or mark is State.CHECKING:
            page.add(Outline(box.inset(1), page.colours.ink if mark is State.CHECKING else page.colours.edge, 3))
        else:
            draw_cover(page, box, line.subject, title_of(scene, line), line.cover, Corners.TOP)
    if mark is not None:
        high = page.leading(Type.CAP)
        above = Box(box.x, box.y - page.u(1) - high, column.w + gap, high)
        word = short_state(line, scene)
        if column.w >= page.u(NAMED) and page.width(word, Type.CAP) + page.u(mark_units(Type.CAP) + 1.5) <= above.w:
            draw_state(page, above, mark, word)
        else:
            draw_mark(page, box.x, above.y + high / 2, mark, mark_units(Type.CAP))
    if (action := scene.action("why", item=line.item)) is not None:
        page.touch(
            box, action, scene.say("{title}: {state}", title=title_of(scene, line), state=short_state(line, scene))
        )


def short_state(line: VisitLine, scene: DrawContext) -> str:
    """Return the state of an item of a pile in one or two words."""
    if line.waits_for_pad and line.missing:
        return scene.say("Incomplete")
    if line.waits_for_pad or line.tag is TagState.OWED:
        return scene.say("Put it back")
    match line.state:
        case LineState.REFUSED if line.asks_fee:
            return scene.say("Has a fee")
        case LineState.REFUSED if line.errand is VisitTask.RETURN:
            return scene.say("Not returned")
        case LineState.REFUSED:
            return scene.say("Stays here")
        case LineState.DONE | LineState.SAVED if line.tag is TagState.SWITCHING:
            return scene.say("Checking")
        case LineState.DONE | LineState.SAVED if line.errand is VisitTask.RETURN:
            return scene.say("Returned")
        case LineState.DONE | LineState.SAVED:
            return scene.say("Borrowed")
        case LineState.CHECKING:
            return scene.say("Checking")
        case _:
            return scene.words.state(line, named=False)


def _draw_unread(scene: DrawContext, column: Box) -> None:
    """Draw the place of an item whose tag cannot be read."""
    page, box = scene.page, _cover_box(scene, column)
    _dashes(scene, box)
    side = min(12, column.w / page.u(1) * 0.5)
    page.icon(box.x + (box.w - page.u(side)) / 2, box.y + box.h / 2, "scan-barcode", side, page.colours.ink)
    high = page.leading(Type.CAP)
    label = Box(box.x, box.y - page.u(1) - high, column.w, high)
    word = scene.say("Not read")
    if page.width(word, Type.CAP) + page.u(mark_units(Type.CAP) + 1.5) <= label.w:
        draw_state(page, label, State.LOOK, word)
    else:
        draw_mark(page, box.x, label.y + high / 2, State.LOOK, mark_units(Type.CAP))


def _dashes(scene: DrawContext, box: Box) -> None:
    """Draw a dashed outline of 3 px around a place, open at the shelf line."""
    page, stroke, dash = scene.page, 3, scene.page.u(2.5)
    colour = state_colour(page, State.LOOK)
    for x in range(round(box.x), round(box.right) - dash // 2, 2 * dash):
        page.add(Fill(Box(x, box.y, min(dash, box.right - x), stroke), colour))
    for y in range(round(box.y), round(box.bottom) - dash // 2, 2 * dash):
        high = min(dash, box.bottom - y)
        page.add(Fill(Box(box.x, y, stroke, high), colour))
        page.add(Fill(Box(box.right - stroke, y, stroke, high), colour))
