"""Test that the focus ring is around the action that would be pressed, and covers no text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import focus_of, is_drawn, sheet_of
from kiosk.screens.rendering.display_list import Box, Outline, Sheet, Touch
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Focus, actions
from kiosk.words import Words
from lending.languages import languages
from tests.kiosk.screens.audit import spilled

SMALL = SIZES[0]


def rings(plain: Sheet, ringed: Sheet) -> list[Outline]:
    assert ringed[: len(plain)] == plain, "the focus moves no mark"
    return [mark for mark in ringed[len(plain) :] if isinstance(mark, Outline)]


@pytest.mark.parametrize(
    "looks", ["-en-light", *(pytest.param(each, marks=pytest.mark.gallery) for each in ("-light", "-large"))]
)
def test_focus_ring_surrounds_every_reachable_action(glyphs: Glyphs, looks: str) -> None:
    words = {language: Words(language) for language in languages()}
    tried: set[object] = set()
    for shot in shots(looks):
        if shot.status.contrast:  # colours do not change the ring
            continue
        window = Box(0, 0, SMALL[0], SMALL[1])
        theme = Theme(*SMALL, contrast=shot.status.contrast, large=shot.status.large_text)
        plain = sheet_of(shot.view, shot.status, theme, words[shot.status.language], glyphs)
        touches = {focus_of(mark): mark for mark in plain if isinstance(mark, Touch) and mark.turn is None}
        for action in actions(shot.view, shot.status):
            known = (type(shot.view), action.name, shot.status.language)
            if not action.enabled or action.focus not in touches or known in tried:
                continue
            tried.add(known)
            status = replace(shot.status, focus=action.focus)
            ringed = sheet_of(shot.view, status, theme, words[shot.status.language], glyphs)
            gap, ring = rings(plain, ringed)
            box = touches[action.focus].box
            assert ring.box.holds(gap.box)
            assert gap.box.holds(box) or not window.inset(theme.u(1.1)).holds(box), "except at the edge of the screen"
            assert gap.colour != ring.colour, "it is visible on any background"
            assert list(spilled(ringed)) == list(spilled(plain)), (shot.name, action.name)
            assert window.holds(ring.box), (shot.name, action.name)


def test_focus_on_an_absent_action_draws_nothing(glyphs: Glyphs) -> None:
    shot = next(shots("Welcome"))
    theme = Theme(1280, 800, 10.1)
    plain = sheet_of(shot.view, shot.status, theme, Words("en"), glyphs)
    status = replace(shot.status, focus=Focus("renew_all"))
    assert sheet_of(shot.view, status, theme, Words("en"), glyphs) == plain
    assert not is_drawn(Focus("renew_all"), plain)
