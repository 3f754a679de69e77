"""Test stripe detection and levelling at any angle, in large pictures, and without stripes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kiosk.hardware.barcodes.stripe_detector import find_stripes
from tests.emulated.labels import Pose, draw, picture
from tests.kiosk.hardware.barcodes.drawn_labels import SIZE, codabar, frame, middle


def apart(one: float, other: float) -> float:
    """Degrees between two directions."""
    return abs((one - other + 90) % 180 - 90)


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_stripes_are_found_at_any_angle(angle: int) -> None:
    patch = next(find_stripes(picture(frame((codabar(), middle(angle))))))
    assert apart(np.degrees(patch.angle), angle) < 2.5
    assert patch.middle == pytest.approx((SIZE[0] / 2, SIZE[1] / 2), abs=12)


@pytest.mark.parametrize("angle", [0, 33, 90, 140])
def test_levelled_patch_has_upright_stripes_and_a_quiet_zone(angle: int) -> None:
    patch = next(find_stripes(picture(frame((codabar(), middle(angle))))))
    level = np.asarray(patch.level(picture(frame((codabar(), middle(angle))))).picture, float)
    rows = level[level.shape[0] // 3 : 2 * level.shape[0] // 3]
    assert rows.std(axis=0).mean() < 0.3 * rows.std(axis=1).mean()
    quiet = level[:, : level.shape[1] // 20]
    assert quiet.std() < 0.5 * level.std()


def test_levelled_coordinates_map_back_to_the_frame() -> None:
    patch = next(find_stripes(picture(frame((codabar(), middle(33))))))
    level = patch.level(picture(frame((codabar(), middle(33)))))
    there = level.back(level.picture.width / 2, level.picture.height / 2)
    assert there == pytest.approx((SIZE[0] / 2, SIZE[1] / 2), abs=12)


def test_large_picture_is_searched_at_reduced_size_with_full_size_coordinates() -> None:
    size = (2592, 1944)
    large = draw([(codabar(), Pose(1500, 900, 6.0, 33))], size, 1)
    patch = next(find_stripes(picture(large)))
    assert apart(np.degrees(patch.angle), 33) < 2.5
    assert patch.middle == pytest.approx((1500, 900), abs=30)


def test_two_labels_give_two_patches() -> None:
    seen = frame((codabar(), Pose(330, 360, 2.5, 20)), (codabar(), Pose(950, 360, 2.5, 110)))
    found = [patch.middle[0] for patch in find_stripes(picture(seen))]
    assert any(x == pytest.approx(330, abs=25) for x in found)
    assert any(x == pytest.approx(950, abs=25) for x in found)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((480, 640), 128, np.uint8),
        np.random.default_rng(1).integers(0, 255, (480, 640), np.uint8),
        np.zeros((5, 5), np.uint8),
        (np.add.outer(np.arange(480), np.arange(640)) // 5).astype(np.uint8),
    ],
    ids=["flat", "noise", "smaller than a cell", "slope"],
)
def test_picture_without_stripes_gives_no_patch(pixels: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> None:
    assert list(find_stripes(Image.fromarray(pixels))) == []
