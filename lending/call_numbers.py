"""Parse call numbers into sort keys in shelf order, and test which shelf ranges contain them.

Sources:
    《中国图书馆分类法》: class numbers are compared character by character.
    Dewey Decimal Classification: the digits after the point are a decimal fraction.
    Library of Congress Shelflisting Manual, G 63: Cutter numbers are decimal fractions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LAST = "\uffff"
"""Sorts after every character of a key."""
SIGNS = str.maketrans({"—": "-", "–": "-", "〈": "<", "〉": ">", "《": "<", "》": ">", "“": '"', "”": '"', "’": "'"})
CLC_SIGNS = str.maketrans({"-": "!", "(": '"', '"': "#", "=": "$", "<": "%", ":": "&", "+": "'", ")": "/", ">": "/"})
"""Maps the auxiliary signs to characters in their shelf order: after the bare class, before every digit."""
CLC = re.compile(
    r"((?:T[BDEFGHJKLMNPQSUV]?|[A-KN-SUVXZ])(?![A-Z]))\s?"
    r"([\d.]*[A-Z]{0,3}[\d.\-=:+()<>\"]*)"
    r"(?:[/ ]\s*(.*))?"
)
DEWEY = re.compile(r"(\d{3})(?:\.((?:[\d/']*\d)?))?(?![\d])(.*)")
LCC = re.compile(r"([A-Z]{1,3})\s*(\d{1,4})(?!\d)(?:\.(\d+))?(.*)")
CUTTER = re.compile(r"\d\s*\.\s*[A-Z]\d")
MARK = re.compile(r"[^\W\d_]+\d+[^\W\d_]*|\d+|[^\W\d_]+")
NATURAL = re.compile(r"\d+|[^\W\d_]+")


class Scheme(StrEnum):
    """Classification scheme."""

    CLC = "clc"
    """Chinese Library Classification, 中图法."""
    DEWEY = "dewey"
    LCC = "lcc"
    """Library of Congress Classification."""


class CallNumberFault(StrEnum):
    """Why a call number or range has no sort position."""

    EMPTY = "empty"
    """The text is empty."""
    NO_CLASS = "no_class"
    """The text starts with no class of the scheme, or of any scheme."""
    BACKWARDS = "backwards"
    """The end of a range sorts before its start."""


@dataclass(frozen=True, slots=True, order=True)
class ShelfPosition:
    """Sort position of a call number; comparable within one scheme."""

    scheme: Scheme
    key: str


@dataclass(frozen=True, slots=True)
class UnsortedCallNumber:
    """A call number without a sort position; `text` is the input, unchanged."""

    text: str
    fault: CallNumberFault


@dataclass(frozen=True, slots=True)
class Span:
    """An inclusive range of call numbers.

    `end` is the last call number as given. `last` sorts after every call number that starts with it: a shelf that
    ends at I247.5 also contains I247.57, unless the next shelf starts with that.
    """

    first: ShelfPosition
    end: ShelfPosition
    last: ShelfPosition

    def holds(self, place: ShelfPosition) -> bool:
        """Return whether a call number lies in this range."""
        return self.first <= place <= self.last

    def meets(self, other: Span) -> bool:
        """Return whether two ranges share call numbers as given, ignoring the extension from `end` to `last`."""
        return self.first <= other.end and other.first <= self.end


def holding(spans: Sequence[Span | None], place: ShelfPosition) -> list[int]:
    """Return the indices of the adjacent shelves that contain a call number; None is a shelf without a range."""
    firsts = [each.first for each in spans if each]
    return [
        number
        for number, each in enumerate(spans)
        if each and each.holds(place) and not any(each.end < first <= place for first in firsts)
    ]


def parse_call_number(text: str, scheme: Scheme | None = None) -> ShelfPosition | UnsortedCallNumber:
    """Parse a call number by the scheme of the shelf, or by the scheme it looks like if None.

    `I247.57/12` looks like 中图法, `364.162 HAR` like Dewey, `QA76.73 .P98` like Library of Congress.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text.translate(SIGNS)).translate(SIGNS).upper().split())
    if not plain:
        return UnsortedCallNumber(text, CallNumberFault.EMPTY)
    found = scheme or _looks_like(plain)
    key = _key(plain, found) if found else None
    return ShelfPosition(found, key) if found and key else UnsortedCallNumber(text, CallNumberFault.NO_CLASS)


def parse_range(first: str, last: str, scheme: Scheme | None = None) -> Span | UnsortedCallNumber:
    """Parse the range on a shelf-end label; each end may be a class alone or the start of one.

    `I2` to `I24` contains I247.57. `36` to `36` contains 364.162. An empty `last` means the same as `first`.
    """
    begin, end = (_edge(text, scheme) for text in (first, last or first))
    for each in (begin, end):
        if isinstance(each, UnsortedCallNumber):
            return each
    assert isinstance(begin, ShelfPosition) and isinstance(end, ShelfPosition)
    last_place = ShelfPosition(end.scheme, end.key.rstrip() + LAST)
    if begin.scheme is not end.scheme or last_place < begin:
        return UnsortedCallNumber(f"{first} – {last}", CallNumberFault.BACKWARDS)
    return Span(begin, end, last_place)


def _edge(text: str, scheme: Scheme | None) -> ShelfPosition | UnsortedCallNumber:
    found = parse_call_number(text, scheme)
    plain = text.strip().upper()
    if isinstance(found, UnsortedCallNumber) and scheme in (None, Scheme.DEWEY) and re.fullmatch(r"\d{1,2}", plain):
        return ShelfPosition(Scheme.DEWEY, plain)
    if isinstance(found, UnsortedCallNumber) and scheme in (None, Scheme.LCC) and re.fullmatch(r"[A-Z]{1,3}", plain):
        return ShelfPosition(Scheme.LCC, plain)
    return found


def _looks_like(plain: str) -> Scheme | None:
    if DEWEY.fullmatch(plain):
        return Scheme.DEWEY
    if not CUTTER.search(plain) and CLC.fullmatch(plain):
        return Scheme.CLC
    return Scheme.LCC if LCC.fullmatch(plain) else None


def _key(plain: str, scheme: Scheme) -> str | None:
    match scheme:
        case Scheme.CLC:
            found = CLC.fullmatch(plain)
            return f"{found[1]}{_signs(found[2])} {_marks(found[3] or '', NATURAL)}" if found else None
        case Scheme.DEWEY:
            found = DEWEY.fullmatch(plain)
            decimals = re.sub(r"\D", "", found[2] or "") if found else ""
            return f"{found[1]}{decimals} {_marks(found[3], MARK)}" if found else None
        case Scheme.LCC:
            found = LCC.fullmatch(plain)
            number = str(int(found[2])) if found else ""
            return f"{found[1]} {len(number)}{number}{found[3] or ''} {_marks(found[4], MARK)}" if found else None


def _signs(number: str) -> str:
    """Drop the points, which only group digits for the eye, and map the other signs to sort order."""
    return number.replace(".", "").translate(CLC_SIGNS)


def _marks(text: str, pattern: re.Pattern[str]) -> str:
    """Key of the text after the class: empty first, then numbers by value, then letters and Cutter numbers."""
    return "".join(_mark(found[0]) for found in pattern.finditer(text))


def _mark(mark: str) -> str:
    if mark.isdecimal():
        number = mark.lstrip("0")
        return f"0{len(number):02d}{number} "
    return f"1{mark} "
