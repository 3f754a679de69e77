"""Test the overflow pages of large text, and the return to the screen when something new is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.events import Landed, Pressed
from kiosk.screens.display_list import Text
from kiosk.screens.gallery import shots
from kiosk.screens.kivy_setup import prepare
from kiosk.views import Farewell, Status
from kiosk.words import Words

prepare(1280, 800, fullscreen=False)

from kivy.base import EventLoop  # noqa: E402
from kivy.core.window import Window  # noqa: E402

from kiosk.screens.presenter import BuiltInScreen, ScreenPresenter  # noqa: E402
from kiosk.screens.screen_inspector import ScreenProbe  # noqa: E402

SHOT = next(shots("Farewell-en-large"))
LARGE: Status = SHOT.status


@pytest.fixture
def pressed() -> list[Pressed | Landed]:
    return []


@pytest.fixture
def face(pressed: list[Pressed | Landed]) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), {"en": Words("en")}.__getitem__, pressed.append)
    Window.add_widget(shown)
    yield shown
    Window.remove_widget(shown)


def read(face: ScreenPresenter) -> set[str]:
    return {mark.text for mark in face.sheet if isinstance(mark, Text)}


def turn(face: ScreenPresenter) -> None:
    """Turn to the pages after the whole list."""
    glass = ScreenProbe(face)
    for _ in range(9):
        if "Today" not in read(face):
            glass.touch(*next(each for each in glass.targets() if each.name == "more").centre)


def test_overflow_page_stays_open_during_the_countdown(face: ScreenPresenter, pressed: list[Pressed | Landed]) -> None:
    view = SHOT.view
    assert isinstance(view, Farewell)
    face.show(view, LARGE)
    assert "Today" not in read(face)
    turn(face)
    assert "Today" in read(face) and pressed == []
    face.show(replace(view, seconds=view.seconds - 1), LARGE)
    assert "Today" in read(face)


@pytest.mark.parametrize("plain", [False, True])
def test_changed_content_returns_to_the_first_page(face: ScreenPresenter, plain: bool) -> None:
    view = SHOT.view
    assert isinstance(view, Farewell)
    face.show(view, LARGE)
    top = face.sheet
    turn(face)
    assert face.sheet != top
    if plain:
        face.show(view, replace(LARGE, large_text=False))
        face.show(view, LARGE)
    else:
        face.show(replace(view, code="ABC123"), LARGE)
        face.show(view, LARGE)
    assert face.sheet == top
