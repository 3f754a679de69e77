"""Break text into lines, Chinese and Latin alike, with widths from a Ruler."""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol

from lending.line_breaks import MAY_NOT_START, is_one_word, is_wide, unbroken

ELLIPSIS = "…"
PAUSES = "，。；：！？、"
"""Punctuation after which a line break reads better than within a word."""
LONELY = 0.33
"""Maximum width of a last line that counts as an orphan, as a share of the line width."""
RAGGED = 0.45
"""Minimum width of a line, except the last, that is shortened to end at a pause; a share of the line width."""
SHORTEST = 0.25
"""Minimum width of the line after a lengthened one, as a share of the line width."""
TAIL = 4


class Ruler(Protocol):
    """Measures text in pixels."""

    def width(self, text: str, size: int) -> int:
        """Return the width in pixels of the text on one line at this font size."""
        ...


def wrap(text: str, size: int, width: float, ruler: Ruler, most: int = 0) -> tuple[list[str], bool]:
    """Break the text into lines no wider than `width`.

    Breaks at spaces and between Chinese words, or within a word if that saves a line. No line starts with a closing
    mark or ends with an opening one.

    Args:
        text: Text.
        size: Font size in pixels.
        width: Pixels.
        ruler: Measures text.
        most: Maximum number of lines; 0: no limit.

    Returns:
        The lines, and True if text was cut.
    """
    pieces = unbroken(text)
    words = _join_words(pieces, size, width, ruler)
    lines = _fill(pieces, size, width, ruler)
    if len(words) < len(pieces) and len(whole := _fill(words, size, width, ruler)) <= len(lines):
        pieces, lines = words, whole
    if not most or len(lines) <= most:
        return _at_pauses(_balance(pieces, lines, size, width, ruler), size, width, ruler), False
    return [*lines[: most - 1], shorten("".join(rejoin(lines[most - 1 :])), size, width, ruler)], True


def shorten(text: str, size: int, width: float, ruler: Ruler) -> str:
    """Return the beginning of the text that fits, with an ellipsis; the text itself if all of it fits."""
    if ruler.width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if ruler.width(text[:middle].rstrip() + ELLIPSIS, size) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip(" ,;:，、；：") + ELLIPSIS


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def _join_words(pieces: list[str], size: int, width: float, ruler: Ruler) -> list[str]:
    """Join the characters of a Chinese word to one piece, as long as it is no wider than a line."""
    joined: list[str] = []
    for piece in pieces:
        whole = bool(joined) and is_one_word(joined[-1][-1], piece[0])
        if whole and ruler.width(joined[-1] + piece, size) <= width:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _fill(pieces: list[str], size: int, width: float, ruler: Ruler) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in pieces:
        if ruler.width((line + piece).rstrip(), size) <= width:
            line += piece
            continue
        kept, moved = _split_line(line)
        if kept:
            lines.append(kept.rstrip())
        line = moved + piece
        while ruler.width(line.rstrip(), size) > width and len(line) > 1:
            head = _longest(line, size, width, ruler)
            lines.append(line[:head])
            line = line[head:]
    return [*lines, line.rstrip()]


def _split_line(line: str) -> tuple[str, str]:
    """Split a full line to keep Chinese words set off by a space together; return it and what moves to the next."""
    tail = line[-TAIL:]
    if not line or not is_wide(line[-1]) or " " not in tail:
        return line, ""
    cut = len(line) - len(tail) + tail.rindex(" ") + 1
    return (line[:cut], line[cut:]) if cut < len(line) and len(line) > 2 * TAIL else (line, "")


def _balance(pieces: list[str], lines: list[str], size: int, width: float, ruler: Ruler) -> list[str]:
    """Return the same number of slightly narrower lines, if the last line would be an orphan."""
    if len(lines) < 2 or ruler.width(lines[-1], size) > LONELY * width:
        return lines
    longest = max(ruler.width(each.rstrip(), size) for each in pieces)
    for share in (0.9, 0.8, 0.7):
        narrower = _fill(pieces, size, share * width, ruler)
        if len(narrower) > len(lines) or longest > share * width:
            break
        lines = narrower
    return lines


def _at_pauses(lines: list[str], size: int, width: float, ruler: Ruler) -> list[str]:
    """Return the same number of lines, each ending at a pause if it then fits, and the rest on the next line."""
    found = list(lines)
    for at in range(len(found) - 2, -1, -1):
        line, after = found[at], found[at + 1]
        if not line or not after or line[-1] in PAUSES or not is_wide(line[-1]) or not is_wide(after[0]):
            continue
        end = max((place for place, char in enumerate(line) if char in PAUSES), default=-1) + 1
        kept, moved = line[:end], line[end:].lstrip()
        fits = ruler.width(moved + after, size) <= width and ruler.width(kept, size) >= RAGGED * width
        if end and fits and moved[:1] not in MAY_NOT_START:
            found[at : at + 2] = [kept, moved + after]
            continue
        end = next((place for place, char in enumerate(after) if char in PAUSES), -1) + 1
        longer, rest = line + after[:end], after[end:].lstrip()
        if end and rest and ruler.width(longer, size) <= width and ruler.width(rest, size) >= SHORTEST * width:
            found[at : at + 2] = [longer, rest]
    return found


def _longest(text: str, size: int, width: float, ruler: Ruler) -> int:
    count = 1
    while count < len(text) and ruler.width(text[: count + 1], size) <= width:
        count += 1
    return count


def rejoin(lines: list[str]) -> list[str]:
    """Return lines that can be joined, with the spaces between Latin words restored."""
    joined = lines[:1]
    for before, line in pairwise(lines):
        gap = "" if not before or not line or is_wide(before[-1]) or is_wide(line[0]) else " "
        joined.append(gap + line)
    return joined
