"""Test where buttons and menus are: a habitual touch costs nothing, menus are within reach, the focus ring fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.draw_context import frame_for
from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import focus_of, is_drawn
from kiosk.screens.rendering.display_list import Box, Icon, Outline, Sheet
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Focus, actions
from tests.kiosk.screens.audit import spilled
from tests.kiosk.screens.sheets import SIZED, Size, drawn, sample, touches

ASKED = (
    ("Details-contacts", "Details-why", ("withdraw", "give")),
    ("Details-contacts", "Details-erase", ("erase_all",)),
)
"""A usual screen, the screen that asks for an answer, and the answer.

The fee button replaces Finish and shows the price; the session ignores touches in its first second.
"""
HABITS = ("finish", "next", "back", "enter")


def places(shot: Shot, size: Size) -> dict[str, Box]:
    return {mark.name: mark.box for mark in touches(drawn(shot, size))}


def shared(one: Box, other: Box) -> float:
    """Return the smaller side of the intersection of two boxes, in pixels."""
    wide = min(one.right, other.right) - max(one.x, other.x)
    return max(0.0, min(wide, min(one.bottom, other.bottom) - max(one.y, other.y)))


@SIZED
def test_costly_answer_is_not_at_the_place_of_a_habitual_touch(size: Size) -> None:
    met, looked = dict[str, float](), 0
    for usual, asking, answers in ASKED:
        twins = {shot.name: shot for shot in shots(f"{usual}-")}
        for shot in shots(f"{asking}-"):
            if (twin := twins.get(shot.name.replace(asking, usual))) is None:
                continue
            habit, here = places(twin, size), places(shot, size)
            (answer,) = (here[each] for each in answers if each in here)
            looked += 1
            worst = max(shared(habit[each], answer) for each in HABITS if each in habit)
            if worst > Theme(*size).u(1):
                met[shot.name] = worst
    assert met == {} and looked > 20


CHOICES = {"AskLibrarian": "ask", "Feedback-topic": "topic", "Details-all": "open", "Learn": "learn"}


def choices(name: str, size: Size) -> list[Box]:
    return [mark.box for mark in touches(drawn(sample(f"{name}-zh-light"), size), CHOICES[name])]


@pytest.mark.parametrize("name", CHOICES)
def test_choices_have_icons_and_the_last_row_is_on_the_shelf_line(name: str) -> None:
    size = SIZES[1]
    boxes, line = choices(name, size), frame_for(Theme(*size)).line
    icons = [mark for mark in drawn(sample(f"{name}-zh-light"), size) if isinstance(mark, Icon)]
    assert len(boxes) >= 4
    assert all(sum(box.holds(icon.box) for icon in icons) == 1 for box in boxes)
    assert max(box.bottom for box in boxes) == line.y
    assert min(box.bottom for box in boxes) < line.y


@pytest.mark.parametrize("name", CHOICES)
def test_choices_are_in_the_lower_half_of_a_tall_screen(name: str) -> None:
    size = SIZES[3]
    assert min(box.y for box in choices(name, size)) > size[1] / 2


@pytest.mark.parametrize("name", CHOICES)
def test_icons_are_dropped_for_all_choices_together(name: str) -> None:
    size = SIZES[0]
    boxes = choices(name, size)
    icons = [mark for mark in drawn(sample(f"{name}-zh-light"), size) if isinstance(mark, Icon)]
    assert len({any(box.holds(icon.box) for icon in icons) for box in boxes}) == 1


SMALL = SIZES[0]


def rings(plain: Sheet, ringed: Sheet) -> list[Outline]:
    assert ringed[: len(plain)] == plain, "the focus moves no mark"
    return [mark for mark in ringed[len(plain) :] if isinstance(mark, Outline)]


@pytest.mark.parametrize(
    "looks", ["-en-light", *(pytest.param(each, marks=pytest.mark.gallery) for each in ("-light", "-large"))]
)
def test_focus_ring_surrounds_every_reachable_action(looks: str) -> None:
    tried: set[object] = set()
    for shot in shots(looks):
        if shot.status.contrast:  # colours do not change the ring
            continue
        window = Box(0, 0, SMALL[0], SMALL[1])
        theme = Theme(*SMALL, contrast=shot.status.contrast, large=shot.status.large_text)
        plain = drawn(shot, SMALL)
        targets = {focus_of(mark): mark for mark in touches(plain) if mark.turn is None}
        for action in actions(shot.view, shot.status):
            known = (type(shot.view), action.name, shot.status.language)
            if not action.enabled or action.focus not in targets or known in tried:
                continue
            tried.add(known)
            status = replace(shot.status, focus=action.focus)
            ringed = drawn(shot, SMALL, status=status)
            gap, ring = rings(plain, ringed)
            box = targets[action.focus].box
            assert ring.box.holds(gap.box)
            assert gap.box.holds(box) or not window.inset(theme.u(1.1)).holds(box), "except at the edge of the screen"
            assert gap.colour != ring.colour, "it is visible on any background"
            assert list(spilled(ringed)) == list(spilled(plain)), (shot.name, action.name)
            assert window.holds(ring.box), (shot.name, action.name)


def test_focus_on_an_absent_action_draws_nothing() -> None:
    shot = next(shots("Welcome"))
    plain = drawn(shot)
    assert drawn(shot, status=replace(shot.status, focus=Focus("renew_all"))) == plain
    assert not is_drawn(Focus("renew_all"), plain)
