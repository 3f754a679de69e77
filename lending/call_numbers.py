"""Call numbers as they stand on the shelf: told apart, compared, put between two others; never knows a shelf.

Sources: 《中国图书馆分类法》, class numbers are compared sign by sign; Dewey Decimal Classification, what follows the
point is a decimal; Library of Congress Shelflisting Manual, G 63, Cutter numbers are decimals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LAST = "\uffff"
"""Behind every sign of a key."""
SIGNS = str.maketrans({"—": "-", "–": "-", "〈": "<", "〉": ">", "《": "<", "》": ">", "“": '"', "”": '"', "’": "'"})
CLC_SIGNS = str.maketrans({"-": "!", "(": '"', '"': "#", "=": "$", "<": "%", ":": "&", "+": "'", ")": "/", ">": "/"})
"""The auxiliary signs in their order on the shelf: behind nothing, before every digit."""
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
    CLC = "clc"
    """中图法."""
    DEWEY = "dewey"
    LCC = "lcc"
    """Library of Congress."""


class Fault(StrEnum):
    EMPTY = "empty"
    """There is no call number."""
    NO_CLASS = "no_class"
    """It does not begin with a class of the scheme, or of any."""
    BACKWARDS = "backwards"
    """The end of a range stands before its beginning."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a call number stands among others of its scheme."""

    scheme: Scheme
    key: str


@dataclass(frozen=True, slots=True)
class Unsorted:
    """A call number that has no place; `text` is as it was given."""

    text: str
    why: Fault


@dataclass(frozen=True, slots=True)
class Span:
    """From one call number to another one, both within.

    `last` is behind whatever begins like the last one: a shelf that ends at I247.5 has I247.57 too, unless the next
    shelf begins with that.
    """

    first: Place
    end: Place
    last: Place

    def holds(self, place: Place) -> bool:
        return self.first <= place <= self.last

    def meets(self, other: Span) -> bool:
        """Whether both hold the same call numbers, and not only because one of them ends with a class's beginning."""
        return self.first <= other.end and other.first <= self.end


def holding(spans: Sequence[Span | None], place: Place) -> list[int]:
    """Which of the shelves side by side hold the place, by their numbers; None is a shelf without a range."""
    firsts = [each.first for each in spans if each]
    return [
        number
        for number, each in enumerate(spans)
        if each and each.holds(place) and not any(each.end < first <= place for first in firsts)
    ]


def placed(text: str, scheme: Scheme | None = None) -> Place | Unsorted:
    """Reads a call number, of the scheme where the shelf has one, else of the one that it looks like.

    `I247.57/12` looks like 中图法, `364.162 HAR` like Dewey, `QA76.73 .P98` like the Library of Congress.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text.translate(SIGNS)).translate(SIGNS).upper().split())
    if not plain:
        return Unsorted(text, Fault.EMPTY)
    found = scheme or _looks_like(plain)
    key = _key(plain, found) if found else None
    return Place(found, key) if found and key else Unsorted(text, Fault.NO_CLASS)


def spanned(first: str, last: str, scheme: Scheme | None = None) -> Span | Unsorted:
    """The range between two call numbers as they stand on a shelf's end: each may be a class alone, or its beginning.

    `I2` to `I24` holds I247.57; `36` to `36` holds 364.162. A last one that is left out is the first.
    """
    begin, end = (_edge(text, scheme) for text in (first, last or first))
    for each in (begin, end):
        if isinstance(each, Unsorted):
            return each
    assert isinstance(begin, Place) and isinstance(end, Place)
    last_place = Place(end.scheme, end.key.rstrip() + LAST)
    if begin.scheme is not end.scheme or last_place < begin:
        return Unsorted(f"{first} – {last}", Fault.BACKWARDS)
    return Span(begin, end, last_place)


def _edge(text: str, scheme: Scheme | None) -> Place | Unsorted:
    found = placed(text, scheme)
    plain = text.strip().upper()
    if isinstance(found, Unsorted) and scheme in (None, Scheme.DEWEY) and re.fullmatch(r"\d{1,2}", plain):
        return Place(Scheme.DEWEY, plain)
    if isinstance(found, Unsorted) and scheme in (None, Scheme.LCC) and re.fullmatch(r"[A-Z]{1,3}", plain):
        return Place(Scheme.LCC, plain)
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
    """Points only help the eye; whatever else is compared sign by sign."""
    return number.replace(".", "").translate(CLC_SIGNS)


def _marks(text: str, pattern: re.Pattern[str]) -> str:
    """What follows the class: nothing before a number, numbers by their value, then letters and Cutter numbers."""
    return "".join(_mark(found[0]) for found in pattern.finditer(text))


def _mark(mark: str) -> str:
    if mark.isdecimal():
        number = mark.lstrip("0")
        return f"0{len(number):02d}{number} "
    return f"1{mark} "
