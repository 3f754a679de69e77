"""Test the overflow pages of large text, and the return to the screen when something new is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.events import Pressed, TargetTouched
from kiosk.screens.gallery import shots
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.kivy_setup import prepare
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
def pressed() -> list[Pressed | TargetTouched]:
    return []


@pytest.fixture
def presenter(pressed: list[Pressed | TargetTouched]) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), {"en": Words("en")}.__getitem__, pressed.append)
    Window.add_widget(shown)
    yield shown
    Window.remove_widget(shown)


def read(presenter: ScreenPresenter) -> set[str]:
    return {mark.text for mark in presenter.sheet if isinstance(mark, Text)}


def turn(presenter: ScreenPresenter) -> None:
    """Turn to the pages after the whole list."""
    probe = ScreenProbe(presenter)
    for _ in range(9):
        if "Today" not in read(presenter):
            probe.touch(*next(each for each in probe.targets() if each.name == "more").centre)


def test_overflow_page_stays_open_during_the_countdown(
    presenter: ScreenPresenter, pressed: list[Pressed | TargetTouched]
) -> None:
    view = SHOT.view
    assert isinstance(view, Farewell)
    presenter.show(view, LARGE)
    assert "Today" not in read(presenter)
    turn(presenter)
    assert "Today" in read(presenter) and pressed == []
    presenter.show(replace(view, seconds=view.seconds - 1), LARGE)
    assert "Today" in read(presenter)


@pytest.mark.parametrize("plain", [False, True])
def test_changed_content_returns_to_the_first_page(presenter: ScreenPresenter, plain: bool) -> None:
    view = SHOT.view
    assert isinstance(view, Farewell)
    presenter.show(view, LARGE)
    top = presenter.sheet
    turn(presenter)
    assert presenter.sheet != top
    if plain:
        presenter.show(view, replace(LARGE, large_text=False))
        presenter.show(view, LARGE)
    else:
        presenter.show(replace(view, code="ABC123"), LARGE)
        presenter.show(view, LARGE)
    assert presenter.sheet == top
