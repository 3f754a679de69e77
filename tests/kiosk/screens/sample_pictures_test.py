"""Test the gallery's camera pictures: the outline is on the bars, and an approaching card has none."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PIL import Image

from kiosk.hardware.viewfinder import Picture
from kiosk.screens.gallery import shots
from kiosk.screens.samples.sample_pictures import picture_for


def drawn(name: str, language: str) -> tuple[Picture, Image.Image]:
    picture = picture_for(name, language)
    assert picture is not None
    return picture, Image.frombytes("L", (picture.width, picture.height), picture.luma)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_outline_matches_the_bars(language: str) -> None:
    picture, image = drawn("Borrowing-live", language)
    (left, top), (right, _), _, (_, bottom) = picture.code
    stripes = _along(image, (left, (top + bottom) / 2), (right, (top + bottom) / 2 + picture.code[1][1] - top))
    assert min(stripes) < 70 and max(stripes) > 190
    dark = [shade < 130 for shade in stripes]
    assert sum(one != other for one, other in pairwise(dark)) > 30
    margin = _along(image, (left - 0.02, top), (left - 0.02, bottom))
    assert min(margin) > 190, "only the label's paper is left of the bars"


def _along(image: Image.Image, start: tuple[float, float], end: tuple[float, float]) -> list[int]:
    steps = 600
    shades = list[int]()
    for at in range(steps + 1):
        x, y = (a + (b - a) * at / steps for a, b in zip(start, end, strict=True))
        shade = image.getpixel((int(x * image.width), int(y * image.height)))
        assert isinstance(shade, int)
        shades.append(shade)
    return shades


def test_approaching_card_has_no_code_and_only_live_samples_have_pictures() -> None:
    assert drawn("Identify-live", "en")[0].code == ()
    assert picture_for("Borrowing-many", "en") is None
    live = [shot.name for shot in shots() if shot.picture is not None]
    assert len(live) == 34 and all("-live-" in name for name in live)
