"""Test that missing things are not shown as present: camera, name on a card, title, answered question."""

from __future__ import annotations

import pytest

from kiosk.screens.components.camera import GLASS
from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Cover, Fill, Icon, Sheet, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.words import Words

WORDS = Words("zh")


def sheet(name: str) -> Sheet:
    shot = next(each for each in shots(name) if each.name == f"{name}-zh-light")
    return sheet_of(shot.view, shot.status, Theme(*SIZES[1]), WORDS, Glyphs())


def shows_camera_panel(name: str) -> bool:
    return any(isinstance(mark, Fill) and mark.colour == GLASS for mark in sheet(name))


@pytest.mark.parametrize("name", ["Identify-no-camera", "Identify-by-hand", "Identify-never-a-camera"])
def test_camera_hint_is_hidden_without_a_working_camera(name: str) -> None:
    assert shows_camera_panel("Identify")
    assert not shows_camera_panel(name)


def test_broken_camera_differs_from_a_missing_camera() -> None:
    def closed(name: str) -> bool:
        return any(isinstance(mark, Icon) and mark.name == "eye-off" for mark in sheet(name))

    assert closed("Identify-no-camera")
    assert not closed("Identify-never-a-camera")
    said = {mark.text for mark in sheet("Identify-never-a-camera") if isinstance(mark, Text)}
    assert WORDS.say("The number is printed on your card.") in said


def test_unknown_item_has_a_cover_without_a_title() -> None:
    (cover,) = [mark for mark in sheet("Refused-unknown_item") if isinstance(mark, Cover)]
    (known,) = [mark for mark in sheet("Refused-reading_room") if isinstance(mark, Cover)]
    assert (cover.title, bool(known.title)) == ("", True)


def test_confirmation_hint_is_hidden_after_erasure() -> None:
    promise = WORDS.say("Nothing happens until you confirm here.")

    def said(name: str) -> str:
        return "".join(mark.whole or "" for mark in sheet(name) if isinstance(mark, Text))

    assert promise in said("Details-erase")
    assert promise not in said("Details-erased")
