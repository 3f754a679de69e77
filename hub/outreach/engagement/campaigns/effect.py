"""Estimate what a campaign or journey has moved: its patrons compared with the control group, with the uncertainty.

Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
Medicine 17 (1998), method 10: the difference of two shares from their Wilson intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import sqrt

from django.utils.translation import gettext as _

from hub.core import small_cell_suppression

Z = 1.959964
"""Quantile of the normal distribution for 95 %."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Difference between two shares in percentage points: the estimate and its 95 % interval."""

    points: float
    low: float
    high: float


def effect(acted: int, people: int, held_acted: int, held: int) -> Effect | None:
    """Return the effect, from counts as they are published; None if a group is too small to be published.

    The interval holds for every count that is published as the same value, so rounding cannot make it too narrow.
    """
    groups = [_possible_counts(acted, people), _possible_counts(held_acted, held)]
    if not all(groups):
        return None
    middles = [_share(small_cell_suppression.middle(part), small_cell_suppression.middle(whole - part))
               for part, whole in ((acted, people), (held_acted, held))]  # fmt: skip
    intervals = [_newcombe(on, off) for on, off in product(*groups)]
    low, high = min(each[0] for each in intervals), max(each[1] for each in intervals)
    return Effect(100 * (middles[0] - middles[1]), 100 * low, 100 * high)


def _possible_counts(part: int, whole: int) -> list[tuple[int, int]]:
    """Return the extreme counts, of those who acted and of all, that are published as these; empty if none are."""
    about = small_cell_suppression.round_down(whole)
    if about is None or about < small_cell_suppression.SOME:
        return []
    fewest = small_cell_suppression.FEWEST
    begins = [fewest * (each // fewest) for each in (part, whole - part)]
    ranges = [(begin, begin + fewest - 1) for begin in begins]
    return [(acted, acted + rest) for acted, rest in product(*ranges) if acted + rest]


def _share(part: int, rest: int) -> float:
    return part / (part + rest)


def _newcombe(on: tuple[int, int], held: tuple[int, int]) -> tuple[float, float]:
    share, held_share = on[0] / on[1], held[0] / held[1]
    (low, high), (held_low, held_high) = _wilson(*on), _wilson(*held)
    found = share - held_share
    return (
        found - sqrt((share - low) ** 2 + (held_high - held_share) ** 2),
        found + sqrt((high - share) ** 2 + (held_share - held_low) ** 2),
    )


def _wilson(part: int, whole: int) -> tuple[float, float]:
    share, square = part / whole, Z * Z
    centre = (part + square / 2) / (whole + square)
    half = Z / (whole + square) * sqrt(whole * share * (1 - share) + square / 4)
    return centre - half, centre + half


def effect_text(found: Effect | None) -> str:
    """Return the effect with its interval in words."""
    if found is None:
        return _("Too few patrons in the control group or outside it to compare")
    words = _("{points} percentage points (95 %: {low} to {high})")
    return words.format(points=_with_sign(found.points), low=_with_sign(found.low), high=_with_sign(found.high))


def _with_sign(value: float) -> str:
    rounded = round(value)
    return f"+{rounded}" if rounded > 0 else f"{rounded}".replace("-", "−")
