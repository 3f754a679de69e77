"""Test the countdown ring and the receipt buttons at every size and in large text."""

from __future__ import annotations

from math import hypot

import pytest

from kiosk.screens.draw_context import frame_for
from kiosk.screens.overflow import FOLLOWING
from kiosk.screens.rendering.display_list import Figure, Shape, Text, Touch
from kiosk.screens.rendering.theme import CAP_HEIGHT, Theme
from tests.kiosk.screens.required_text_test import SIZED, drawn, sample


@SIZED
@pytest.mark.parametrize("look", ["light", "large"])
@pytest.mark.parametrize("name", ["Farewell", "Farewell-on-phone", "Farewell-printing", "IdleWarning"])
def test_countdown_fits_in_its_ring(name: str, look: str, size: tuple[int, int, float]) -> None:
    sheet = drawn(sample(f"{name}-en-{look}"), size)
    rings = [mark for mark in sheet if isinstance(mark, Shape) and mark.figure is Figure.RING]
    figures = [mark for mark in sheet if isinstance(mark, Text) and mark.text.isdigit()]
    ring, figure = next((ring, figure) for ring in rings for figure in figures if ring.box.contains(*figure.box.centre))
    assert hypot(figure.box.w / 2, CAP_HEIGHT * figure.size / 2) < ring.box.w / 2 - ring.width


@SIZED
@pytest.mark.parametrize("name", ["Farewell-message-en", "Farewell-en"])
def test_countdown_is_not_alone_on_a_following_page(name: str, size: tuple[int, int, float]) -> None:
    shot, first, alone = sample(f"{name}-large"), FOLLOWING, []
    line = frame_for(Theme(*size, large=True)).line
    while first >= FOLLOWING:
        sheet = drawn(shot, size, first)
        alone += [mark.text for mark in sheet if isinstance(mark, Text) and mark.box.y < line.y and mark.text.isdigit()]
        first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
    assert not alone


@SIZED
@pytest.mark.parametrize("language", ["zh", "en", "mn"])
@pytest.mark.parametrize("name", ["message", "message-many", "message-no-paper"])
def test_message_receipt_label_is_no_larger_than_the_phone_label(
    name: str, language: str, size: tuple[int, int, float]
) -> None:
    sheet = drawn(sample(f"Farewell-{name}-{language}-light"), size)
    named = {
        touch.name: mark.size
        for touch in sheet
        if isinstance(touch, Touch) and touch.name.startswith("receipt_")
        for mark in sheet
        if isinstance(mark, Text) and touch.box.contains(*mark.box.centre)
    }
    assert named.get("receipt_message", 0) <= named["receipt_phone"]
