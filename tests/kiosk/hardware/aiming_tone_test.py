"""Test the aiming tone on real photographs: the more stripes are in view, the higher the pitch."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from kiosk.hardware.aiming_tone import FAINT, HIGHEST, LOWEST, pitch
from kiosk.hardware.barcodes.decoder_cascade import Cascade
from kiosk.hardware.barcodes.model import BarcodeHunt, Frame, Symbology

PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "real_camera" / "photographs"
SIZE = 640, 480
HUNT = BarcodeHunt(frozenset({Symbology.CODE128, Symbology.EAN13, Symbology.ITF, Symbology.CODE39, Symbology.CODABAR}))
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Visible share of the photograph's width, from the left."""


def seen(path: Path, share: float) -> float:
    """Return the decoder's stripe level for a partly visible photograph."""
    with Image.open(path) as opened:
        photograph = opened.convert("L")
        photograph.thumbnail((SIZE[0] // 2, SIZE[1] // 2))
    frame = Image.new("L", SIZE, 90)
    shown = photograph.crop((0, 0, max(1, round(photograph.width * share)), photograph.height)) if share else None
    if shown is not None:
        frame.paste(shown, ((SIZE[0] - photograph.width) // 2, (SIZE[1] - photograph.height) // 2))
    return Cascade().decode(Frame(*SIZE, SIZE[0], frame.tobytes()), HUNT).stripes


def tones_of(path: Path) -> list[float]:
    """Return the tone in hertz for each share; 0 is silence."""
    return [pitch(each) if each >= FAINT else 0.0 for each in (seen(path, share) for share in SHARES)]


def test_tone_rises_with_the_visible_share_of_a_photograph() -> None:
    """Average three photographs: print near the bars makes the tone of a single one waver."""
    tones = [tones_of(path) for path in sorted(PHOTOGRAPHS.glob("*.jpg"))]
    assert len(tones) == 3
    assert [each[0] for each in tones] == [0.0] * 3, "silent without a photograph"
    assert [each[-1] for each in tones] == pytest.approx([HIGHEST] * 3), "the whole code is read"
    thirds = [sum(sum(each[at : at + 3]) for each in tones) / 9 for at in (0, 3, 6)]
    assert thirds[0] < 0.6 * thirds[1] and thirds[1] < 0.95 * thirds[2]
    assert all(LOWEST <= min(filter(None, each)) < 0.8 * HIGHEST for each in tones)


def test_noise_without_stripes_is_silent() -> None:
    """Control: a picture without stripes gives no tone."""
    grain = Image.effect_noise(SIZE, 40)
    assert Cascade().decode(Frame(*SIZE, SIZE[0], grain.tobytes()), HUNT).stripes < FAINT
