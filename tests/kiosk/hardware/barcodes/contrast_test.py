"""Test local contrast: faint bars become strong and strong edges stay in place, at any picture size."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.hardware.barcodes.contrast import raise_contrast
from kiosk.hardware.barcodes.stripe_detector import Grey

STRIPES = np.arange(160) // 4 % 2 == 1


def striped(dark: float, light: float) -> Grey:
    """Return upright stripes, 4 pixels each, of two grey levels."""
    return np.tile(np.where(STRIPES, light, dark), (80, 1)).astype(np.uint8)


def depth(picture: Grey) -> float:
    return float(picture[:, STRIPES].mean() - picture[:, ~STRIPES].mean())


def test_faint_stripes_gain_contrast() -> None:
    faint = striped(120, 130)
    noisy = np.clip(faint + np.random.default_rng(1).normal(0, 2, faint.shape), 0, 255).astype(np.uint8)
    assert depth(raise_contrast(noisy)) > 4 * depth(noisy)


def test_shaded_and_lit_stripes_gain_equal_contrast() -> None:
    light = np.linspace(0.3, 1.0, STRIPES.size)
    shaded = (striped(60, 200) * light).astype(np.uint8)
    raised = raise_contrast(shaded)
    dark, bright = raised[:, :40][:, STRIPES[:40]].mean(), raised[:, -40:][:, ~STRIPES[-40:]].mean()
    assert max(shaded[0, :40]) < max(shaded[0, -40:]) / 2
    assert dark > bright, "a light stripe in the shadow is lighter than a dark one in the light"


def test_noise_on_flat_paper_is_not_amplified() -> None:
    flat = np.clip(np.random.default_rng(2).normal(200, 2, (80, 160)), 0, 255).astype(np.uint8)
    assert raise_contrast(flat).std() < 0.2 * raise_contrast(striped(60, 200)).std()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (7, 7), (63, 65), (195, 600)])
def test_picture_of_any_size_keeps_its_shape(shape: tuple[int, int]) -> None:
    raised = raise_contrast(np.random.default_rng(3).integers(0, 256, shape).astype(np.uint8))
    assert raised.shape == shape and raised.dtype == np.uint8


def test_grey_levels_keep_their_order_within_a_tile() -> None:
    ramp = np.tile(np.arange(0, 8, dtype=np.uint8), (8, 1))
    assert (np.diff(raise_contrast(ramp).astype(int), axis=1) >= 0).all()
