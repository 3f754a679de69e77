"""Test the presenter in an offscreen window: drawing, touches, and no patron data left in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from kiosk.events import Landed, Pressed
from kiosk.screens.display_list import Fill
from kiosk.screens.geometry import Box
from kiosk.screens.kivy_setup import prepare
from kiosk.screens.sample_parts import BOOKS, guest, line, loan, status
from kiosk.views import (
    Account,
    Borrowing,
    Farewell,
    Focus,
    Help,
    Identify,
    LineState,
    OutOfOrder,
    Technician,
    TouchTest,
    View,
    VisitTask,
    Welcome,
)
from kiosk.words import Words
from lending.model import ItemId

prepare(1280, 800, fullscreen=False)

from kivy.base import EventLoop  # noqa: E402
from kivy.clock import Clock  # noqa: E402
from kivy.core.window import Window  # noqa: E402

from kiosk.screens.presenter import BUSY_FPS, IDLE_FPS, BuiltInScreen, ScreenPresenter  # noqa: E402
from kiosk.screens.screen_inspector import ScreenProbe  # noqa: E402

ADA = guest("en", 3)
EN = status("en")
BOOK = line(BOOKS["en"][4], LineState.DONE, 4)


@pytest.fixture
def pressed() -> list[Pressed | Landed]:
    return []


@pytest.fixture
def face(pressed: list[Pressed | Landed]) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    words = {language: Words(language) for language in ("en", "zh")}
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), words.__getitem__, pressed.append)
    Window.add_widget(shown)
    yield shown
    Window.remove_widget(shown)


@pytest.fixture
def glass(face: ScreenPresenter) -> ScreenProbe:
    return ScreenProbe(face)


def press(glass: ScreenProbe, name: str, item: str | None = None, choice: str | None = None) -> None:
    found = next(each for each in glass.targets() if (each.name, each.item, each.choice) == (name, item, choice))
    glass.touch(*found.centre)


def test_touch_on_an_action_is_reported_once(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(Welcome(), EN)
    press(glass, "borrow")
    assert pressed == [Pressed("borrow")]


def test_touch_outside_every_action_reports_nothing(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(Welcome(), EN)
    glass.touch(516, 300)
    assert pressed == []


def test_disabled_action_reports_nothing(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(Identify(VisitTask.BORROW), EN)
    press(glass, "continue")
    assert pressed == []
    press(glass, "key", choice="7")
    assert pressed == [Pressed("key", choice="7")]


def test_covered_action_is_marked_and_reports_nothing(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(Welcome(), EN)
    face.sheet = (*face.sheet, Fill(Box(0, 100, 1280, 700), "#FFFFFF"))
    covered = {each.name: each.uncovered for each in glass.targets()}
    assert not covered["borrow"]
    assert covered["languages"]
    assert "Borrow" not in glass.texts()
    press(glass, "borrow")
    assert pressed == []


def test_row_button_reports_its_item(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    loans = tuple(loan(book, number, 7, {}) for number, book in enumerate(BOOKS["en"][:3]))
    face.show(Account(ADA, loans), EN)
    press(glass, "renew", item=loans[1].item)
    assert pressed == [Pressed("renew", ItemId(loans[1].item))]


def test_more_button_pages_the_list_and_reports_nothing(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    loans = tuple(loan(book, number, 7, {}) for number, book in enumerate(BOOKS["en"]))
    face.show(Account(ADA, loans), EN)
    assert not any(text.startswith("Art and") for text in glass.texts())
    press(glass, "more")
    press(glass, "more")
    assert any(text.startswith("Art and") for text in glass.texts())
    press(glass, "more")
    assert loans[0].title in glass.texts()
    assert pressed == []


def test_touch_that_slides_away_reports_nothing(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(Welcome(), EN)
    borrow = next(each for each in glass.targets() if each.name == "borrow").centre
    glass.touch(*borrow, lifted=(1200, 300))
    assert pressed == []


def test_countdown_during_a_touch_keeps_the_touch(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(Farewell((BOOK,), ADA, seconds=8), EN)
    paper = next(each for each in glass.targets() if each.name == "receipt_paper").centre
    with glass.holding(*paper):
        face.show(Farewell((BOOK,), ADA, seconds=7), EN)
    assert pressed == [Pressed("receipt_paper")]


def test_action_removed_during_a_touch_is_not_pressed(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed]
) -> None:
    face.show(Welcome(), EN)
    borrow = next(each for each in glass.targets() if each.name == "borrow").centre
    with glass.holding(*borrow):
        face.show(Borrowing(ADA, (BOOK,)), EN)
    assert pressed == []


def test_progress_ring_turns_only_while_an_item_is_checked(face: ScreenPresenter) -> None:
    face.show(Borrowing(ADA, (line(BOOKS["en"][3], LineState.CHECKING, 3),)), EN)
    assert face._motion.is_triggered
    (ring,) = face._painter._turning.values()
    face._move(0)
    assert ring.angle == -45
    face.show(Borrowing(ADA, (BOOK,)), EN)
    assert not face._motion.is_triggered


def test_progress_ring_does_not_turn_with_reduced_motion(face: ScreenPresenter) -> None:
    checking = Borrowing(ADA, (line(BOOKS["en"][3], LineState.CHECKING, 3),))
    face.show(checking, replace(EN, still=True))
    assert not face._motion.is_triggered
    face.show(checking, EN)
    assert face._motion.is_triggered
    face.show(checking, replace(EN, still=True))
    assert not face._motion.is_triggered, "also during the motion"


def test_probe_returns_the_texts_of_the_screen(face: ScreenPresenter, glass: ScreenProbe) -> None:
    face.show(Borrowing(ADA, (BOOK,)), EN)
    assert {"Seasons of the sea", "Borrowed", "Sun 20 Dec", "Borrowing for Ada L."} <= set(glass.texts())
    face.show(Borrowing(ADA, (BOOK,)), status("zh"))
    assert "已借出" in glass.texts()


def test_screenshot_has_the_given_name_and_screen_colours(
    face: ScreenPresenter, glass: ScreenProbe, tmp_path: Path
) -> None:
    face.show(Welcome(), EN)
    glass.shot(tmp_path / "welcome.png")
    assert [path.name for path in tmp_path.iterdir()] == ["welcome.png"]
    picture = Image.open(tmp_path / "welcome.png")
    assert picture.size == (1280, 800)
    assert picture.getpixel((200, 400)) == (0xFA, 0x80, 0x40)
    assert picture.getpixel((640, 683)) == (0x1A, 0x16, 0x11)


def test_screenshot_captures_the_moment_and_is_written_by_another_thread(
    face: ScreenPresenter, glass: ScreenProbe, tmp_path: Path
) -> None:
    face.show(Welcome(), EN)
    glass.shot(tmp_path / "light.png")
    write = glass.taken(tmp_path / "taken.png")
    face.show(Welcome(), replace(EN, contrast=True))
    assert not (tmp_path / "taken.png").exists(), "the window changes before the picture is written"
    writer = Thread(target=write)
    writer.start()
    writer.join()
    assert (tmp_path / "taken.png").read_bytes() == (tmp_path / "light.png").read_bytes()


def test_unchanged_marks_are_not_redrawn(face: ScreenPresenter) -> None:
    face.show(Borrowing(ADA, (BOOK,)), EN)
    before = dict(face._painter._groups)
    face.show(Borrowing(ADA, (line(BOOKS["en"][3], LineState.CHECKING, 3), BOOK)), EN)
    kept = [mark for mark, group in face._painter._groups.items() if before.get(mark) is group]
    assert len(kept) > 40


@pytest.mark.parametrize("home", [Welcome(), OutOfOrder("full")])
def test_patron_data_is_cleared_after_the_visit(face: ScreenPresenter, glass: ScreenProbe, home: View) -> None:
    face.show(Borrowing(ADA, (BOOK,)), EN)
    assert "Ada" in remembered(face)
    assert BOOK.title in remembered(face)
    face.show(home, EN)
    assert "Ada" not in remembered(face)
    assert BOOK.title not in remembered(face)


def remembered(face: ScreenPresenter) -> str:
    """Return all text in the presenter's memory."""
    painter = face._painter
    return repr(
        (painter._groups.keys(), painter._words.keys(), painter._covers.keys(), face._glyphs._widths, face.sheet)
    )


def test_duplicate_mark_is_removed_with_its_screen(face: ScreenPresenter, glass: ScreenProbe, tmp_path: Path) -> None:
    """Regression: two equal overlapping rules once stayed on every later screen."""
    face.show(Help(Welcome()), EN)
    glass.shot(tmp_path / "before.png")
    around = len(face.canvas.children) - len(face.sheet)
    for view in (Account(guest("en", 0)), Account(guest("en", 0), ()), Help(Welcome())):
        face.show(view, EN)
        face.settle()
        assert len(face.canvas.children) - len(face.sheet) == around
    glass.shot(tmp_path / "after.png")
    assert (tmp_path / "after.png").read_bytes() == (tmp_path / "before.png").read_bytes()


def test_scan_redraws_only_new_marks(face: ScreenPresenter) -> None:
    lines = tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS["en"]))
    face.show(Borrowing(ADA, lines[:1]), EN)
    before = dict(face._painter._groups)
    face.show(Borrowing(ADA, lines[1::-1]), EN)
    after = face._painter._groups
    stayed = before.keys() & after.keys()
    assert len(stayed) > len(after) // 3
    assert all(after[mark] is before[mark] for mark in stayed)


def test_frame_rate_drops_without_touches(face: ScreenPresenter, glass: ScreenProbe) -> None:
    assert Clock._max_fps == IDLE_FPS
    face.show(Welcome(), EN)
    press(glass, "borrow")
    assert Clock._max_fps == BUSY_FPS
    face._calm(0)
    assert Clock._max_fps == IDLE_FPS


def test_high_contrast_and_large_text_are_drawn(face: ScreenPresenter, glass: ScreenProbe, tmp_path: Path) -> None:
    face.show(Welcome(), replace(EN, contrast=True, large_text=True))
    glass.shot(tmp_path / "contrast.png")
    assert Image.open(tmp_path / "contrast.png").getpixel((640, 110)) == (0, 0, 0)
    assert EN.library not in glass.texts()


def test_long_list_pages_to_the_focused_action(face: ScreenPresenter, glass: ScreenProbe) -> None:
    loans = tuple(loan(BOOKS["en"][n % 10], n, 3 + n, {}) for n in range(14))
    account = Account(ADA, loans)
    face.show(account, EN)
    seen = {target.item for target in glass.targets() if target.name == "renew"}
    hidden = next(each.item for each in reversed(loans) if each.item not in seen)
    face.show(account, replace(EN, focus=Focus("renew", hidden)))
    assert hidden in {target.item for target in glass.targets() if target.name == "renew"}
    face.show(account, replace(EN, focus=Focus("renew", loans[0].item)))
    assert loans[0].item in {target.item for target in glass.targets() if target.name == "renew"}


SPOT_MM = 3 + 12 / 2
"""Distance from the edges to the centre of a corner ring, in units."""


def test_touch_test_reports_the_distance_from_the_target(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed]
) -> None:
    face.show(TouchTest(Technician(Welcome())), EN)
    near = face.theme.u(SPOT_MM)
    glass.touch(near, near)
    glass.touch(near + 3 * face.theme.px_per_mm, near + 4 * face.theme.px_per_mm)
    glass.touch(1280 - near, 800 - near)
    exact, near_miss, mirrored = [each.off for each in pressed if isinstance(each, Landed)]
    assert exact < 0.2
    assert near_miss == pytest.approx(5.0, abs=0.2)
    assert mirrored > 200, "a panel that is turned by 180 degrees"
    press(glass, "back")
    assert pressed[3:] == [Pressed("back")]


def test_dark_screen_is_black_and_a_touch_only_wakes_it(
    face: ScreenPresenter, glass: ScreenProbe, pressed: list[Pressed | Landed], tmp_path: Path
) -> None:
    woken: list[bool] = []
    face.sleep_by(lambda: woken.append(True))
    face.show(Welcome(), EN)
    borrow = next(each for each in glass.targets() if each.name == "borrow").centre
    face.darken(True)
    face.show(Welcome(), replace(EN, online=False))
    glass.shot(tmp_path / "dark.png")
    assert Image.open(tmp_path / "dark.png").getextrema() == ((0, 0), (0, 0), (0, 0))
    glass.touch(*borrow)
    assert (woken, pressed, glass.texts()) == ([True], [], [])
    face.darken(False)
    assert "Offline" in glass.texts()
    glass.touch(*borrow)
    assert pressed == [Pressed("borrow")]
