"""Define number formats (digits with a check digit, or a pattern) and prove that two never overlap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lending.number_patterns import luhn

LONGEST = 64
"""Longest number in characters."""
DIGITS = frozenset("0123456789")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
PLAIN = DIGITS | LETTERS | frozenset("abcdefghijklmnopqrstuvwxyz -_/:#")
"""Characters that represent themselves in a pattern; any other may be escaped."""
PIECE = re.compile(r"(?P<set>\[(?P<inside>[^\[\]\\^]+)\]|\\d|\\?.)(?P<times>\?|\{(?P<least>\d+)(?:,(?P<most>\d+))?\})?")


@dataclass(frozen=True, slots=True)
class Slot:
    """One character of a number, and whether it is optional."""

    characters: frozenset[str]
    optional: bool = False


Shape = tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """One kind of number. `pattern` is a regular expression that `shapes` proves to be finite."""

    pattern: str
    luhn: bool = False

    def matches(self, number: str) -> bool:
        """Return whether the number has this format and, if needed, the right check digit."""
        return re.fullmatch(self.pattern, number) is not None and (not self.luhn or luhn(number))

    def overlaps(self, other: NumberFormat) -> bool:
        """Return True if some number could be both. Check digits are ignored, so the result errs on the safe side."""
        return any(_meet(mine, theirs) for mine in shapes(self.pattern) for theirs in shapes(other.pattern))


def beside_digits(*kinds: NumberFormat) -> str:
    """Return the characters except digits and blanks that their numbers may contain, letters first."""
    slots = (slot for kind in kinds for shape in shapes(kind.pattern) for slot in shape)
    signs = frozenset().union(*(slot.characters for slot in slots)) - DIGITS - {" "}
    return "".join(sorted(signs, key=lambda sign: (not sign.isalpha(), sign)))


ISBN = NumberFormat("97[89][0-9]{10}")
"""The bars on the back of a book (ISO 2108, EAN-13)."""


def digits(length: int, prefix: str, *, has_luhn: bool) -> NumberFormat:
    """Return the format of numbers of so many digits, prefix and check digit included."""
    left = length - len(prefix)
    return NumberFormat(prefix + (f"[0-9]{{{left}}}" if left else ""), has_luhn)


def shapes(pattern: str) -> tuple[Shape, ...]:
    r"""Return the shapes of a pattern, one for each side of `|`. Raises ValueError that names the valid parts.

    A pattern is a sequence of characters, `\d` and `[0-9A-F]`, each followed by nothing, `?`, `{3}` or `{2,5}`.
    """
    return tuple(_shape(side) for side in pattern.split("|"))


def _shape(pattern: str) -> Shape:
    slots: list[Slot] = []
    at = 0
    while at < len(pattern):
        piece = PIECE.match(pattern, at)
        if piece is None:
            raise ValueError(f"cannot read {pattern[at:]!r}")
        slots += _slots(piece)
        at = piece.end()
        if len(slots) > LONGEST:
            raise ValueError(f"a number has at most {LONGEST} characters")
    if all(slot.optional for slot in slots):
        raise ValueError("it matches an empty number")
    return tuple(slots)


def _slots(piece: re.Match[str]) -> list[Slot]:
    characters = _characters(piece)
    if piece["times"] == "?":
        return [Slot(characters, optional=True)]
    least = int(piece["least"] or 1)
    most = int(piece["most"] or least)
    if not least <= most <= LONGEST:
        raise ValueError(f"{piece['times']} is not a valid count: {{least,most}} up to {LONGEST}")
    return [Slot(characters)] * least + [Slot(characters, optional=True)] * (most - least)


def _characters(piece: re.Match[str]) -> frozenset[str]:
    text = piece["set"]
    if piece["inside"]:
        return _class(piece["inside"])
    if text == r"\d":
        return DIGITS
    if text.startswith("\\") and len(text) == 2 and not text[1].isalnum():
        return frozenset(text[1])
    if text in PLAIN:
        return frozenset(text)
    raise ValueError(f"{text!r} is not allowed: use characters, \\d, [0-9A-F], ?, {{3}}, {{2,5}} and |")


def _class(inside: str) -> frozenset[str]:
    characters: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            first, last = inside[at], inside[at + 2]
            if first > last:
                raise ValueError(f"[{inside}] is in descending order")
            characters |= {chr(code) for code in range(ord(first), ord(last) + 1)}
            at += 3
        else:
            characters.add(inside[at])
            at += 1
    return frozenset(characters)


def _meet(one: Shape, other: Shape) -> bool:
    """Walk both shapes together, over every pair of positions that one number could reach."""
    seen: set[tuple[int, int]] = set()
    waiting = [(0, 0)]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        a, b = here
        if a == len(one) and b == len(other):
            return True
        waiting += _next(one, other, a, b)
    return False


def _next(one: Sequence[Slot], other: Sequence[Slot], a: int, b: int) -> list[tuple[int, int]]:
    places = []
    if a < len(one) and one[a].optional:
        places.append((a + 1, b))
    if b < len(other) and other[b].optional:
        places.append((a, b + 1))
    if a < len(one) and b < len(other) and one[a].characters & other[b].characters:
        places.append((a + 1, b + 1))
    return places
