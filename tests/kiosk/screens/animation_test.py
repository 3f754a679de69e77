"""Test animations: which pieces move between two sheets, and in an offscreen window where they are meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kiosk.events import Pressed, TargetTouched
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Box, Cover, Fill, Leaf, Piece, Sheet
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.screens.samples.sample_showcase import POSTERS
from kiosk.views import Borrowing, Identify, LineState, Returning, Status, View, VisitTask, Welcome
from kiosk.words import Words
from lending.colours import rgb

prepare(1280, 800, fullscreen=False)

from kivy.base import EventLoop  # noqa: E402
from kivy.clock import Clock  # noqa: E402
from kivy.core.window import Window  # noqa: E402
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels  # noqa: E402

from kiosk.screens.presenter import IDLE_FPS, LEAF_FPS, BuiltInScreen, ScreenPresenter  # noqa: E402
from kiosk.screens.rendering.animation import FPS as GLIDING_FPS  # noqa: E402
from kiosk.screens.rendering.animation import Move, going_on, moves  # noqa: E402
from kiosk.screens.screen_inspector import ScreenProbe  # noqa: E402

EN = status("en")
STILL = replace(EN, still=True)
LINES = tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS["en"]))
THREE, FOUR = (Borrowing(guest("en", 3), LINES[number::-1]) for number in (2, 3))


@pytest.fixture
def pressed() -> list[Pressed | TargetTouched]:
    return []


@pytest.fixture
def presenter(pressed: list[Pressed | TargetTouched]) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), {"en": Words("en")}.__getitem__, pressed.append)
    Window.add_widget(shown)
    shown.show(Welcome(), EN)
    yield shown
    shown.show(Welcome(), EN)
    Window.remove_widget(shown)


def frame() -> Image.Image:
    """Return the current window, also during a motion; the first row is the lowest."""
    Window.dispatch("on_draw")
    return drawn()


def drawn() -> Image.Image:
    return Image.frombytes("RGB", (1280, 800), bytes(glReadPixels(0, 0, 1280, 800, GL_RGB, GL_UNSIGNED_BYTE)))


def shot(presenter: ScreenPresenter, folder: Path) -> Image.Image:
    ScreenProbe(presenter).shot(folder / "shot.png")
    return Image.open(folder / "shot.png").transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def lowest_cover(presenter: ScreenPresenter) -> int:
    """Return the distance of the last row's cover from the bottom, in pixels."""
    cover = [mark for mark in presenter.sheet if isinstance(mark, Cover)][-1].box
    column = frame().crop((int(cover.x), 0, int(cover.right), 800))
    paper = column.getpixel((0, 790))
    return next(y for y in range(140, 800) if column.getpixel((int(cover.w / 2), y)) != paper)


def test_row_is_drawn_at_intermediate_positions(presenter: ScreenPresenter) -> None:
    presenter.show(THREE, EN)
    before = lowest_cover(presenter)
    presenter.show(FOUR, EN)
    seen = [lowest_cover(presenter)]
    for seconds in (0.06, 0.12, 0.2):
        presenter._gliding.place(seconds)
        seen.append(lowest_cover(presenter))
    assert seen[0] == before
    assert seen == sorted(set(seen), reverse=True), "lower in each frame"
    assert before - seen[-1] == presenter.theme.u(16), "one place"


def test_card_is_drawn_at_intermediate_positions(presenter: ScreenPresenter) -> None:
    presenter.show(Identify(VisitTask.BORROW), EN)
    frames = [frame().tobytes()]
    for seconds in (0.06, 0.12, 0.2):
        presenter._gliding.place(seconds)
        frames.append(frame().tobytes())
    assert len(set(frames)) == 4
    presenter.show(Identify(VisitTask.BORROW, typed="1"), EN)
    assert not presenter._gliding.moving


def test_text_of_a_new_row_is_complete_in_the_first_frame(presenter: ScreenPresenter) -> None:
    """The first frame equals the last one in this place, although another row moves out from under it."""
    presenter.show(THREE, EN)
    presenter.show(FOUR, EN)
    title = next(mark.box for mark in presenter.sheet if getattr(mark, "text", "") == LINES[3].title)
    words = (int(title.x), int(800 - title.bottom), int(title.right), int(800 - title.y))
    first = frame()
    presenter.settle()
    assert first.crop(words).tobytes() == frame().crop(words).tobytes()
    assert first.tobytes() != frame().tobytes()


def test_first_frame_is_the_final_one_without_animation(presenter: ScreenPresenter, tmp_path: Path) -> None:
    for view in (THREE, FOUR, Identify(VisitTask.BORROW)):
        presenter.show(view, STILL)
        assert not presenter._gliding.moving
        assert frame().tobytes() == shot(presenter, tmp_path).tobytes()


def test_screenshot_shows_the_settled_screen(presenter: ScreenPresenter, tmp_path: Path) -> None:
    presenter.show(THREE, EN)
    presenter.show(FOUR, EN)
    assert frame().tobytes() != shot(presenter, tmp_path).tobytes()
    presenter.show(FOUR, STILL)
    assert frame().tobytes() == shot(presenter, tmp_path).tobytes()


def test_animation_continues_from_the_current_position_after_a_response(presenter: ScreenPresenter) -> None:
    presenter.show(THREE, EN)
    presenter.show(replace(FOUR, lines=(replace(LINES[3], state=LineState.CHECKING), *LINES[2::-1])), EN)
    presenter._gliding.place(0.06)
    there = lowest_cover(presenter)
    presenter.show(FOUR, EN)
    assert lowest_cover(presenter) == there
    presenter.settle()
    assert lowest_cover(presenter) < there


def test_animation_ends_and_stops_its_clock(presenter: ScreenPresenter) -> None:
    presenter.show(THREE, EN)
    assert Clock._max_fps == IDLE_FPS
    presenter.show(FOUR, EN)
    assert Clock._max_fps == GLIDING_FPS
    while presenter._gliding.moving:
        EventLoop.idle()
    assert not presenter._gliding._steps.is_triggered
    assert Clock._max_fps == IDLE_FPS
    rest = frame().tobytes()
    presenter.settle()
    assert frame().tobytes() == rest


def test_turning_leaf_covers_nothing_on_the_next_screen(presenter: ScreenPresenter, tmp_path: Path) -> None:
    shelf = Welcome(slides=POSTERS)
    presenter.show(shelf, EN)
    presenter.last_drawn = 0.0
    presenter.show(replace(shelf, turn=1), EN)
    assert presenter._leaf.turning
    assert Clock._max_fps == LEAF_FPS
    presenter.show(THREE, EN)
    assert not presenter._leaf.turning
    assert frame().tobytes() == shot(presenter, tmp_path).tobytes()


def test_turning_leaf_is_blank_in_its_first_frame(presenter: ScreenPresenter) -> None:
    shelf = Welcome(slides=POSTERS)
    presenter.show(shelf, EN)
    lain = frame()
    presenter.last_drawn = 0.0
    flipped: list[Image.Image] = []

    def on_flip(_window: object) -> None:
        flipped.append(drawn())

    Window.bind(on_flip=on_flip)
    presenter.show(replace(shelf, turn=1), EN)
    Window.unbind(on_flip=on_flip)
    box = next(mark.box for mark in presenter.sheet if isinstance(mark, Leaf))
    place = (round(box.x), round(800 - box.bottom), round(box.right), round(800 - box.y))
    first = flipped[0].crop(place)
    assert first.getcolors() == [(first.width * first.height, rgb(presenter.theme.colours.paper))]
    presenter.settle()
    assert len(frame().crop(place).getcolors(1 << 20) or ()) > 1
    assert frame().crop(place).tobytes() != lain.crop(place).tobytes()


def test_target_is_touched_at_its_final_position(
    presenter: ScreenPresenter, pressed: list[Pressed | TargetTouched]
) -> None:
    presenter.show(THREE, EN)
    presenter.show(FOUR, EN)
    probe = ScreenProbe(presenter)
    probe.touch(*next(each for each in probe.targets() if each.name == "undo").centre)
    assert pressed == [Pressed("undo")]
    assert presenter._gliding.moving, "the touch does not end the motion"


def test_animation_keeps_no_patron_data_on_the_welcome_screen(presenter: ScreenPresenter) -> None:
    presenter.show(THREE, EN)
    presenter.show(FOUR, EN)
    gliding = presenter._gliding
    assert gliding._slides and gliding._fades
    assert LINES[2].title not in repr(gliding._moving)
    assert LINES[2].item not in repr(gliding._moving)
    presenter.show(Welcome(), EN)
    assert (gliding._slides, gliding._fades, gliding._moving) == ([], [], {})
    assert not gliding._steps.is_triggered


SIZES = [(1024, 600, 7.0), (1280, 800, 10.1), (1080, 1920, 21.5)]
ADA = guest("en", 3)
CHECKING_FOUR = Borrowing(ADA, (replace(LINES[3], state=LineState.CHECKING), *LINES[2::-1]))


def sheet(view: View, look: Status = EN, size: tuple[int, int, float] = SIZES[1]) -> Sheet:
    theme = Theme(*size, contrast=look.contrast, large=look.large_text)
    return sheet_of(view, look, theme, Words(look.language), Glyphs())


def places(drawn: Sheet) -> dict[str, Box]:
    return {mark.name: mark.box for mark in drawn if isinstance(mark, Piece)}


def moving(before: View, after: View, *, opened: bool = False) -> dict[str, Move]:
    return moves(sheet(before), sheet(after), opened=opened)


@pytest.mark.parametrize("size", SIZES)
def test_rows_move_down_and_the_new_book_enters_from_the_right(
    size: tuple[int, int, float],
) -> None:
    three, four = sheet(THREE, size=size), sheet(CHECKING_FOUR, size=size)
    found, before, after = moves(three, four, opened=False), places(three), places(four)
    assert found["row 4"].away is None
    rows = [name for name in after if name.startswith("row") and name in before]
    assert rows
    for name in rows:
        assert found[name].away == (0, before[name].y - after[name].y)
        assert before[name].y < after[name].y
    spine = found["spine 3"].away
    assert spine is not None and spine[0] > 0 and spine[1] == 0
    lit = [name for name in found if name.startswith("lit")]
    assert [found[name].away for name in lit] == [None]
    assert found.keys() == {"row 4", *rows, "spine 3", *lit}, "everything else changes without motion"


def test_new_row_has_an_opaque_background_over_the_previous_row() -> None:
    for look in (EN, replace(EN, contrast=True), replace(EN, large_text=True)):
        for size in SIZES:
            three, four = sheet(THREE, look, size), sheet(CHECKING_FOUR, look, size)
            paper = four[
                next(at for at, mark in enumerate(four) if isinstance(mark, Piece) and mark.name == "row 4") + 1
            ]
            assert isinstance(paper, Fill)
            row = places(four).get("row 3")
            if row is not None:
                assert paper.box.holds(replace(row, y=places(three)["row 3"].y))


def test_checked_undone_or_refused_rows_change_without_motion() -> None:
    done = Borrowing(ADA, LINES[3::-1])
    assert moving(CHECKING_FOUR, done) == {}
    assert [name for name in moving(done, THREE) if not name.startswith("lit")] == []
    assert moving(CHECKING_FOUR, Borrowing(ADA, (replace(LINES[3], state=LineState.REFUSED), *LINES[2::-1]))) == {}


def test_rows_below_a_notice_do_not_move() -> None:
    noticed = replace(CHECKING_FOUR, notice="unreadable")
    assert moving(CHECKING_FOUR, noticed) == {}
    assert not [name for name, move in moving(THREE, noticed).items() if name.startswith("row") and move.away]


def test_card_moves_to_the_reader_only_when_its_screen_opens() -> None:
    asking = Identify(VisitTask.BORROW)
    found = moving(THREE, asking, opened=True)
    away = found["card"].away
    assert found.keys() == {"card"}
    assert away is not None and away[0] > 0 > away[1], "from the right, and from above"
    assert moving(asking, replace(asking, typed="12")) == {}
    assert moving(asking, asking, opened=True) == {}, "in another language"


def test_opened_screen_has_no_other_motion() -> None:
    assert moving(Identify(VisitTask.BORROW), THREE, opened=True) == {}
    assert moving(Returning(LINES[2::-1]), CHECKING_FOUR, opened=True) == {}


def test_row_motion_continues_after_a_response() -> None:
    before, after = sheet(CHECKING_FOUR), sheet(Borrowing(ADA, LINES[3::-1]))
    found = moves(sheet(THREE), before, opened=False)
    assert going_on(found, before, after) == found
    lower = sheet(replace(CHECKING_FOUR, notice="unreadable"))
    assert {name.split()[0] for name in going_on(found, before, lower)} == {"spine", "lit"}
    assert going_on(found, before, ()) == {}


def test_slide_takes_200_ms_and_fade_120_ms() -> None:
    slide, fade = Move((300, -90)), Move(None)
    assert (slide.offset(0), slide.offset(0.2), slide.offset(9)) == ((300, -90), (0, 0), (0, 0))
    way = [slide.offset(ms / 1000)[0] for ms in range(0, 201, 10)]
    assert way == sorted(way, reverse=True) and 0 < way[10] < 150
    assert [fade.strength(seconds) for seconds in (0, 0.06, 0.12)] == pytest.approx([0, 0.5, 1])
