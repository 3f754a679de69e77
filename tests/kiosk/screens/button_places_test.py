"""Test that a habitual touch hits no costly or destructive answer: buttons keep their places."""

from __future__ import annotations

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Box, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.words import Words

ASKED = (
    ("Details-contacts", "Details-why", ("withdraw", "give")),
    ("Details-contacts", "Details-erase", ("erase_all",)),
)
"""A usual screen, the screen that asks for an answer, and the answer.

The fee button replaces Finish and shows the price; the session ignores touches in its first second.
"""
HABITS = ("finish", "next", "back", "enter")


def places(shot: Shot, size: tuple[int, int, float], glyphs: Glyphs) -> dict[str, Box]:
    theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
    sheet = sheet_of(shot.view, shot.status, theme, Words(shot.status.language), glyphs, 0)
    return {mark.name: mark.box for mark in sheet if isinstance(mark, Touch)}


def shared(one: Box, other: Box) -> float:
    """Return the smaller side of the intersection of two boxes, in pixels."""
    wide = min(one.right, other.right) - max(one.x, other.x)
    return max(0.0, min(wide, min(one.bottom, other.bottom) - max(one.y, other.y)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_costly_answer_is_not_at_the_place_of_a_habitual_touch(size: tuple[int, int, float]) -> None:
    glyphs, met, looked = Glyphs(), {}, 0
    for usual, asking, answers in ASKED:
        drawn = {shot.name: shot for shot in shots(f"{usual}-")}
        for shot in shots(f"{asking}-"):
            if (twin := drawn.get(shot.name.replace(asking, usual))) is None:
                continue
            habit, here = places(twin, size, glyphs), places(shot, size, glyphs)
            (answer,) = (here[each] for each in answers if each in here)
            looked += 1
            worst = max(shared(habit[each], answer) for each in HABITS if each in habit)
            if worst > Theme(*size).u(1):
                met[shot.name] = worst
    assert met == {} and looked > 20
