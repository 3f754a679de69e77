"""Test that a camera reads each QR code at every size and in large text, with the expected link."""

from __future__ import annotations

from typing import Any

import pytest
import segno
import zxingcpp

from kiosk.screens.components.cards import LEAST_MODULE
from kiosk.screens.gallery import SIZES
from kiosk.screens.overflow import FOLLOWING
from kiosk.screens.rendering.display_list import Code
from kiosk.screens.samples.sample_details import HAD, LINK
from tests.kiosk.screens.sheets import SIZED, drawn, sample
from tests.support.drawn_sheet import render

LEADS = {
    "Welcome-poster": "https://library.example.org/p/posters/3/",
    "Welcome-new": "https://library.example.org/p/new/#t0",
    "Registering-phone": "https://hub.example.org/p/join/",
    "TitlePage-online": "https://hub.example/p/read/7/",
    "Details-friend": HAD[0].link,
    "Details-phone": LINK,
    "Learn-code": "https://journals.example.org/",
    "Learn-place": "https://library.example.org/p/courses/",
}
NONE_IN_LARGE = ("Welcome-poster", "Welcome-new")
"""Screens that omit the code in large text."""


@SIZED
@pytest.mark.parametrize("name", LEADS)
def test_qr_code_contains_the_link_of_its_screen(name: str, size: tuple[int, int, float]) -> None:
    for look in ("light",) if name in NONE_IN_LARGE else ("light", "large"):
        sheet = drawn(sample(f"{name}-en-{look}"), size)
        (code,) = (mark for mark in sheet if isinstance(mark, Code))
        assert code.box.w / len(code.rows) >= LEAST_MODULE
        (read,) = zxingcpp.read_barcodes(render(sheet, size[:2]))
        assert read.text == LEADS[name], look


@pytest.mark.parametrize(
    "name", ["Farewell-on-phone", "Farewell-strip-many", "TitlePage-online", "Details-phone", "Learn-code"]
)
def test_qr_code_is_generated_once_per_drawing_and_not_cached(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    generated: list[str] = []
    make = segno.make

    def counted(text: str, **how: Any) -> segno.QRCode:
        generated.append(text)
        return make(text, **how)

    monkeypatch.setattr(segno, "make", counted)
    shot = sample(f"{name}-en-large")
    for first in (0, FOLLOWING):
        generated.clear()
        drawn(shot, SIZES[1], first)
        assert len(generated) == len(set(generated)) >= 1
        drawn(shot, SIZES[1], first)
        assert generated == generated[: len(generated) // 2] * 2


def test_screen_without_a_qr_code_decodes_to_nothing() -> None:
    assert zxingcpp.read_barcodes(render(drawn(sample("Welcome-en-light"), SIZES[1]), SIZES[1][:2])) == []
