"""Compute the layout grid of a screen: status bar, columns, shelf line and footer."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.theme import Theme

STATUS_UNITS = 15
FOOT_UNITS = 15


@dataclass(frozen=True, slots=True)
class Frame:
    """Layout grid with one vertical axis: the left column for input, the right one for results.

    In portrait and in large text both columns have the full width.
    """

    status: Box
    whole: Box
    """From the status bar to the shelf line, both columns."""
    left: Box
    right: Box
    line: Box
    """The shelf line, from edge to edge."""
    foot: Box
    primary: float
    """Width in pixels of the primary button."""
    single: bool


def frame_for(theme: Theme) -> Frame:
    """Return the layout grid of a theme."""
    u = theme.u
    roomy = theme.wide or theme.portrait
    margin = u(4 if theme.compact else 9 if theme.wide else 6)
    inner = theme.width - 2 * margin
    line_y = theme.height - u(23 if roomy else 20)
    top = u(STATUS_UNITS + (1 if theme.compact else 3))
    whole = Box(margin, top, inner, line_y - top)
    single = theme.portrait or theme.large
    column = u(38.6 if theme.compact else 98 if theme.wide else 62)
    gap = margin
    left = whole if single else Box(margin, top, column, whole.h)
    right = whole if single else Box(margin + column + gap, top, inner - column - gap, whole.h)
    foot_y = line_y + u(1) + u(3 if roomy else 2)
    primary = u(54 if theme.compact else 81 if theme.portrait else 98 if theme.wide else 62)
    return Frame(
        status=Box(margin, 0, inner, u(STATUS_UNITS)),
        whole=whole,
        left=left,
        right=right,
        line=Box(0, line_y, theme.width, u(1)),
        foot=Box(margin, foot_y, inner, u(FOOT_UNITS)),
        primary=primary,
        single=single,
    )
