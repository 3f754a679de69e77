"""Test the printed camera chart: its labels are readable, its measures right, its text on the page."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from kiosk.cli import main
from kiosk.hardware.camera_chart import DPI, FIELDS, LABELS, PAGE, Chart, bars, dots, write
from lending.number_formats import digits

MARGIN = 8.0
"""Margin in millimetres that a printer may be unable to print."""
SHARP_PIXELS = 3.0
"""Pixels per narrow bar at the distance given on the chart (0.25 mm at 13 to 15 cm)."""


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return Chart().picture.convert("L")


def read(picture: Image.Image) -> set[str]:
    return {
        found.text.strip("ABCD")
        for found in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Codabar]))
    }


def test_every_label_has_a_valid_number_and_is_readable(page: Image.Image) -> None:
    numbers = {number for _, number in LABELS}
    assert read(page.reduce(2)) == numbers
    usual = digits(14, "3", has_luhn=True)
    assert all(usual.matches(number) for number in numbers)


def test_label_with_a_missing_bar_is_unreadable() -> None:
    picture = Chart().picture.convert("L")
    picture.paste(255, (dots(40), 0, dots(41), picture.height))
    assert LABELS[0][1] not in read(picture.reduce(2))


@pytest.mark.parametrize(("narrow", "number"), LABELS)
def test_label_is_readable_at_camera_resolution(page: Image.Image, narrow: float, number: str) -> None:
    """From 14 cm a narrow bar of 0.25 mm is about three pixels wide, one of 0.19 mm a little over two."""
    shrunk = SHARP_PIXELS / (0.25 * DPI / 25.4)
    seen = page.resize((round(page.width * shrunk), round(page.height * shrunk)), Image.Resampling.BOX)
    assert number in read(seen)


@pytest.mark.parametrize(("narrow", "number"), LABELS)
def test_bar_width_matches_the_printed_value(narrow: float, number: str) -> None:
    """14 digits between A and B are 178 narrow bars, so the bar width follows from the label length."""
    assert sum(bars(number)) - 1 == 178
    assert dots(178 * narrow) / DPI * 25.4 == pytest.approx(178 * narrow, abs=0.05)


def test_page_is_a4_with_empty_margins(page: Image.Image) -> None:
    assert page.size == (dots(PAGE[0]), dots(PAGE[1]))
    left, top, right, bottom = page.point(lambda shade: 255 - shade).getbbox() or (0, 0, 0, 0)
    edge = dots(MARGIN)
    assert left > edge and top > edge and right < page.width - edge and bottom < page.height - edge


def test_frames_match_the_field_of_view_of_the_camera() -> None:
    """The 1536 x 864 mode takes 3072 x 1728 pixels of 1.4 µm behind a lens of 4.74 mm."""
    for centimetres, width, height in FIELDS:
        distance = centimetres * 10
        scale = (distance - 4.74) / 4.74
        assert width == pytest.approx(3072 * 0.0014 * scale, rel=0.04)
        assert height / width == pytest.approx(9 / 16, rel=0.01)
        assert math.isclose(width / distance, FIELDS[0][1] / 130, rel_tol=0.01)


def test_chart_command_writes_only_pdf_or_png(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chart", "--out", str(tmp_path / "chart.pdf")]) == 0
    assert (tmp_path / "chart.pdf").read_bytes().startswith(b"%PDF-")
    assert main(["chart", "--out", str(tmp_path / "chart.gif")]) == 1
    assert ".gif is neither .pdf nor .png" in capsys.readouterr().err
    assert not (tmp_path / "chart.gif").exists()
    write(tmp_path / "chart.png")
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.size == (dots(PAGE[0]), dots(PAGE[1]))
        assert round(picture.info["dpi"][0]) == DPI
