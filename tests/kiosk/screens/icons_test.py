"""Test that each icon's ink is centred in its square."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from kiosk.screens.rendering.glyphs import ICON_FONT, ICONS

SIDE = 200


def ink(sign: str) -> tuple[int, int]:
    """Return the first and the last column of an icon's ink in a square of SIDE pixels."""
    square = Image.new("L", (2 * SIDE, 2 * SIDE))
    ImageDraw.Draw(square).text((SIDE // 2, SIDE // 2), sign, 255, ImageFont.truetype(str(ICON_FONT), SIDE))
    box = square.point(lambda shade: 255 if shade > 127 else 0).getbbox()
    assert box is not None
    return box[0] - SIDE // 2, box[2] - SIDE // 2


@pytest.mark.parametrize("name", ICONS)
def test_icon_ink_is_centred(name: str) -> None:
    left, right = ink(ICONS[name])
    assert abs((left + right) / 2 - SIDE / 2) <= 0.03 * SIDE
