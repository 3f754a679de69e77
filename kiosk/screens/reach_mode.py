"""Move a sheet to the lower half of a tall screen, within reach of seated patrons."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.display_list import Live, Mark, Sheet
from kiosk.screens.geometry import Box
from kiosk.screens.theme import Theme


def lowered(sheet: Sheet, theme: Theme) -> Sheet:
    """Return the sheet moved down. `sheet` was laid out for the lower half; `theme` is that of the whole screen."""
    by = theme.height - theme.lowered.height
    return tuple(_moved(mark, by) for mark in sheet)


def _moved(mark: Mark, by: int) -> Mark:
    moved = replace(mark, box=_down(mark.box, by))
    return replace(moved, aim=tuple(_down(each, by) for each in moved.aim)) if isinstance(moved, Live) else moved


def _down(box: Box, by: int) -> Box:
    return replace(box, y=box.y + by)
