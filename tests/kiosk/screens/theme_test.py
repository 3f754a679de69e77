"""Test sizes in millimetres and contrasts, on every screen and with any accent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.gallery import SIZES
from kiosk.screens.rendering.theme import CAP_HEIGHT, MIN_CONTRAST, PERSIMMON, Theme, Type, dark_accent, light_accent
from lending.colours import ratio

UNITS = {(1024, 600): 7, (1280, 800): 6, (1920, 1080): 6, (1080, 1920): 6}
COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06X}")


@pytest.mark.parametrize("size", SIZES)
def test_unit_is_about_one_millimetre(size: tuple[int, int, float]) -> None:
    assert Theme(*size).unit == UNITS[size[:2]]


@pytest.mark.parametrize("size", SIZES)
def test_buttons_and_letters_have_minimum_sizes(size: tuple[int, int, float]) -> None:
    plain, large = Theme(*size), Theme(*size, large=True)
    assert plain.u(15) / plain.px_per_mm >= 15
    assert plain.size(Type.BODY) * CAP_HEIGHT / plain.px_per_mm >= 4.8
    assert large.size(Type.BODY) * CAP_HEIGHT / large.px_per_mm >= 7.3


@pytest.mark.parametrize("size", SIZES)
def test_large_text_is_about_twice_as_large(size: tuple[int, int, float]) -> None:
    """On a 7 inch screen where there is nothing but words; on the screen itself by half."""
    plain, large = Theme(*size), Theme(*size, large=True)
    twice = replace(large, twice=True)
    for step in (Type.CAP, Type.BODY):
        assert twice.size(step) == pytest.approx(2 * plain.size(step), abs=1)
        assert large.size(step) >= (1.5 if plain.compact else 1.98) * plain.size(step)
    assert Type.BODY.value < Type.TITLE.value and large.size(Type.BODY) < large.size(Type.TITLE)
    assert large.compact is (size == SIZES[0])


@pytest.mark.parametrize("contrast", [False, True], ids=["light", "contrast"])
@pytest.mark.parametrize("accent", ["#FA8040", "#1F6FB2", "#7A1FA2", "#FFE000", "#202020"])
def test_every_text_and_background_pair_has_seven_to_one_contrast(contrast: bool, accent: str) -> None:
    """Each colour of words on each ground on which the screens put them; `words` on `accent` is its own pair."""
    colours = Theme(1280, 800, 10.1, accent, contrast).colours
    grounds = (colours.paper, colours.leaf, colours.board)
    pairs = {(word, ground) for word in (colours.ink, colours.ink2) for ground in grounds[:2]}
    pairs |= {(word, colours.paper) for word in (colours.done, colours.stop)}
    pairs |= {(colours.ink, colours.board), (colours.on_accent, colours.accent)}
    assert {pair: ratio(*pair) for pair in pairs if ratio(*pair) < MIN_CONTRAST} == {}
    assert ratio(colours.edge, colours.paper) >= 3


def test_faint_pair_is_below_the_minimum_contrast() -> None:
    assert ratio("#7D7163", "#F4EFE5") < MIN_CONTRAST


@given(COLOURS)
def test_any_accent_is_adjusted_to_sufficient_contrast(accent: str) -> None:
    surface, word = light_accent(accent)
    assert ratio(word, surface) >= 7
    assert ratio(dark_accent(accent), "#000000") >= 7


def test_default_accent_is_unchanged() -> None:
    assert light_accent(PERSIMMON) == (PERSIMMON, "#1A1611")


def test_dark_accent_has_light_text() -> None:
    assert light_accent("#24407A") == ("#24407A", "#FCF9F3")
