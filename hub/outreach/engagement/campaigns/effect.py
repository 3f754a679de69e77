"""Estimate what a campaign or journey has moved: its patrons compared with the control group, with the uncertainty.

Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
Medicine 17 (1998), method 10: the difference of two shares from their Wilson intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes that nothing was moved."""
        return self.low > 0 or self.high < 0


def effect(acted: int, people: int, held_acted: int, held: int) -> Effect | None:
    """Return the effect, from counts as they are published; None if a group is too small to be published."""
    groups = [_public_counts(acted, people), _public_counts(held_acted, held)]
    (part, whole), (held_part, held_whole) = (each or (0, 0) for each in groups)
    if not whole or not held_whole:
        return None
    share, held_share = part / whole, held_part / held_whole
    low, high = _wilson(part, whole)
    held_low, held_high = _wilson(held_part, held_whole)
    found = share - held_share
    return Effect(
        100 * found,
        100 * (found - sqrt((share - low) ** 2 + (held_high - held_share) ** 2)),
        100 * (found + sqrt((high - share) ** 2 + (held_share - held_low) ** 2)),
    )


def _public_counts(part: int, whole: int) -> tuple[int, int] | None:
    """Return part and whole as the rounded counts give them, so that the effect discloses no more than these do."""
    about = small_cell_suppression.round_down(whole)
    if about is None or about < small_cell_suppression.SOME:
        return None
    middle = small_cell_suppression.middle
    return middle(part), middle(part) + middle(whole - part)


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
