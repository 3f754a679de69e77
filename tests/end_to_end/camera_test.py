"""Test a real kiosk with an emulated camera: checkout, hints, a pulled plug, and typed numbers instead."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kiosk.hardware.barcodes.model import Symbology
from tests.emulated.labels import Label, Pose, draw, picture
from tests.emulated.picamera2 import SPOT, Spot
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import House, Kiosk

pytestmark = pytest.mark.long  # whole kiosks

SITE = Path(__file__).parents[1] / "emulated" / "camera_site"
FRAME = (1536, 864)
FRAMES = 100_000
"""Practically unlimited; the label is removed once the screen has changed."""
PANEL = (36, 108, 408, 387)
"""Box of the live picture on a screen of 1280 x 800."""


@pytest.fixture
def spot(tmp_path: Path) -> Spot:
    return Spot(tmp_path / "spot")


@pytest.fixture
def kiosk(library: House, spot: Spot) -> Iterator[Kiosk]:
    set_up = library.set_up({"barcode_scanner": {"driver": "picamera2", "frame_rate": 30.0}}).with_journal()
    environment: Mapping[str, str] = {"PYTHONPATH": str(SITE), SPOT: str(spot.folder)}
    with set_up.kiosk(environment=environment) as kiosk:
        kiosk.ask("ready")
        until_scanner_reports(kiosk)
        yield kiosk


def until_scanner_reports(kiosk: Kiosk) -> None:
    """Wait for the camera's first report, which follows the start of its decoder."""
    end = time.monotonic() + PATIENCE
    while "barcode_scanner" not in kiosk.ask("look")["health"]:
        assert time.monotonic() < end, kiosk.log


def frame(*labels: tuple[Symbology, str]) -> Image.Image:
    """Return a frame with labels below each other, slightly tilted."""
    step = FRAME[1] / (len(labels) + 1)
    poses = (Pose(FRAME[0] / 2, step * (number + 1), module=2.9, angle=-9.0) for number in range(len(labels)))
    return picture(draw([(Label(*each), pose) for each, pose in zip(labels, poses, strict=True)], FRAME, seed=1))


def book(barcode: str) -> Image.Image:
    return frame((Symbology.CODABAR, barcode))


def until(kiosk: Kiosk, words: str) -> None:
    """Wait until this text is on the screen."""
    end = time.monotonic() + PATIENCE
    while words not in " ".join(kiosk.look()["texts"]):
        assert time.monotonic() < end, kiosk.log


def test_camera_visit_reads_card_and_label_and_shows_hints(
    library: House, kiosk: Kiosk, spot: Spot, tmp_path: Path
) -> None:
    """A card barcode, a wrong barcode with its hint, and an item whose outline is shown on screen."""
    item = library.item("free_01")
    printed = next(each.identifier for each in library.hub.library.patrons if each.case == "plain_1")
    spot.show(frame((Symbology.CODABAR, printed)), FRAMES)
    until(kiosk, "Scan your first book")
    spot.clear()
    spot.show(frame((Symbology.EAN13, "9780306406157")), FRAMES)
    until(kiosk, "Wrong barcode. Use the library label.")
    spot.clear()
    spot.show(book(item), FRAMES)
    until(kiosk, "Borrowed")
    assert "Wrong barcode" not in kiosk.text
    kiosk.ask("shot", path=str(tmp_path / "glass.png"))
    assert_outlined(Image.open(tmp_path / "glass.png").convert("RGB").crop(PANEL))
    kiosk.press("finish")
    assert library.loans(item)


def assert_outlined(panel: Image.Image) -> None:
    """Check that the picture is grey except for the accent-coloured outline."""
    pixels = np.asarray(panel).astype(int)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    accent = (red > 220) & (green > 90) & (green < 160) & (blue < 110)
    assert accent.sum() > 300
    grey = pixels[pixels.max(axis=2) - pixels.min(axis=2) < 3]
    assert len(set(grey[:, 0])) > 100
