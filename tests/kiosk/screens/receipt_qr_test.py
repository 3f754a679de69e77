"""Test that a phone reads the receipt's QR code, and that printer faults are shown on every screen."""

from __future__ import annotations

import functools

import pytest
from pyzbar.pyzbar import decode

from kiosk.screens.farewell import CAPACITY, SAYS_UTF8
from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Code, Sheet, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Farewell, ReceiptState
from kiosk.words import Words
from kiosk.words.receipt import as_text, layout
from lending.languages import languages
from tests.support.drawn_sheet import render

WORDS = {language: Words(language) for language in languages()}


@functools.cache
def farewells() -> list[tuple[Shot, Farewell]]:
    """Return the farewell samples; called lazily, because each process would draw the camera pictures at collection."""
    return [(shot, shot.view) for shot in shots("Farewell") if isinstance(shot.view, Farewell)]


def drawn(shot: Shot, size: tuple[int, int, float], glyphs: Glyphs) -> Sheet:
    theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
    return sheet_of(shot.view, shot.status, theme, WORDS[shot.status.language], glyphs, 0)


@pytest.mark.parametrize("size", [SIZES[0], *(pytest.param(each, marks=pytest.mark.gallery) for each in SIZES[1:])])
def test_qr_code_contains_the_receipt(size: tuple[int, int, float], glyphs: Glyphs) -> None:
    on_phone = [(shot, view) for shot, view in farewells() if view.receipt is ReceiptState.ON_PHONE]
    assert len(on_phone) >= 8
    for shot, view in on_phone:
        (code,) = decode(render(drawn(shot, size, glyphs), size[:2]))
        whole = layout(view, shot.status, WORDS[shot.status.language])
        assert code.data.decode() in {as_text(whole, most - SAYS_UTF8) for most in CAPACITY}, shot.name
        assert view.code[:3] in code.data.decode()


@pytest.mark.parametrize(
    "size", [SIZES[0], (1280, 720, 7.0), *(pytest.param(each, marks=pytest.mark.gallery) for each in SIZES[1:])]
)
def test_qr_code_is_readable_at_arms_length_and_the_receipt_code_is_shown(
    size: tuple[int, int, float], glyphs: Glyphs
) -> None:
    for shot, view in farewells():
        if view.receipt is not ReceiptState.ON_PHONE:
            continue
        marks = drawn(shot, size, glyphs)
        module = min(mark.box.h / len(mark.rows) for mark in marks if isinstance(mark, Code))
        assert module >= 3 and module / Theme(*size).px_per_mm > 0.445, shot.name
        assert f"{view.code[:3]} {view.code[3:]}" in [mark.text for mark in marks if isinstance(mark, Text)], shot.name


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_receipt_problem_is_shown_at_every_size(size: tuple[int, int, float], glyphs: Glyphs) -> None:
    broken = (ReceiptState.FAILED, ReceiptState.NO_PRINTER)
    problems = [(shot, view) for shot, view in farewells() if view.receipt in broken and view.receipt_problem]
    assert any(view.receipt_half for _, view in problems)
    for shot, view in problems:
        words = WORDS[shot.status.language].receipt_problem(view.receipt_problem, view.receipt_half)
        shown = "".join(mark.text for mark in drawn(shot, size, glyphs) if isinstance(mark, Text))
        assert words.replace(" ", "") in shown.replace(" ", ""), shot.name
