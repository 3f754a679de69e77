"""Define sizes, colours and type steps of the screens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from math import hypot

from lending.colours import mix, ratio

CAP_HEIGHT = 0.714
"""Height of a capital in WenQuanYi Micro Hei, in em."""
MIN_TOUCH_MM = 15.0
MIN_CAPITAL_MM = 4.8
MIN_CONTRAST = 7.0
PERSIMMON = "#FA8040"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by purpose. The accent is used for surfaces, not for text."""

    paper: str
    leaf: str
    board: str
    line: str
    edge: str
    ink: str
    ink2: str
    done: str
    stop: str
    accent: str
    on_accent: str
    outlined: bool
    """High contrast: volumes, covers and spines are outlined."""


class Type(Enum):
    """Type steps, in units."""

    CAP = 4.5
    BODY = 6.67
    TITLE = 9.33
    DISP = 13.3
    GIANT = 20.0


LARGE, LARGE_COMPACT = 2.0, 1.52
"""Enlargement of CAP and BODY in large text.

Less on a small screen, which has no room for three lines at double size.
"""
LARGE_TITLE = 1.046
"""Minimum size of a title relative to body type in large text."""
LARGE_ICON = 1.25


@dataclass(frozen=True)
class Theme:
    """Appearance of one screen: pixels, diagonal in inches, accent, and the patron's display settings."""

    width: int
    height: int
    diagonal: float
    accent: str = PERSIMMON
    contrast: bool = False
    large: bool = False
    twice: bool = False
    """True: double size on a small screen too, for pages with text only."""

    @cached_property
    def px_per_mm(self) -> float:
        return hypot(self.width, self.height) / (self.diagonal * 25.4)

    @cached_property
    def unit(self) -> int:
        """Pixels per unit: about a millimetre, more on large screens, which are seen from a greater distance."""
        distance = 1.4 if self.diagonal >= 15 else 1.0
        unit = round(self.px_per_mm * 1.02 * distance)
        while 15 * unit < MIN_TOUCH_MM * self.px_per_mm or (
            Type.BODY.value * unit * CAP_HEIGHT < MIN_CAPITAL_MM * self.px_per_mm
        ):
            unit += 1
        return unit

    @cached_property
    def lowered(self) -> Theme:
        """Theme of the lower half of the screen, as if it were a screen of its own."""
        half = self.height // 2
        diagonal = hypot(self.width, half) / (self.px_per_mm * 25.4)
        return replace(self, height=half, diagonal=diagonal)

    def u(self, units: float) -> int:
        """Convert units to pixels."""
        return round(units * self.unit)

    def size(self, step: Type) -> int:
        """Return the font size in pixels of a type step."""
        units = step.value * (self.growth if step in (Type.CAP, Type.BODY) else 1)
        if self.large and step in (Type.TITLE, Type.DISP):
            units = max(units, LARGE_TITLE * self.growth * Type.BODY.value)
        return self.u(units)

    @cached_property
    def growth(self) -> float:
        """Factor by which CAP and BODY grow."""
        if not self.large:
            return 1.0
        return LARGE_COMPACT if self.small and not self.twice else LARGE

    def icon(self, units: float) -> float:
        """Return the units of an icon next to text; it grows with large text."""
        return units * LARGE_ICON if self.large else units

    @cached_property
    def portrait(self) -> bool:
        return self.height > self.width

    @cached_property
    def compact(self) -> bool:
        """True for a 7 inch screen: icons without text, one sentence instead of figures."""
        return not self.portrait and self.width < 180 * self.unit

    @cached_property
    def small(self) -> bool:
        """True if the screen is too low or too narrow for double-size text next to touch targets."""
        return self.compact or (not self.portrait and self.height < 130 * self.unit)

    @cached_property
    def wide(self) -> bool:
        """True for a screen at least 280 units wide."""
        return not self.portrait and self.width >= 280 * self.unit

    @cached_property
    def colours(self) -> Palette:
        return _contrast(self.accent) if self.contrast else _light(self.accent)


def _light(accent: str) -> Palette:
    surface, word = light_accent(accent)
    return Palette(
        paper="#F4EFE5", leaf="#FCF9F3", board="#E7DFD0", line="#CFC4B0", edge="#7D7163", ink="#1A1611", ink2="#544C42",
        done="#1B5A3C", stop="#8E1538", accent=surface, on_accent=word, outlined=False,
    )  # fmt: skip


def _contrast(accent: str) -> Palette:
    return Palette(
        paper="#000000", leaf="#000000", board="#262626", line="#7A7A7A", edge="#B8B8B8", ink="#FFFFFF", ink2="#E2E2E2",
        done="#7BE0A3", stop="#FFA3B3", accent=dark_accent(accent), on_accent="#000000", outlined=True,
    )  # fmt: skip


def light_accent(accent: str) -> tuple[str, str]:
    """Return the accent on paper and the colour of text on it.

    The accent is darkened in steps of 2 % until one of the two text colours has a contrast of 7:1.
    """
    ink, leaf = "#1A1611", "#FCF9F3"
    if ratio(ink, accent) >= MIN_CONTRAST:
        return accent, ink
    surface, step = accent, 0
    while ratio(leaf, surface) < MIN_CONTRAST:
        step += 1
        surface = mix(accent, "#000000", 0.02 * step)
    return surface, leaf


def dark_accent(accent: str) -> str:
    """Return the accent on black, lightened in steps of 2 % until its contrast is 7:1."""
    if accent == PERSIMMON:
        return "#FF9450"
    surface, step = accent, 0
    while ratio(surface, "#000000") < MIN_CONTRAST:
        step += 1
        surface = mix(accent, "#FFFFFF", 0.02 * step)
    return surface
