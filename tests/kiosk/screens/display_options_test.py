"""Test the display settings on every screen: switches, low reach, languages, and titles that stay hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.screens.gallery import SIZES, Shot, shots
from kiosk.screens.layout import move_down
from kiosk.screens.rendering.display_list import Box, Cover, Live, Sheet, Text, Touch
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_details import LETTERS
from kiosk.screens.samples.sample_parts import BOOKS, LONG
from kiosk.screens.screen_reader import spoken_text
from kiosk.views import (
    WARNING_SECONDS,
    Details,
    Find,
    IdleWarning,
    Learn,
    Panel,
    RecordPage,
    Status,
    TitlePage,
    TouchTest,
    Welcome,
    actions,
    setting,
)
from tests.kiosk.screens.audit import faults
from tests.kiosk.screens.audit_test import DATA
from tests.kiosk.screens.sheets import GLYPHS, SIZED, WORDS, Size, drawn, texts, touches

SWITCHES = ("large_text", "contrast", "still", "voice")
CROWDED = "Welcome-en,Borrowing-one-,Borrowing-many-,Account-four,Farewell-zh,Returning-someone-waits,IdleWarning-zh"


def as_fitted(shot: Shot, size: Size) -> Status:
    """Return the status with a voice, and with low reach on a tall screen."""
    return replace(shot.status, voice=bool(shot.status.voice), low=False if size[1] > size[0] else None)


def test_every_screen_offers_the_display_panel_with_every_switch() -> None:
    """audit_test checks that offered actions are drawn once and large enough."""
    missing = {}
    for shot in shots("-light"):
        if isinstance(shot.view, TouchTest):
            continue
        status = replace(shot.status, voice=True, low=False, panel=None)
        lost = {"display", "large_text"} - {each.name for each in actions(shot.view, status) if each.enabled}
        opened = {each.name for each in actions(shot.view, setting(status, "display")) if each.enabled}
        if lost := lost | ({*SWITCHES, "lower"} - opened):
            missing[shot.name] = lost
    assert missing == {}


def test_every_switch_is_drawn_on_the_smallest_screen_in_large_text() -> None:
    shot = next(shots("Borrowing-many-zh-contrast-large"))
    assert pressed_in_panel(shot, replace(shot.status, voice=True)) >= {*SWITCHES}


def test_kiosk_without_a_voice_has_no_voice_switch() -> None:
    """Control: a kiosk without a voice has no voice switch."""
    shot = next(shots("Borrowing-many-zh-contrast-large"))
    found = pressed_in_panel(shot, replace(shot.status, voice=None))
    assert "voice" not in found and "still" in found


def pressed_in_panel(shot: Shot, status: Status) -> set[str]:
    """Return the actions on all pages of the display panel on the smallest screen."""
    found, first, seen = set[str](), 0, set[int]()
    while first not in seen:
        seen.add(first)
        targets = touches(drawn(shot, SIZES[0], first, replace(status, panel=Panel.DISPLAY)))
        found |= {mark.name for mark in targets if mark.enabled}
        first = next((mark.turn for mark in targets if mark.turn is not None), 0)
    return found


@pytest.mark.parametrize("name", [*SWITCHES, "lower", "hide_titles"])
def test_switch_toggles_on_and_off(name: str) -> None:
    shot = next(shots("Account-four-en-light"))
    status = replace(shot.status, low=False, voice=False, panel=Panel.DISPLAY)
    once = setting(status, name)
    assert once != status and setting(once, name) == status
    assert any(each.name == name for each in actions(shot.view, once))


@SIZED
@pytest.mark.parametrize(
    "chosen", [{"hidden": True, "voice": True}, {"voice": True, "mute": True}], ids=["hidden", "mute"]
)
def test_fullest_status_bar_passes_the_audit(
    chosen: dict[str, bool],
    size: Size,
) -> None:
    """All cells that can be shown at once, also in large text."""
    broken = {}
    for shot in shots(CROWDED):
        status = replace(as_fitted(shot, size), **chosen)  # type: ignore[arg-type]
        theme = Theme(*size, contrast=status.contrast, large=status.large_text)
        sheet = drawn(shot, size, status=status)
        if found := faults(sheet, theme, actions(shot.view, status), DATA):
            broken[shot.name] = found
    assert broken == {}


def test_missing_voice_for_a_language_is_shown() -> None:
    shot = next(shots("Welcome-zh-light"))
    status = replace(shot.status, voice=True, mute=True)
    assert WORDS["zh"].say("No voice in this language") in texts(drawn(shot, status=status))


def test_idle_warning_lasts_20_seconds_and_one_touch_dismisses_it() -> None:
    assert WARNING_SECONDS >= 20 and IdleWarning.__dataclass_fields__["seconds"].default == WARNING_SECONDS
    shot = next(shots("IdleWarning-en-light"))
    assert [each.name for each in actions(shot.view, shot.status) if each.primary] == ["stay"]


TALL = SIZES[3]


def low(shot: Shot, *, down: bool) -> tuple[Sheet, Theme, Status]:
    status = replace(shot.status, low=down)
    theme = Theme(*TALL, contrast=status.contrast, large=status.large_text)
    return drawn(shot, TALL, status=status), theme, status


def high_touches(sheet: Sheet) -> Iterator[Touch]:
    return (mark for mark in touches(sheet) if mark.box.y < TALL[1] / 2)


@pytest.mark.parametrize("looks", ["-en-light,-upright", pytest.param("", marks=pytest.mark.gallery)])
def test_lowered_screen_passes_the_audit_within_reach(looks: str) -> None:
    broken, out_of_reach = {}, set()
    for shot in shots(looks):
        sheet, theme, status = low(shot, down=True)
        if found := faults(sheet, theme, actions(shot.view, status), DATA):
            broken[shot.name] = found
        out_of_reach |= {f"{shot.name}: {mark.name}" for mark in high_touches(sheet)}
    assert (broken, out_of_reach) == ({}, set())


def test_ordinary_screen_has_targets_out_of_reach() -> None:
    """Control: the same check finds targets that are too high."""
    some = list(shots("Welcome-en,Account-four-zh,Farewell-en"))
    standing = {shot.name.split("-")[0] for shot in some if any(high_touches(low(shot, down=False)[0]))}
    assert standing == {"Welcome", "Account", "Farewell"}


def test_low_reach_is_not_offered_on_a_low_screen() -> None:
    shot = next(shots("Welcome-en-light"))
    assert shot.status.low is None and setting(shot.status, "lower") == shot.status
    assert not any(each.name == "lower" for each in actions(shot.view, shot.status))


@pytest.mark.parametrize("large", [False, True])
def test_lowered_theme_keeps_physical_sizes(large: bool) -> None:
    whole = Theme(*TALL, large=large)
    assert whole.lowered.px_per_mm == pytest.approx(whole.px_per_mm)
    assert not whole.lowered.portrait and whole.lowered.large is large


def test_aiming_corners_move_with_the_lowered_picture() -> None:
    theme = Theme(*TALL)
    (moved,) = move_down((Live(Box(0, 0, 90, 60), 6, "#FFFFFF", "#000000", 4, (Box(1, 2, 3, 4),)),), theme)
    assert isinstance(moved, Live) and (moved.box.y, moved.aim[0].y) == (960, 962)


NAMES = {"zh": "简体中文", "zh_TW": "繁體中文", "en": "English", "mn": "Монгол"}
FOUR = tuple(NAMES)
"""With more of them a head that is full may have room for their short names alone."""
FULL = "Welcome-{0}-light,Welcome-{0}-contrast-large,Borrowing-many-{0}-light,Borrowing-many-{0}-contrast-large"


def audited(shot: Shot, status: Status, size: Size, first: int = 0) -> tuple[Sheet, list[str]]:
    theme = Theme(*size, contrast=status.contrast, large=status.large_text)
    sheet = drawn(shot, size, first, status)
    return sheet, faults(sheet, theme, actions(shot.view, status), DATA)


@SIZED
@pytest.mark.parametrize("language", FOUR)
def test_language_list_passes_the_audit_and_names_each_language(language: str, size: Size) -> None:
    """The fullest head too: voice on, titles hidden, the central away; of Mongolian with its other script."""
    others = {name for each, name in NAMES.items() if each != language}
    for shot in shots(FULL.format(language)):
        usual = replace(shot.status, languages=FOUR, voice=True, hidden=True, low=False)
        folded, found = audited(shot, usual, size)
        assert found == [], (shot.name, "folded")
        assert not any(mark.name.startswith("language_") for mark in touches(folded))
        listed, found = audited(shot, replace(usual, panel=Panel.LANGUAGES), size)
        assert found == [], (shot.name, "listed")
        seen = set(texts(listed))
        if turn := next((mark.turn for mark in touches(listed) if mark.turn), None):
            rest, found = audited(shot, replace(usual, panel=Panel.LANGUAGES), size, turn)
            assert found == [], (shot.name, "turned")
            seen |= set(texts(rest))
        assert others <= seen, shot.name


def test_one_other_language_is_a_button_and_several_are_a_list() -> None:
    status = next(shots("Welcome-en-light")).status
    offered = [action.name for action in actions(Welcome(), status)]
    assert "languages" in offered and not [name for name in offered if name.startswith("language_")]
    two = [action.name for action in actions(Welcome(), replace(status, languages=("en", "zh_TW")))]
    assert "language_zh_TW" in two and "languages" not in two
    alone = [action.name for action in actions(Welcome(), replace(status, languages=("en",)))]
    assert not [name for name in alone if name.startswith("language")]
    four = replace(status, languages=FOUR)
    listed = [action.name for action in actions(Welcome(), replace(four, panel=Panel.LANGUAGES))]
    assert listed[:3] == ["language_zh", "language_zh_TW", "language_mn"] and "borrow" not in listed


EVERYBODYS = Welcome | Find | TitlePage | Learn
"""Views that are the same for every patron, such as new titles, posters and the catalogue."""
TITLES = {book[0] for books in (*BOOKS.values(), *LONG.values()) for book in books}
WRITTEN = {text for letter in LETTERS.values() for text in letter}


def personal(looks: str) -> list[Shot]:
    return [each for each in shots(looks) if not isinstance(each.view, EVERYBODYS)]


def titles_drawn(shot: Shot, status: Status) -> str:
    marks = (mark for mark in drawn(shot, SIZES[3], status=status) if isinstance(mark, Text | Cover))
    return "\n".join((mark.whole or mark.text) if isinstance(mark, Text) else mark.title for mark in marks)


def named(text: str) -> set[str]:
    return {each for each in TITLES | WRITTEN if each in text}


def output_of(shot: Shot, status: Status) -> str:
    said = spoken_text(shot.view, status, WORDS[status.language], GLYPHS)
    return "\n".join((titles_drawn(shot, status), *said.sentences, *said.labels.values()))


@pytest.mark.parametrize("looks", ["-en-light", pytest.param("-light", marks=pytest.mark.gallery)])
def test_personal_screens_name_no_hidden_title(looks: str) -> None:
    open_, hidden = {}, {}
    for shot in personal(looks):
        if found := named(output_of(shot, replace(shot.status, hidden=False))):
            open_[shot.name] = found
        if found := named(output_of(shot, replace(shot.status, hidden=True))):
            hidden[shot.name] = found
    assert hidden == {}
    kinds = {name.partition("-")[0] for name in open_}
    assert {"Borrowing", "Returning", "Account", "ForYou", "Details", "Farewell", "Refused", "Asking"} <= kinds, kinds


def test_messages_screen_offers_to_show_titles() -> None:
    view = next(each.view for each in shots("Details-letters-en-light"))
    assert isinstance(view, Details) and view.room is RecordPage.LETTERS
    status = next(each.status for each in shots("Details-letters-en-light"))
    assert "hide_titles" in {each.name for each in actions(view, replace(status, panel=Panel.DISPLAY))}
