"""Draw the question whether to borrow an item for a fee, with the price on the button."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.flow import Block, flow
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Type
from kiosk.views import Refused
from kiosk.words.localizer import Explanation


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


def draw(view: Refused, scene: DrawContext, area: Box, text: Explanation) -> None:
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
    lines = page.count_lines(text.what, look.what, area.w)
    yield Block(0, lines * page.leading(look.what), lambda y: page.words(Box(area.x, y, area.w, 0), text.what,
                                                                         look.what))  # fmt: skip
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
