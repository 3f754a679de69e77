"""Test the start picture: what the program of the image writes into the framebuffer."""

from __future__ import annotations

from types import ModuleType

import pytest
from PIL import Image

from image import splash
from tests.image.programs import load_program


@pytest.fixture(scope="module")
def screen() -> ModuleType:
    """Return the program of the image that draws the start picture."""
    return load_program("screen")


@pytest.mark.parametrize("name", ["books", *splash.SENTENCES])
def test_stored_pictures_are_read_without_a_decoder(screen: ModuleType, name: str) -> None:
    file = splash.PICTURES / f"{name}.png"
    width, rows = screen.png(file.read_bytes())
    with Image.open(file) as picture:
        assert (width, len(rows)) == picture.size and b"".join(rows) == picture.tobytes()


@pytest.mark.parametrize(("width", "height"), [(800, 480), (1024, 600), (1920, 1080)])
@pytest.mark.parametrize(("bits", "mode", "tolerance"), [(32, "BGRX", 0), (16, "BGR;16", 8)])
def test_picture_fills_any_screen(
    screen: ModuleType, width: int, height: int, bits: int, mode: str, tolerance: int
) -> None:
    pictures = [screen.png((splash.PICTURES / f"{name}.png").read_bytes()) for name in ("books", "out-of-order")]
    stride = width * bits // 8 + 64
    data = screen.frame(width, height, stride, bits, *pictures)
    assert len(data) == stride * height
    seen = Image.frombuffer("RGB", (width, height), data, "raw", mode, stride)
    for point, colour in {(0, 0): splash.PAPER, (1, int(height * 0.62) + 1): splash.INK}.items():
        wanted = bytes.fromhex(colour[1:])
        got = seen.getpixel(point)
        assert isinstance(got, tuple)
        assert all(abs(a - b) <= tolerance for a, b in zip(got, wanted, strict=True)), (point, got)
