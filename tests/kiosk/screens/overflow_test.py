"""Test large text: nothing is cut or lost, overflow pages follow, and something new returns to the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.events import Pressed, TargetTouched
from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import focus_of, panel_of, sheet_of
from kiosk.screens.overflow import FOLLOWING, KEYS
from kiosk.screens.rendering.display_list import Cover, Fill, Outline, Sheet, Text, Touch
from kiosk.screens.rendering.kivy_setup import prepare
from kiosk.screens.rendering.theme import Theme, Type
from kiosk.views import Asking, Farewell, Focus, Registering, Status, TouchTest, Welcome, actions
from kiosk.words import Words
from lending.languages import languages
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA
from tests.kiosk.screens.sheets import GLYPHS, SIZED, WORDS, Size, drawn, sample, touches

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


BARE = re.compile(r"\s")
STEPPED = 1.3
"""Minimum enlargement of a text, also if a long one steps down from body to the smallest size."""
BUTTONS = {(1024, 600): 1.0, (1280, 800): 1.3, (1920, 1080): 1.3, (1080, 1920): 1.3}
"""Minimum enlargement of button texts. On 7 inches, three or four buttons in a row leave no space for more: they have
the enlarged smallest size, 5 mm; overflow pages show texts at twice their size."""
VOLUMES = ("borrow", "return", "account", "find", "here", "by_phone")
"""Task buttons, whose texts are the largest and shrink as much as a long text requires."""
SAMPLES = "text_size"
"""Action whose two letters show the two sizes of text, and keep them."""


def large(only: str) -> list[Shot]:
    return [shot for shot in shots("-large") if only in shot.name and not shot.name.endswith("contrast-large")]


def pages(shot: Shot, size: Size, *, enlarged: bool) -> dict[int, Sheet]:
    """Return all pages of a screen by their first row, or of the panel that covers it."""
    theme, status = Theme(*size, large=enlarged), shot.status
    lay = panel_of if status.panel else sheet_of
    found: dict[int, Sheet] = {}
    view = replace(shot.view, slides=()) if isinstance(shot.view, Welcome) and not enlarged else shot.view
    waits = [0]
    while waits:
        first = waits.pop()
        if first not in found:
            found[first] = lay(view, status, theme, WORDS[status.language], GLYPHS, first)
            waits += [mark.turn for mark in found[first] if isinstance(mark, Touch) and mark.turn is not None]
    return found


def bare(words: str) -> str:
    return BARE.sub("", words)


def said(sheets: dict[int, Sheet], theme: Theme) -> dict[str, int]:
    """Return complete texts below the status bar, except on targets and chosen buttons, with their largest size."""
    found: dict[str, int] = {}
    for sheet in sheets.values():
        chosen = [mark.box for mark in sheet if isinstance(mark, Fill) and mark.colour == theme.colours.ink]
        touches = [*chosen, *(mark.box for mark in sheet if isinstance(mark, Touch))]
        for mark in sheet:
            if not isinstance(mark, Text) or not mark.whole or mark.cut or mark.whole.isdecimal():
                continue
            if mark.box.y >= theme.u(15) and not any(box.contains(*mark.box.centre) for box in touches):
                words = bare(mark.whole)
                found[words] = max(mark.size, found.get(words, 0))
    return found


def buttons(sheets: dict[int, Sheet]) -> dict[Focus, int]:
    """Return each action with a text, and the size of the text."""
    found: dict[Focus, int] = {}
    for sheet in sheets.values():
        texts = [mark for mark in sheet if isinstance(mark, Text)]
        for touch in sheet:
            if isinstance(touch, Touch) and touch.turn is None and touch.name not in {*KEYS, SAMPLES} and touch.label:
                inside = [each.size for each in texts if touch.box.contains(*each.box.centre)]
                if inside:
                    found[focus_of(touch)] = min(inside)
    return found


def following_texts(sheets: dict[int, Sheet]) -> list[Text]:
    """Return the texts of the overflow pages in order, without the word of the button to the next one."""
    found = []
    for first in sorted(sheets):
        line = next(mark.box for mark in sheets[first] if isinstance(mark, Fill) and mark.box.x == 0)
        targets = [mark for mark in sheets[first] if isinstance(mark, Touch)]
        head = min(mark.box.bottom for mark in targets)
        turns = [mark.box for mark in targets if mark.turn is not None]
        if first >= FOLLOWING:
            found += [
                mark
                for mark in sheets[first]
                if isinstance(mark, Text)
                and head <= mark.box.bottom <= line.y
                and not any(box.contains(*mark.box.centre) for box in turns)
            ]
    return found


def lost(shot: Shot, size: Size, sheets: dict[int, Sheet]) -> list[str]:
    """Return texts that are missing or not enlarged."""
    theme = Theme(*size)
    ordinary, enlarged = said(pages(shot, size, enlarged=False), theme), said(sheets, theme)
    following = "".join(bare(mark.text) for mark in following_texts(sheets))
    counted = {words.lstrip("0123456789") for words in enlarged}
    missing = [
        f"{words} is lost" for words in ordinary if words not in counted | {*enlarged} and words not in following
    ]
    small = [
        f"{words} is {enlarged[words] / was:.2f} times as large"
        for words, was in ordinary.items()
        if words in enlarged and words not in following and enlarged[words] < STEPPED * was
    ]
    sizes = {theme.size(step) * 2 for step in (Type.CAP, Type.BODY)}
    small += [
        f"{mark.text} is not twice as large"
        for mark in following_texts(sheets)
        if min(abs(mark.size - each) for each in sizes) > 1
    ]
    return missing + small


def broken(shot: Shot, size: Size) -> list[str]:
    theme, found = Theme(*size, large=True), []
    sheets = pages(shot, size, enlarged=True)
    wanted = actions(shot.view, shot.status)
    for first, sheet in sheets.items():
        defects = faults(sheet, theme, () if first else wanted, DATA)
        found += [each for each in defects if not first or "times an action" not in each]
    before, after = buttons(pages(shot, size, enlarged=False)), buttons(sheets)
    least = BUTTONS[size[:2]]
    volumes = VOLUMES if isinstance(shot.view, Welcome | Asking | Registering) else ()
    found += [f"{each.name} is {after[each] / was:.2f} times as large" for each, was in before.items()
              if each in after and each.name not in volumes and after[each] < least * was]  # fmt: skip
    found += [f"{each.name} is small" for each, now in after.items() if now < theme.size(Type.CAP)]
    return found + ([] if isinstance(shot.view, TouchTest) else lost(shot, size, sheets))


@pytest.mark.gallery
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_screen_in_large_text_passes_the_audit_on_all_pages(size: Size, language: str) -> None:
    assert {shot.name: found for shot in large(f"-{language}-") if (found := broken(shot, size))} == {}


@SIZED
@pytest.mark.parametrize(
    "only", ["Borrowing-many-en", "Account-four-mn", "Farewell-zh-", "Find-typed-en", "Welcome-zh"]
)
def test_selected_screens_in_large_text_pass_the_audit_on_all_pages(only: str, size: Size) -> None:
    found = large(only)
    assert found
    assert {shot.name: defects for shot in found if (defects := broken(shot, size))} == {}


@SIZED
@pytest.mark.parametrize("name", ["Borrowing-new-titles-en", "Blocked-expired-en"])
def test_cover_titles_are_also_shown_as_text(name: str, size: Size) -> None:
    (shot,) = large(f"{name}-large")
    covers = {mark.title for mark in pages(shot, size, enlarged=False)[0] if isinstance(mark, Cover)}
    sheets = pages(shot, size, enlarged=True)
    top = [mark for mark in sheets[0] if isinstance(mark, Text)]
    text = bare("".join(mark.text for mark in [*top, *following_texts(sheets)]))
    assert [title for title in covers if bare(title) not in text] == []


def test_missing_overflow_pages_are_detected() -> None:
    """Control: the search finds texts that are only on the overflow pages."""
    shot = next(iter(large("Borrowing-many-en")))
    sheets = pages(shot, SIZES[1], enlarged=True)
    assert max(sheets) >= FOLLOWING
    assert any("is lost" in each for each in lost(shot, SIZES[1], {0: sheets[0]}))


def test_text_of_the_ordinary_size_is_detected() -> None:
    shot = next(iter(large("Borrowing-many-en")))
    sheets = pages(shot, SIZES[1], enlarged=False)
    assert any("times as large" in each for each in lost(shot, SIZES[1], sheets))


def test_page_beyond_the_last_shows_the_first() -> None:
    shot = next(iter(large("TouchTest-en")))
    theme = Theme(*SIZES[1], large=True)
    beyond, top = (sheet_of(shot.view, shot.status, theme, WORDS["en"], GLYPHS, at) for at in (FOLLOWING + 3, 0))
    assert beyond == top


@pytest.mark.parametrize(
    "name",
    [
        "Account-four",
        "Borrowing-many",
        "Borrowing-empty",
        "Blocked-expired",
        "TitlePage-out",
        "Farewell-message",
        "Farewell-message-no-paper",
        "Farewell-returns",
        "OutOfOrder-no-config",
        "OutOfOrder-refused",
    ],
)
@pytest.mark.parametrize("language", languages())
def test_arrow_has_a_word_below_it_in_a_full_footer(name: str, language: str) -> None:
    sheet = drawn(next(shots(f"{name}-{language}-large")), SIZES[1])
    for onward in (mark for mark in touches(sheet) if mark.turn is not None):
        assert [mark.text for mark in sheet if isinstance(mark, Text) and onward.box.contains(*mark.box.centre)]


@pytest.mark.parametrize("language", languages())
def test_arrow_back_to_the_top_has_a_word_of_its_own(language: str) -> None:
    shot, first = sample(f"SignIn-{language}-large"), 0
    below: list[list[str]] = []
    while not below or first:
        sheet = drawn(shot, SIZES[0], first)
        (onward,) = (mark for mark in touches(sheet) if mark.turn is not None)
        below.append([mark.text for mark in sheet if isinstance(mark, Text) and onward.box.contains(*mark.box.centre)])
        first = onward.turn or 0
    assert all(below) and below[-1] not in below[:-1], "the last one does not lead on"


@pytest.mark.parametrize("language", languages())
def test_arrow_above_a_full_footer_does_not_cover_the_plan(language: str) -> None:
    sheet = drawn(next(shots(f"TitlePage-out-both-{language}-large")), SIZES[0])
    (onward,) = (mark for mark in touches(sheet) if mark.turn is not None)
    frames = [mark.box for mark in sheet if isinstance(mark, Outline) and mark.box != onward.box]
    assert [box for box in frames if box.meets(onward.box)] == []
