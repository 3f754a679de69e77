"""The figures of the count-down stand in its ring and touch nothing of it, at every size and in large letters."""

from __future__ import annotations

from math import hypot

import pytest

from kiosk.screens.glyphs import CAP_HEIGHT
from kiosk.screens.marks import Figure, Shape, Text
from tests.screens.promised_test import SIZED, drawn, sample


@SIZED
@pytest.mark.parametrize("look", ["light", "large"])
@pytest.mark.parametrize("name", ["Farewell", "Farewell-on-phone", "Farewell-printing", "IdleWarning"])
def test_the_figures_stand_in_their_ring(name: str, look: str, size: tuple[int, int, float]) -> None:
    sheet = drawn(sample(f"{name}-en-{look}"), size)
    rings = [mark for mark in sheet if isinstance(mark, Shape) and mark.figure is Figure.RING]
    figures = [mark for mark in sheet if isinstance(mark, Text) and mark.text.isdigit()]
    ring, told = next((ring, told) for ring in rings for told in figures if ring.box.contains(*told.box.centre))
    assert hypot(told.box.w / 2, CAP_HEIGHT * told.size / 2) < ring.box.w / 2 - ring.width
