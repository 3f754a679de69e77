"""Test the presenter in an offscreen window: drawing, touches, and no patron data left in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from kiosk.events import Pressed, TargetTouched
from kiosk.screens.rendering.display_list import Box, Fill
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.samples.all_samples import samples
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, loan, status
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
def pressed() -> list[Pressed | TargetTouched]:
    return []


@pytest.fixture
def presenter(pressed: list[Pressed | TargetTouched]) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    words = {language: Words(language) for language in ("en", "zh")}
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), words.__getitem__, pressed.append)
    Window.add_widget(shown)
    yield shown
    Window.remove_widget(shown)


@pytest.fixture
def probe(presenter: ScreenPresenter) -> ScreenProbe:
    return ScreenProbe(presenter)


def press(probe: ScreenProbe, name: str, item: str | None = None, choice: str | None = None) -> None:
    found = next(each for each in probe.targets() if (each.name, each.item, each.choice) == (name, item, choice))
    probe.touch(*found.centre)


def test_touch_on_an_action_is_reported_once(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(Welcome(), EN)
    press(probe, "borrow")
    assert pressed == [Pressed("borrow")]


def test_touch_outside_every_action_reports_nothing(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(Welcome(), EN)
    probe.touch(516, 300)
    assert pressed == []


def test_disabled_action_reports_nothing(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(Identify(VisitTask.BORROW), EN)
    press(probe, "continue")
    assert pressed == []
    press(probe, "key", choice="7")
    assert pressed == [Pressed("key", choice="7")]


def test_covered_action_is_marked_and_reports_nothing(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(Welcome(), EN)
    presenter.sheet = (*presenter.sheet, Fill(Box(0, 100, 1280, 700), "#FFFFFF"))
    covered = {each.name: each.uncovered for each in probe.targets()}
    assert not covered["borrow"]
    assert covered["languages"]
    assert "Borrow" not in probe.texts()
    press(probe, "borrow")
    assert pressed == []


def test_row_button_reports_its_item(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    loans = tuple(loan(book, number, 7, {}) for number, book in enumerate(BOOKS["en"][:3]))
    presenter.show(Account(ADA, loans), EN)
    press(probe, "renew", item=loans[1].item)
    assert pressed == [Pressed("renew", ItemId(loans[1].item))]


def test_more_button_pages_the_list_and_reports_nothing(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    loans = tuple(loan(book, number, 7, {}) for number, book in enumerate(BOOKS["en"]))
    presenter.show(Account(ADA, loans), EN)
    assert not any(text.startswith("Art and") for text in probe.texts())
    press(probe, "more")
    press(probe, "more")
    assert any(text.startswith("Art and") for text in probe.texts())
    press(probe, "more")
    assert loans[0].title in probe.texts()
    assert pressed == []


def test_back_from_a_title_keeps_the_place_in_recommendations(presenter: ScreenPresenter, probe: ScreenProbe) -> None:
    views = dict(samples("en"))
    recommendations, page = views["ForYou"], views["TitlePage"]
    presenter.show(recommendations, EN)
    press(probe, "more")
    place = probe.texts()
    for between in (page, views["Learn-courses"]):
        presenter.show(between, EN)
        presenter.show(recommendations, EN)
        assert probe.texts() == place
    for between in (views["Account-one"], Welcome()):
        presenter.show(page, EN)
        presenter.show(between, EN)
        presenter.show(recommendations, EN)
        assert probe.texts() != place


def test_touch_that_slides_away_reports_nothing(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(Welcome(), EN)
    borrow = next(each for each in probe.targets() if each.name == "borrow").centre
    probe.touch(*borrow, lifted=(1200, 300))
    assert pressed == []


def test_countdown_during_a_touch_keeps_the_touch(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(Farewell((BOOK,), ADA, seconds=8), EN)
    paper = next(each for each in probe.targets() if each.name == "receipt_paper").centre
    with probe.holding(*paper):
        presenter.show(Farewell((BOOK,), ADA, seconds=7), EN)
    assert pressed == [Pressed("receipt_paper")]


def test_action_removed_during_a_touch_is_not_pressed(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed]
) -> None:
    presenter.show(Welcome(), EN)
    borrow = next(each for each in probe.targets() if each.name == "borrow").centre
    with probe.holding(*borrow):
        presenter.show(Borrowing(ADA, (BOOK,)), EN)
    assert pressed == []


def test_progress_ring_turns_only_while_an_item_is_checked(presenter: ScreenPresenter) -> None:
    presenter.show(Borrowing(ADA, (line(BOOKS["en"][3], LineState.CHECKING, 3),)), EN)
    assert presenter._motion.is_triggered
    (ring,) = presenter._painter._turning.values()
    presenter._move(0)
    assert ring.angle == -45
    presenter.show(Borrowing(ADA, (BOOK,)), EN)
    assert not presenter._motion.is_triggered


def test_progress_ring_does_not_turn_with_reduced_motion(presenter: ScreenPresenter) -> None:
    checking = Borrowing(ADA, (line(BOOKS["en"][3], LineState.CHECKING, 3),))
    presenter.show(checking, replace(EN, still=True))
    assert not presenter._motion.is_triggered
    presenter.show(checking, EN)
    assert presenter._motion.is_triggered
    presenter.show(checking, replace(EN, still=True))
    assert not presenter._motion.is_triggered, "also during the motion"


def test_probe_returns_the_texts_of_the_screen(presenter: ScreenPresenter, probe: ScreenProbe) -> None:
    presenter.show(Borrowing(ADA, (BOOK,)), EN)
    assert {"Seasons of the sea", "Borrowed", "Sun 20 Dec", "Borrowing for Ada L."} <= set(probe.texts())
    presenter.show(Borrowing(ADA, (BOOK,)), status("zh"))
    assert "已借出" in probe.texts()


def test_screenshot_has_the_given_name_and_screen_colours(
    presenter: ScreenPresenter, probe: ScreenProbe, tmp_path: Path
) -> None:
    presenter.show(Welcome(), EN)
    probe.shot(tmp_path / "welcome.png")
    assert [path.name for path in tmp_path.iterdir()] == ["welcome.png"]
    picture = Image.open(tmp_path / "welcome.png")
    assert picture.size == (1280, 800)
    assert picture.getpixel((200, 400)) == (0xFA, 0x80, 0x40)
    assert picture.getpixel((640, 683)) == (0x1A, 0x16, 0x11)


def test_screenshot_captures_the_moment_and_is_written_by_another_thread(
    presenter: ScreenPresenter, probe: ScreenProbe, tmp_path: Path
) -> None:
    presenter.show(Welcome(), EN)
    probe.shot(tmp_path / "light.png")
    write = probe.capture(tmp_path / "taken.png")
    presenter.show(Welcome(), replace(EN, contrast=True))
    assert not (tmp_path / "taken.png").exists(), "the window changes before the picture is written"
    writer = Thread(target=write)
    writer.start()
    writer.join()
    assert (tmp_path / "taken.png").read_bytes() == (tmp_path / "light.png").read_bytes()


def test_unchanged_marks_are_not_redrawn(presenter: ScreenPresenter) -> None:
    presenter.show(Borrowing(ADA, (BOOK,)), EN)
    before = dict(presenter._painter._groups)
    presenter.show(Borrowing(ADA, (line(BOOKS["en"][3], LineState.CHECKING, 3), BOOK)), EN)
    kept = [mark for mark, group in presenter._painter._groups.items() if before.get(mark) is group]
    assert len(kept) > 40


@pytest.mark.parametrize("home", [Welcome(), OutOfOrder("full")])
def test_patron_data_is_cleared_after_the_visit(presenter: ScreenPresenter, probe: ScreenProbe, home: View) -> None:
    presenter.show(Borrowing(ADA, (BOOK,)), EN)
    assert "Ada" in remembered(presenter)
    assert BOOK.title in remembered(presenter)
    presenter.show(home, EN)
    assert "Ada" not in remembered(presenter)
    assert BOOK.title not in remembered(presenter)


def remembered(presenter: ScreenPresenter) -> str:
    """Return all text in the presenter's memory."""
    painter = presenter._painter
    return repr(
        (
            painter._groups.keys(),
            painter._words.keys(),
            painter._covers.keys(),
            presenter._glyphs._widths,
            presenter.sheet,
        )
    )


def test_duplicate_mark_is_removed_with_its_screen(
    presenter: ScreenPresenter, probe: ScreenProbe, tmp_path: Path
) -> None:
    """Regression: two equal overlapping rules once stayed on every later screen."""
    presenter.show(Help(Welcome()), EN)
    probe.shot(tmp_path / "before.png")
    around = len(presenter.canvas.children) - len(presenter.sheet)
    for view in (Account(guest("en", 0)), Account(guest("en", 0), ()), Help(Welcome())):
        presenter.show(view, EN)
        presenter.settle()
        assert len(presenter.canvas.children) - len(presenter.sheet) == around
    probe.shot(tmp_path / "after.png")
    assert (tmp_path / "after.png").read_bytes() == (tmp_path / "before.png").read_bytes()


def test_scan_redraws_only_new_marks(presenter: ScreenPresenter) -> None:
    lines = tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS["en"]))
    presenter.show(Borrowing(ADA, lines[:1]), EN)
    before = dict(presenter._painter._groups)
    presenter.show(Borrowing(ADA, lines[1::-1]), EN)
    after = presenter._painter._groups
    stayed = before.keys() & after.keys()
    assert len(stayed) > len(after) // 3
    assert all(after[mark] is before[mark] for mark in stayed)


def test_frame_rate_drops_without_touches(presenter: ScreenPresenter, probe: ScreenProbe) -> None:
    assert Clock._max_fps == IDLE_FPS
    presenter.show(Welcome(), EN)
    press(probe, "borrow")
    assert Clock._max_fps == BUSY_FPS
    presenter._calm(0)
    assert Clock._max_fps == IDLE_FPS


def test_high_contrast_and_large_text_are_drawn(presenter: ScreenPresenter, probe: ScreenProbe, tmp_path: Path) -> None:
    presenter.show(Welcome(), replace(EN, contrast=True, large_text=True))
    probe.shot(tmp_path / "contrast.png")
    assert Image.open(tmp_path / "contrast.png").getpixel((640, 110)) == (0, 0, 0)
    assert EN.library not in probe.texts()


def test_long_list_pages_to_the_focused_action(presenter: ScreenPresenter, probe: ScreenProbe) -> None:
    loans = tuple(loan(BOOKS["en"][n % 10], n, 3 + n, {}) for n in range(14))
    account = Account(ADA, loans)
    presenter.show(account, EN)
    seen = {target.item for target in probe.targets() if target.name == "renew"}
    hidden = next(each.item for each in reversed(loans) if each.item not in seen)
    presenter.show(account, replace(EN, focus=Focus("renew", hidden)))
    assert hidden in {target.item for target in probe.targets() if target.name == "renew"}
    presenter.show(account, replace(EN, focus=Focus("renew", loans[0].item)))
    assert loans[0].item in {target.item for target in probe.targets() if target.name == "renew"}


SPOT_MM = 3 + 12 / 2
"""Distance from the edges to the centre of a corner ring, in units."""


def test_touch_test_reports_the_distance_from_the_target(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(TouchTest(Technician(Welcome())), EN)
    near = presenter.theme.u(SPOT_MM)
    probe.touch(near, near)
    probe.touch(near + 3 * presenter.theme.px_per_mm, near + 4 * presenter.theme.px_per_mm)
    probe.touch(1280 - near, 800 - near)
    exact, near_miss, mirrored = [each.off for each in pressed if isinstance(each, TargetTouched)]
    assert exact < 0.2
    assert near_miss == pytest.approx(5.0, abs=0.2)
    assert mirrored > 200, "a panel that is turned by 180 degrees"
    press(probe, "back")
    assert pressed[3:] == [Pressed("back")]


def test_dark_screen_is_black_and_a_touch_only_wakes_it(
    presenter: ScreenPresenter, probe: ScreenProbe, pressed: list[Pressed | TargetTouched], tmp_path: Path
) -> None:
    woken: list[bool] = []
    presenter.sleep_by(lambda: woken.append(True))
    presenter.show(Welcome(), EN)
    borrow = next(each for each in probe.targets() if each.name == "borrow").centre
    presenter.darken(True)
    presenter.show(Welcome(), replace(EN, online=False))
    probe.shot(tmp_path / "dark.png")
    assert Image.open(tmp_path / "dark.png").getextrema() == ((0, 0), (0, 0), (0, 0))
    probe.touch(*borrow)
    assert (woken, pressed, probe.texts()) == ([True], [], [])
    presenter.darken(False)
    assert "Offline" in probe.texts()
    probe.touch(*borrow)
    assert pressed == [Pressed("borrow")]
