"""Test covers: each book has a stable one of its own, or its picture, decoded outside the frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import fields, is_dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from hub.catalogue.marc import DescribedTitle
from hub.demo.sample_data import Cases, DemoItem
from kiosk.screens.gallery import shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.covers import CoverPictures, cover_picture, decode
from kiosk.screens.rendering.display_list import Corners, Cover
from kiosk.screens.rendering.glyphs import TEXT_FONT, Glyphs
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.views import Borrowing, LineState, Welcome
from kiosk.words import Words
from lending.colours import ratio, rgb
from lending.cover_design import CLASSES, CoverLayout, class_index, cover_rule
from lending.cover_store import CoverStore, mark_of

prepare(1280, 800, fullscreen=False)

from kivy.base import EventLoop  # noqa: E402
from kivy.core.window import Window  # noqa: E402

from kiosk.screens.presenter import BuiltInScreen, ScreenPresenter  # noqa: E402
from kiosk.screens.screen_inspector import ScreenProbe  # noqa: E402

RED, BLUE = (200, 30, 40), (20, 40, 200)
EN = status("en")
SIZES = ((1024, 600, 7.0), (1280, 800, 10.1), (1080, 1920, 21.5))
ON_EVERY_SIZE = {"Borrowing", "Returning", "ForYou", "Account", "Refused", "Asking", "Welcome", "Farewell"}
MORE: dict[int, set[str]] = {1024: set(), 1280: {"Find", "TitlePage"}, 1080: {"Find"}}
"""Screens with covers by the width of the screen; small ones show words in their place."""
GENERATED = ("Learn", "Welcome-event", "Welcome-poster")
"""Screens whose covers stand for a course or a poster, which have no cover in the catalogue."""


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (150, 200)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "WEBP", lossless=True)
    return out.getvalue()


class Pictures(CoverPictures):
    """Pictures below a folder; `lacks` collects what was asked for in vain."""

    def __init__(self, folder: Path) -> None:
        self.store, self.lacks = CoverStore(folder), list[str]()
        super().__init__(self.store, self.lacks.append)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "covers")


@pytest.fixture
def face(pictures: Pictures) -> Iterator[ScreenPresenter]:
    EventLoop.ensure_window()
    words = {language: Words(language) for language in ("en", "zh")}
    shown = ScreenPresenter(BuiltInScreen(1280, 800, 10.1), words.__getitem__, lambda _: None, pictures)
    Window.add_widget(shown)
    yield shown
    Window.remove_widget(shown)


def borrowing(cover: str) -> Borrowing:
    return Borrowing(guest("en", 3), (replace(line(BOOKS["en"][4], LineState.DONE, 4), cover=cover),))


def middle(face: ScreenPresenter, path: Path) -> tuple[int, ...]:
    """The colour in the middle of the first cover on the screen."""
    ScreenProbe(face).shot(path)
    x, y = next(mark.box.centre for mark in face.sheet if isinstance(mark, Cover))
    with Image.open(path) as shot:
        return tuple(shot.convert("RGB").getpixel((round(x), round(y))))  # type: ignore[arg-type]


def test_a_stored_picture_is_drawn(face: ScreenPresenter, pictures: Pictures, tmp_path: Path) -> None:
    face.show(borrowing(pictures.store.put(picture(RED))), EN)
    assert middle(face, tmp_path / "shot.png") == RED
    face.show(borrowing(pictures.store.put(picture(BLUE))), EN)
    assert middle(face, tmp_path / "shot.png") == BLUE
    assert pictures.lacks == []


def test_a_missing_one_is_asked_for_and_the_cover_generated(
    face: ScreenPresenter, pictures: Pictures, tmp_path: Path
) -> None:
    face.show(borrowing(""), EN)
    ScreenProbe(face).shot(tmp_path / "drawn.png")
    missing = mark_of(picture(RED))
    face.show(borrowing(missing), EN)
    ScreenProbe(face).shot(tmp_path / "missing.png")
    assert (tmp_path / "missing.png").read_bytes() == (tmp_path / "drawn.png").read_bytes()
    assert pictures.lacks == [missing]


@pytest.mark.parametrize("damage", [b"half", picture(RED)[:-9], picture(BLUE)])
def test_a_damaged_one_is_deleted_asked_for_and_the_cover_generated(
    face: ScreenPresenter, pictures: Pictures, tmp_path: Path, damage: bytes
) -> None:
    mark = pictures.store.put(picture(RED))
    pictures.store.path(mark).write_bytes(damage)
    face.show(borrowing(mark), EN)
    assert middle(face, tmp_path / "shot.png") not in (RED, BLUE)
    assert (pictures.lacks, pictures.store.has(mark)) == ([mark], False)


def test_a_file_that_is_no_picture_is_deleted_though_its_name_is_right(pictures: Pictures) -> None:
    mark = pictures.store.put(b"no picture")
    assert pictures.request(mark, (60, 80), Corners.ALL).result() is None
    assert (pictures.lacks, pictures.store.has(mark)) == ([mark], False)


def test_no_frame_waits_for_a_picture_and_nothing_of_it_stays_after_the_visit(
    face: ScreenPresenter, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: Future[Image.Image | None] = Future()
    monkeypatch.setattr(pictures, "request", lambda *_: late)
    face.show(borrowing(pictures.store.put(picture(RED))), EN)
    assert face.first_drawn
    face.show(Welcome(), EN)
    late.set_result(Image.new("RGBA", (10, 10), RED))
    face._painter.settle()
    assert face._painter._photographs == {} == face._painter._decoding


@pytest.mark.parametrize(
    ("shape", "fills"), [((150, 200), True), ((150, 220), True), ((200, 200), False), ((90, 200), False)]
)
def test_a_picture_fills_its_box_unless_too_much_would_be_cut_off(shape: tuple[int, int], fills: bool) -> None:
    made = Image.new("RGB", shape, RED)
    made.paste(BLUE, (0, 0, shape[0], shape[1] // 2))
    out = BytesIO()
    made.save(out, "WEBP", lossless=True)
    found = decode(out.getvalue(), (120, 160), Corners.ALL)
    assert (found.size, found.mode) == ((120, 160), "RGBA")
    assert found.getpixel((0, 0))[3] < 255, "the corners are round"  # type: ignore[index]
    seen = {found.getpixel(at)[:3] for at in ((60, 4), (4, 150), (116, 150), (60, 150))}  # type: ignore[index]
    assert (seen == {RED, BLUE}) is fills


def covered(view: Any) -> Any:
    """The same view with a picture for everything that can have one."""
    if is_dataclass(view) and not isinstance(view, type):
        changes = {each.name: covered(getattr(view, each.name)) for each in fields(view) if each.init}
        if "cover" in changes:
            changes["cover"] = "c" * 32
        return replace(view, **changes)
    return tuple(map(covered, view)) if isinstance(view, tuple) and not hasattr(view, "_fields") else view


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_screen_draws_the_pictures_of_its_titles(size: tuple[int, int, float]) -> None:
    glyphs, words, drawn = Glyphs(), Words("en"), set()
    for shot in shots("-en-light"):
        sheet = sheet_of(covered(shot.view), shot.status, Theme(*size), words, glyphs)
        marks = {mark.picture for mark in sheet if isinstance(mark, Cover)}
        if marks and not shot.name.startswith(GENERATED):
            assert marks == {"c" * 32}, shot.name
            drawn.add(shot.name.partition("-")[0])
    assert ON_EVERY_SIZE | MORE[size[0]] <= drawn


def test_with_titles_hidden_no_picture_is_drawn() -> None:
    glyphs, words = Glyphs(), Words("en")
    for shot in shots("-en-light"):
        if shot.name.startswith(("Borrowing", "Returning", "Account", "ForYou", "Farewell", "Refused", "Asking")):
            hidden = replace(shot.status, hidden=True)
            sheet = sheet_of(covered(shot.view), hidden, Theme(*SIZES[1]), words, glyphs)
            assert {mark.picture for mark in sheet if isinstance(mark, Cover)} <= {""}, shot.name


def test_dewey_and_chinese_classes_map_to_the_same_index() -> None:
    assert [class_index(subject) for subject in ("5", "N", "Q94", "523")] == [5, 5, 5, 5]
    assert class_index("B948") == class_index("B9") == 2
    assert class_index("B") == class_index("1") == 1
    assert class_index("") == class_index("?") == 0


@given(st.sampled_from("0123456789"), st.text(max_size=40))
def test_cover_text_has_sufficient_contrast(subject: str, title: str) -> None:
    rule = cover_rule(subject, title)
    assert ratio(rule.word, rule.field) >= 4.6
    assert rule == cover_rule(subject, title)


def test_title_has_the_same_cover_with_and_without_its_subtitle() -> None:
    whole = cover_rule("7", "Devianostye: konets veka glazami peterburgskogo muzykanta")
    assert whole == cover_rule("7", "Devianostye") != cover_rule("7", "Konets veka")


def test_titles_of_one_class_have_different_covers() -> None:
    titles = ("City of God", "Neap tide", "Winter breaks", "The colour of water", "听取自然")
    looks = {cover_picture("8", title, (72, 99), Corners.ALL, TEXT_FONT).tobytes() for title in titles}
    assert len(looks) == len(titles)


def test_demo_books_of_one_class_have_varied_covers() -> None:
    """Return cover, figure and band colours of the demo library's books of one class; tints look too much alike."""
    titles = [item.shown_title for item in Cases().items if class_of(item) == "8"]
    looks = Counter((rule.field, rule.shade, rule.band) for rule in (cover_rule("8", title) for title in titles))
    assert len(titles) > 20
    assert len(looks) >= len(titles) / 3
    assert max(looks.values()) <= len(titles) / 3
    assert {rule.layout for rule in (cover_rule("8", title) for title in titles)} == set(CoverLayout)


def class_of(item: DemoItem) -> str:
    return item.title.subject if isinstance(item.title, DescribedTitle) else item.title[2][0]


def rows_in(picture: Image.Image, colour: str) -> list[int]:
    """Return the rows in which more of a cover has the colour than the edge of a letter."""
    alike = ImageChops.difference(picture, Image.new("RGB", picture.size, rgb(colour))).convert("L").point(_near)
    return [y for y in range(picture.height) if alike.crop((12, y, picture.width, y + 1)).histogram()[255] > 6]


def _near(value: float) -> int:
    return 255 if value < 3 else 0


@pytest.mark.parametrize("title", ["Grizzly bears", "A short guide to a happy life", "El Niño and La Niña", "Cars"])
@pytest.mark.parametrize("subject", list("0123456789"))
def test_cover_figure_does_not_touch_the_title(title: str, subject: str) -> None:
    picture = cover_picture(subject, title, (144, 198), Corners.ALL, TEXT_FONT).convert("RGB")
    rule = cover_rule(subject, title)
    assert max(rows_in(picture, rule.word)) < min(rows_in(picture, rule.shade))


def test_every_class_has_its_figure() -> None:
    assert len({figure for _, figure in CLASSES}) == 10
    for subject in "0123456789":
        picture = cover_picture(subject, "Extreme stars", (168, 224), Corners.TOP, TEXT_FONT)
        assert picture.size == (168, 224)
        assert picture.getpixel((0, 223)) is not None
        assert len(picture.convert("RGB").getcolors(50_000) or ()) > 3


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("The history of the decline and fall of the Roman Empire, with notes on its chief cities", True),
        ("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", False),
    ],
)
def test_cover_shows_whole_words_of_an_overlong_title(title: str, shown: bool) -> None:
    drawn = cover_picture("6", title, (168, 224), Corners.ALL, TEXT_FONT)
    rule = cover_rule("6", title)
    word = tuple(int(rule.word[at : at + 2], 16) for at in (1, 3, 5))
    colours = {colour for _, colour in drawn.convert("RGB").getcolors(50_000) or ()}
    assert (word in colours) is shown
