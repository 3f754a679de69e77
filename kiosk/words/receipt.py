"""Lay out a visit as the lines of a receipt, for every kind of printer and for the QR code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from zlib import crc32

from kiosk.views import CurrentPatron, Farewell, LineState, Status, TagState, VisitLine, VisitTask
from kiosk.words import Words


class Size(StrEnum):
    """Type size of a paragraph."""

    NAME = "name"
    """The library's name and the look-up code."""
    HEAD = "head"
    TITLE = "title"
    SMALL = "small"


class Fill(StrEnum):
    """Fill pattern of a spine; receipts have no colours."""

    FULL = "full"
    OUTLINE = "outline"
    STRIPES = "stripes"
    HALF = "half"
    """Not confirmed yet."""


@dataclass(frozen=True, slots=True)
class Spine:
    """A book on the drawn shelf. Width and height are those of its spine on the screen, in units."""

    fill: Fill
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """The items of the visit as a drawn shelf, the first one leftmost."""

    spines: tuple[Spine, ...]


@dataclass(frozen=True, slots=True)
class Print:
    """A paragraph; the printer wraps it to the paper width."""

    text: str
    size: Size = Size.SMALL
    clock: bool = False
    """True: print the "not yet confirmed" mark before it."""


@dataclass(frozen=True, slots=True)
class HorizontalLine:
    """A horizontal line."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Look-up code as a QR code and in two groups of characters. With a link the QR code opens that page on a phone."""

    caption: str
    code: str
    link: str = ""

    @property
    def read(self) -> str:
        """Content of the QR code."""
        return self.link or self.code

    @property
    def grouped(self) -> str:
        """Return the code in two halves, for reading aloud."""
        half = (len(self.code) + 1) // 2
        return f"{self.code[:half]} {self.code[half:]}"


ReceiptLine = Shelf | Print | HorizontalLine | LookUp


@dataclass(frozen=True, slots=True)
class Receipt:
    """A laid-out receipt, from the top."""

    lines: tuple[ReceiptLine, ...]

    @property
    def text(self) -> tuple[str, ...]:
        """Readable texts, line by line."""
        return tuple(text for line in self.lines for text in _text(line))


def _text(line: ReceiptLine) -> tuple[str, ...]:
    match line:
        case Print(text=text):
            return (text,)
        case LookUp(caption=caption):
            return (caption, line.grouped)
        case Shelf() | HorizontalLine():
            return ()


def as_text(receipt: Receipt, most: int) -> str:
    """Return the receipt as plain text of at most `most` bytes UTF-8.

    If it is too long, the last lines before the look-up code are dropped; the code is kept.
    """
    body = [text for line in receipt.lines if not isinstance(line, LookUp) for text in _text(line)]
    code = [
        text for line in receipt.lines if isinstance(line, LookUp) for text in (line.caption, line.link or line.grouped)
    ]
    for kept in range(len(body), 0, -1):
        text = "\n".join([*body[:kept], *(["…"] if kept < len(body) else []), *code])
        if len(text.encode()) <= most:
            return text
    return "\n".join(code or body[:1])


def layout(farewell: Farewell, status: Status, words: Words) -> Receipt:
    """Lay out the transactions of a visit, newest first as on the screen.

    The patron appears only as the masked name and the last four digits of the card.
    """
    agreed = tuple(line for line in farewell.lines if line.state in (LineState.DONE, LineState.SAVED))
    lines: list[ReceiptLine] = [
        Shelf(tuple(_spine(line) for line in reversed(agreed))),
        Print(status.library, Size.NAME),
    ]
    lines.append(Print(words.moment(status.now)))
    lines += _patron(farewell.guest, words)
    for errand in (VisitTask.BORROW, VisitTask.RENEW, VisitTask.RETURN):
        lines += _section([line for line in agreed if line.errand is errand], errand, words)
    lines += _notes(farewell, words)
    lines += _closing(farewell, agreed, words)
    return Receipt(tuple(lines))


def _patron(guest: CurrentPatron | None, words: Words) -> Iterator[ReceiptLine]:
    if guest is None:
        return
    if guest.name and guest.last4:
        yield Print(words.say("{name}, card ending {last4}", name=guest.name, last4=guest.last4))
    elif guest.last4:
        yield Print(words.say("Card ending {last4}", last4=guest.last4))
    elif guest.name:
        yield Print(guest.name)


def _section(lines: list[VisitLine], errand: VisitTask, words: Words) -> Iterator[ReceiptLine]:
    if not lines:
        return
    yield HorizontalLine()
    tally = words.tally(lines)
    yield Print(tally.head, Size.HEAD)
    if tally.more:
        yield Print(tally.more)
    dated = errand is not VisitTask.RETURN
    for line in lines:
        yield Print(line.title or words.say("Item {number}", number=line.item), Size.TITLE)
        due = words.due(line.due) if line.due is not None else line.due_text
        if dated and due:
            yield Print(words.say("Due {date}", date=due))
        if line.state is LineState.SAVED:
            yield Print(words.state(replace(line, tag=TagState.NONE)), clock=True)
        if line.may_surprise_gate:
            yield Print(words.gate(errand))


def _notes(farewell: Farewell, words: Words) -> Iterator[ReceiptLine]:
    if not farewell.paper:
        return
    yield HorizontalLine()
    yield Print(words.say("From the library"), Size.HEAD)
    for note in farewell.paper:
        yield from (Print(line) for line in note.words.splitlines() if line.strip())


def _closing(farewell: Farewell, agreed: tuple[VisitLine, ...], words: Words) -> Iterator[ReceiptLine]:
    handed_in = sum(line.provisional for line in agreed)
    if handed_in or farewell.code:
        yield HorizontalLine()
    if handed_in:
        yield Print(_promise(handed_in, words))
    if farewell.code:
        yield LookUp(words.say("Receipt code"), farewell.code, farewell.link)
        yield Print(words.say("Keep this receipt until all items are confirmed. Staff can look it up by the code."))


def _promise(handed_in: int, words: Words) -> str:
    if handed_in == 1:
        return words.say("Returned: no further overdue fee on this book. Complete once staff have checked it.")
    return words.say("Returned: no further overdue fees on these books. Each is complete once staff have checked it.")


def _spine(line: VisitLine) -> Spine:
    """Return the spine with the size it has on the screen; the fill pattern is derived from the title too."""
    n = crc32(line.title.encode())
    fill = Fill.HALF if line.state is LineState.SAVED else (Fill.FULL, Fill.OUTLINE, Fill.STRIPES)[n % 3]
    return Spine(fill, (4.5, 5.25, 6.0)[n // 54 % 3], (11.25, 12.0, 12.75, 13.5, 14.25)[n // 162 % 5])
