"""Test the camera's live picture and the gallery's: position, outline of the code, and polling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from kiosk.hardware.viewfinder import Picture
from kiosk.screens.gallery import shots
from kiosk.screens.rendering.display_list import Box, Live
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import PERSIMMON, Theme
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.screens.samples.sample_pictures import picture_for
from kiosk.views import Borrowing, Identify, LineState, Returning, Welcome, actions
from kiosk.words import Words
from lending.colours import rgb
from lending.languages import languages
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA

prepare(1280, 800, fullscreen=False)

from kivy.base import EventLoop  # noqa: E402
from kivy.core.window import Window  # noqa: E402

from kiosk.screens.gallery import SIZES  # noqa: E402
from kiosk.screens.layout import sheet_of  # noqa: E402
from kiosk.screens.presenter import BuiltInScreen, ScreenPresenter  # noqa: E402
from kiosk.screens.rendering.glyphs import Glyphs  # noqa: E402
from kiosk.screens.rendering.painter import outline  # noqa: E402
from kiosk.screens.screen_inspector import ScreenProbe  # noqa: E402

EN = status("en")
BORROWING = Borrowing(guest("en", 3), (line(BOOKS["en"][4], LineState.DONE, 4),))
SIZE = (768, 432)
CODE = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))


class Finder:
    """Viewfinder with a fixed picture that counts its calls."""

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.asked = 0

    def newest(self) -> Picture | None:
        self.asked += 1
        return self.picture


@pytest.fixture
def finder() -> Finder:
    return Finder()


@pytest.fixture
def presenter(finder: Finder) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    words = {language: Words(language) for language in ("en", "zh")}
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), words.__getitem__, lambda pressed: None)
    shown.look_through(finder.newest)
    Window.add_widget(shown)
    yield shown
    shown.show(Welcome(), EN)
    Window.remove_widget(shown)


def half_and_half(code: tuple[tuple[float, float], ...] = (), size: tuple[int, int] = SIZE) -> Picture:
    """Return a picture that is dark above and light below."""
    picture = Image.new("L", size, 40)
    picture.paste(200, (0, size[1] // 2, *size))
    return Picture(*size, picture.tobytes(), code)


def screenshot(presenter: ScreenPresenter, path: Path) -> tuple[Image.Image, Box]:
    """Return a screenshot and the box of the live picture."""
    ScreenProbe(presenter).shot(path / "glass.png")
    panel = next(mark.box for mark in presenter.sheet if isinstance(mark, Live))
    return Image.open(path / "glass.png").convert("RGB"), panel


def near(pixel: object, colour: str | int) -> bool:
    wanted = rgb(colour) if isinstance(colour, str) else (colour,) * 3
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 6 for one, other in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize("size", [SIZE, (321, 243)])
def test_picture_fills_its_panel_upright(
    presenter: ScreenPresenter, finder: Finder, tmp_path: Path, size: tuple[int, int]
) -> None:
    finder.picture = half_and_half(size=size)
    presenter.show(BORROWING, EN)
    shown, panel = screenshot(presenter, tmp_path)
    x, y = panel.centre
    assert near(shown.getpixel((int(x), int(y - panel.h * 0.3))), 40)
    assert near(shown.getpixel((int(x), int(y + panel.h * 0.45))), 200)
    assert near(shown.getpixel((int(panel.x + 3), int(y + panel.h * 0.3))), 200)
    corner, paper = (shown.getpixel(at) for at in ((int(panel.x), int(panel.y)), (5, 400)))
    assert corner == paper, "its corners are round"


def test_found_code_is_outlined_and_replaces_the_aiming_corners(
    presenter: ScreenPresenter, finder: Finder, tmp_path: Path
) -> None:
    finder.picture = half_and_half()
    presenter.show(BORROWING, EN)
    aiming, _ = screenshot(presenter, tmp_path)
    finder.picture = half_and_half(CODE)
    presenter.show(Borrowing(guest("en", 4), BORROWING.lines), EN)
    found, panel = screenshot(presenter, tmp_path)
    mark = next(mark for mark in presenter.sheet if isinstance(mark, Live))
    corner = mark.aim[0].centre
    assert near(aiming.getpixel((int(corner[0]), int(corner[1]))), mark.aim_colour)
    assert not near(found.getpixel((int(corner[0]), int(corner[1]))), mark.aim_colour)
    left = outline(SIZE, CODE, panel)[0][0]
    assert near(found.getpixel((round(left), int(panel.centre[1]))), PERSIMMON)


def test_newer_picture_is_drawn_without_a_new_sheet(presenter: ScreenPresenter, finder: Finder, tmp_path: Path) -> None:
    finder.picture = half_and_half()
    presenter.show(BORROWING, EN)
    sheet = presenter.sheet
    finder.picture = Picture(*SIZE, bytes([120]) * SIZE[0] * SIZE[1])
    presenter._refresh(0)
    shown, panel = screenshot(presenter, tmp_path)
    assert presenter.sheet is sheet
    assert near(shown.getpixel((int(panel.centre[0]), int(panel.y + panel.h * 0.1))), 120)


def test_camera_is_polled_only_while_its_picture_is_shown(presenter: ScreenPresenter, finder: Finder) -> None:
    presenter.show(Welcome(), EN)
    assert not presenter._live.is_triggered
    presenter.show(Returning(), EN)
    assert presenter._live.is_triggered
    asked = finder.asked
    presenter._refresh(0)
    assert finder.asked == asked + 1
    presenter.show(Welcome(), EN)
    assert not presenter._live.is_triggered


def test_panel_is_empty_before_the_first_picture(presenter: ScreenPresenter, finder: Finder, tmp_path: Path) -> None:
    presenter.show(BORROWING, EN)
    shown, panel = screenshot(presenter, tmp_path)
    assert near(shown.getpixel((int(panel.centre[0]), int(panel.centre[1]))), "#4B4A48")


def test_picture_is_cleared_after_the_visit(presenter: ScreenPresenter, finder: Finder, tmp_path: Path) -> None:
    finder.picture = half_and_half()
    presenter.show(BORROWING, EN)
    presenter.show(Welcome(), EN)
    finder.picture = None
    presenter.show(BORROWING, EN)
    shown, panel = screenshot(presenter, tmp_path)
    assert near(shown.getpixel((int(panel.centre[0]), int(panel.y + panel.h * 0.1))), "#4B4A48")


def test_screen_without_a_camera_has_no_live_picture() -> None:
    words = {"en": Words("en")}
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), words.__getitem__, lambda pressed: None)
    shown.show(BORROWING, EN)
    assert not any(isinstance(mark, Live) for mark in shown.sheet)


def test_outline_surrounds_the_code_and_stays_in_the_panel() -> None:
    panel = Box(100, 50, 400, 300)
    inside = outline((800, 600), ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)), panel)
    (left, top), _, (right, bottom), _ = inside
    assert 195 < left < 200 and 120 < top < 125 and 400 < right < 405 and 275 < bottom < 280
    cut = outline((1600, 600), ((0.0, 0.4), (0.5, 0.4), (0.5, 0.6), (0.0, 0.6)), panel)
    assert all(panel.holds(Box(x, y, 0, 0)) for x, y in cut)


@pytest.mark.parametrize("looks", ["-en-light,-zh-light", pytest.param("-light,-large", marks=pytest.mark.gallery)])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_screen_with_a_live_picture_passes_the_audit(size: tuple[int, int, float], looks: str) -> None:
    """The live picture replaces the camera panel, and nothing else changes."""
    words, glyphs = {each: Words(each) for each in languages()}, Glyphs()
    count = 0
    for shot in shots(looks):
        if not isinstance(shot.view, Borrowing | Returning | Identify) or shot.status.contrast:
            continue
        theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
        sheet = sheet_of(shot.view, shot.status, theme, words[shot.status.language], glyphs, live=True)
        found = [mark for mark in sheet if isinstance(mark, Live)]
        assert len(found) <= 1, shot.name
        for mark in found:
            assert all(mark.box.holds(each) for each in mark.aim), shot.name
        assert faults(sheet, theme, actions(shot.view, shot.status), DATA) == [], shot.name
        count += len(found)
    assert count > 20


def drawn(name: str, language: str) -> tuple[Picture, Image.Image]:
    picture = picture_for(name, language)
    assert picture is not None
    return picture, Image.frombytes("L", (picture.width, picture.height), picture.luma)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_outline_matches_the_bars(language: str) -> None:
    picture, image = drawn("Borrowing-live", language)
    (left, top), (right, _), _, (_, bottom) = picture.code
    stripes = _along(image, (left, (top + bottom) / 2), (right, (top + bottom) / 2 + picture.code[1][1] - top))
    assert min(stripes) < 70 and max(stripes) > 190
    dark = [shade < 130 for shade in stripes]
    assert sum(one != other for one, other in pairwise(dark)) > 30
    margin = _along(image, (left - 0.02, top), (left - 0.02, bottom))
    assert min(margin) > 190, "only the label's paper is left of the bars"


def _along(image: Image.Image, start: tuple[float, float], end: tuple[float, float]) -> list[int]:
    steps = 600
    shades = list[int]()
    for at in range(steps + 1):
        x, y = (a + (b - a) * at / steps for a, b in zip(start, end, strict=True))
        shade = image.getpixel((int(x * image.width), int(y * image.height)))
        assert isinstance(shade, int)
        shades.append(shade)
    return shades


def test_approaching_card_has_no_code_and_only_live_samples_have_pictures() -> None:
    assert drawn("Identify-live", "en")[0].code == ()
    assert picture_for("Borrowing-many", "en") is None
    live = [shot.name for shot in shots() if shot.picture is not None]
    assert len(live) == 34 and all("-live-" in name for name in live)
