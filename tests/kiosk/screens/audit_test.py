"""Audit every screen in every state, size, language and theme; seeded defects must be found."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from kiosk.screens.gallery import SIZES, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.overflow import FOLLOWING
from kiosk.screens.rendering.display_list import Box, Corners, Cover, Fill, Icon, Outline, Sheet, Text, Touch
from kiosk.screens.rendering.glyphs import FontMissing, Glyphs
from kiosk.screens.rendering.theme import Theme, Type
from kiosk.screens.samples.all_samples import HERE
from kiosk.screens.samples.sample_details import words_of_records
from kiosk.screens.samples.sample_parts import BOOKS, FOUND, LIBRARIES, LONG, NAMES, PLACES
from kiosk.screens.samples.sample_parts import OTHERS as BESIDE
from kiosk.screens.samples.sample_patron_input import PUBLISHED, WHY, words_of_surveys
from kiosk.screens.samples.sample_showcase import words_of_showcase
from kiosk.views import Action, Status, View, actions
from kiosk.words import Words
from kiosk.words.localizer import LOCALE
from lending.languages import SOURCES, languages
from tests.kiosk.screens.audit import faults, text_glyphs

TITLES = [part for books in (BOOKS, LONG) for known in books.values() for book in known for part in book]
TITLES += [part for _, books in FOUND.values() for book in books for part in book]
SAID = [text for each in PUBLISHED for texts in (each.said, each.did) for text in texts.values()]
SAID += words_of_records()
WRITTEN = (*words_of_surveys(), *words_of_showcase())
WHO = (*NAMES.values(), *(name for names in BESIDE.values() for name in names))
DATA = "\n".join(
    (
        *LIBRARIES.values(),
        *PLACES.values(),
        *TITLES,
        *SAID,
        *(text for why in WHY for text in why.values()),
        *WRITTEN,
        *WHO,
    )
)
THEME = Theme(1280, 800, 10.1)
OTHERS = ((1280, 720, 10.1), (1366, 768, 15.6), (1920, 1200, 10.1), (1024, 768, 9.7), (1280, 1024, 17.0))
"""Further screen sizes, in addition to those of the gallery."""


def drawn(view: View, status: Status, theme: Theme, words: dict[str, Words], glyphs: Glyphs, first: int = 0) -> Sheet:
    return sheet_of(view, status, theme, words[status.language], glyphs, first)


@pytest.mark.gallery
@pytest.mark.parametrize("size", (*SIZES, *OTHERS), ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_screen_passes_the_audit(size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs) -> None:
    assert broken("", size, words, glyphs) == {}


@pytest.mark.parametrize(
    ("size", "looks"),
    [
        (SIZES[0], "-light"),
        pytest.param(SIZES[0], "contrast-large", marks=pytest.mark.long),
        pytest.param(SIZES[1], "-light", marks=pytest.mark.long),
    ],
    ids=lambda size: f"{size[0]}x{size[1]}" if isinstance(size, tuple) else size,
)
def test_selected_themes_of_every_screen_pass_the_audit(
    size: tuple[int, int, float], looks: str, words: dict[str, Words], glyphs: Glyphs
) -> None:
    """The smallest screen, also in large text, and the usual one."""
    assert broken(looks, size, words, glyphs) == {}


@pytest.mark.parametrize(
    ("size", "only"),
    [(OTHERS[0], "by-hand-alphabet-mn-light,Returning-by-hand-mn-light"), (OTHERS[3], "printed-card-left-mn-light")],
    ids=["1280x720", "1024x768"],
)
def test_longest_texts_pass_the_audit_on_other_screen_sizes(
    size: tuple[int, int, float], only: str, words: dict[str, Words], glyphs: Glyphs
) -> None:
    """Return Mongolian on screens that the gallery does not have."""
    assert broken(only, size, words, glyphs) == {}


def broken(only: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs) -> dict[str, list[str]]:
    """Return the defects of each picture that has any."""
    faulty = {}
    for shot in shots(only):
        theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
        sheet = drawn(shot.view, shot.status, theme, words, glyphs)
        if found := faults(sheet, theme, actions(shot.view, shot.status), DATA):
            faulty[shot.name] = found
    return faulty


@pytest.mark.gallery
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_long_list_pages_to_its_end(
    size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs
) -> None:
    assert turned("", size, words, glyphs) > 8


def test_english_long_lists_page_to_their_end(words: dict[str, Words], glyphs: Glyphs) -> None:
    assert turned("-en-light", SIZES[0], words, glyphs) > 2


@pytest.mark.parametrize("only", ["Details-had-en-large", "Details-had-mn-large", "Technician-mn-large"])
def test_tall_row_in_large_text_is_complete_on_a_small_screen(
    only: str, words: dict[str, Words], glyphs: Glyphs
) -> None:
    assert turned(only, SIZES[0], words, glyphs) == 1


def test_long_word_is_placed_above_its_button(words: dict[str, Words], glyphs: Glyphs) -> None:
    assert turned("Details-contacts-mn-light", SIZES[0], words, glyphs) == 1


def turned(only: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs) -> int:
    """Return the number of paged lists; check that every renewable loan is reached and every page passes the audit."""
    lists = 0
    for shot in shots(only):
        theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
        wanted = actions(shot.view, shot.status)
        reached: set[str | None] = set()
        firsts, first = list[int](), 0
        while first not in firsts and first < FOLLOWING:
            firsts.append(first)
            sheet = drawn(shot.view, shot.status, theme, words, glyphs, first)
            assert faults(sheet, theme, wanted, DATA) == [], shot.name
            reached |= {mark.item for mark in sheet if isinstance(mark, Touch) and mark.name == "renew"}
            first = next((mark.turn for mark in sheet if isinstance(mark, Touch) and mark.turn is not None), 0)
        assert first in (0, FOLLOWING), shot.name
        assert reached == {each.item for each in wanted if each.name == "renew"}, shot.name
        lists += len(firsts) > 1
    return lists


def texts_of(name: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs) -> list[Text]:
    """Return the texts of one gallery picture."""
    shot = next(each for each in shots() if each.name == name)
    theme = Theme(*size, contrast=shot.status.contrast, large=shot.status.large_text)
    sheet = drawn(shot.view, shot.status, theme, words, glyphs)
    return [mark for mark in sheet if isinstance(mark, Text)]


@pytest.mark.parametrize("language", languages())
def test_setup_screen_shows_the_command_and_the_address(language: str, words: dict[str, Words], glyphs: Glyphs) -> None:
    texts = {text.text for text in texts_of(f"OutOfOrder-no-config-{language}-light", SIZES[1], words, glyphs)}
    assert "sudo kiosk provision" in texts
    assert words[language].say("This machine: {here}", here=HERE) in texts


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", languages())
def test_refused_setting_is_shown_with_the_command_to_run(
    language: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs
) -> None:
    texts = " ".join(text.text for text in texts_of(f"OutOfOrder-refused-{language}-light", size, words, glyphs))
    assert "enrolment.code" in texts and "sudo kiosk provision" in texts


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("shot", ["Borrowing-one-zh-light", "Borrowing-one-zh-large", "Borrowing-full-zh-light"])
def test_due_dates_are_at_least_as_large_as_body_text(
    shot: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs
) -> None:
    dates = [text.size for text in texts_of(shot, size, words, glyphs) if text.text.startswith("12月20日")]
    large = shot.endswith("large")
    assert dates and min(dates) >= Theme(*size, large=large).size(Type.BODY)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_loan_titles_have_one_size(size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs) -> None:
    loans = [book[0] for book in BOOKS["en"][1:5]]
    texts = texts_of("Account-four-en-light", size, words, glyphs)
    sizes = [text.size for text in texts if any(title.startswith(text.text.rstrip("…")) for title in loans)]
    assert len(sizes) >= 2
    assert len(set(sizes)) == 1


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("look", ["light", "large"])
def test_printer_problem_and_receipt_code_are_shown(
    look: str, size: tuple[int, int, float], words: dict[str, Words], glyphs: Glyphs
) -> None:
    texts = " ".join(text.text for text in texts_of(f"Farewell-no-paper-from-the-start-en-{look}", size, words, glyphs))
    assert "The printer is out of paper." in texts
    assert "K7Q 2MX" in texts


def test_missing_font_is_named(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="fonts-wqy-microhei"):
        Glyphs(tmp_path / "wqy-microhei.ttc")


@pytest.mark.parametrize("folder", sorted({*languages()} - {SOURCES}))
def test_every_translation_has_its_glyphs(folder: str) -> None:
    with (LOCALE / folder / "LC_MESSAGES" / "kiosk.mo").open("rb") as file:
        messages = list(read_mo(file))
    said = {text for message in messages for text in (message.id, message.string) for text in _all(text)}
    assert len(said) > 300
    assert {char for text in said for char in text if ord(char) not in text_glyphs() and char != "\n"} == set()


def _all(text: object) -> tuple[str, ...]:
    return tuple(str(each) for each in text) if isinstance(text, tuple | list) else (str(text),)


def text(
    words: str, x: float = 100, y: float = 200, width: float = 200, colour: str = "#1A1611", cut: bool = False
) -> Text:
    return Text(Box(x, y, width, 48), words, 40, colour, cut)


BUTTON = Touch(Box(90, 190, 300, 90), "borrow")
BORROW = Action("borrow")


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ((text("Finish", width=400), Outline(Box(90, 190, 300, 90), "#1A1611", 2)), "does not fit its outline"),
        ((text("Finish", width=400), BUTTON), "does not fit its touch"),
        ((text("Finish", x=1200),), "outside the window"),
        ((text("Finish"), text("Back", x=250)), "overlaps"),
        ((text("Finish"), Icon(Box(280, 200, 40, 40), "x", "#1A1611")), "overlaps icon"),
        ((text("ᠮᠣᠩᠭᠣᠯ"),), "no glyph"),
        ((Cover(Box(100, 100, 200, 280), "8", "ᠮᠣᠩᠭᠣᠯ", Corners.ALL),), "no glyph"),
        ((text("Please go to the serv…", cut=True),), "cut"),
        ((text("Finish"), Fill(Box(0, 0, 1280, 800), "#F4EFE5")), "is covered by"),
        ((BUTTON, Fill(Box(300, 190, 400, 90), "#F4EFE5")), "is covered by"),
        ((Touch(Box(90, 190, 300, 60), "borrow"),), "mm"),
        ((BUTTON, Touch(Box(380, 190, 300, 90), "return")), "overlaps"),
        ((text("Finish", colour="#7D7163"),), ":1 on"),
        ((), "is not drawn"),
        ((BUTTON, Touch(Box(490, 190, 300, 90), "find")), "0 times an action"),
        ((BUTTON, Touch(Box(490, 190, 300, 90), "borrow")), "drawn 2 times"),
        ((Touch(Box(90, 190, 300, 90), "borrow", enabled=False),), "is not drawn"),
    ],
)
def test_audit_finds_each_seeded_defect(sheet: Sheet, message: str) -> None:
    assert any(message in fault for fault in faults(sheet, THEME, (BORROW,), DATA))


def test_audit_passes_a_correct_sheet() -> None:
    sheet = (Fill(Box(90, 190, 300, 90), "#FA8040", 6), text("Borrow", width=140), BUTTON)
    assert faults(sheet, THEME, (BORROW,), DATA) == []
