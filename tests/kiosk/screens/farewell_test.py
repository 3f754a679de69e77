"""Test the farewell: countdown, receipt buttons, the QR code of the receipt, and the question after a visit."""

from __future__ import annotations

import functools
from dataclasses import replace
from math import hypot

import pytest
from pyzbar.pyzbar import decode

from kiosk.screens.draw_context import frame_for
from kiosk.screens.farewell import CAPACITY, SAYS_UTF8
from kiosk.screens.gallery import LOOKS, SIZES, Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.overflow import FOLLOWING
from kiosk.screens.rendering.display_list import Code, Figure, Shape, Sheet, Text, Touch
from kiosk.screens.rendering.theme import CAP_HEIGHT, Theme
from kiosk.screens.samples.sample_errands import farewells_with_questions
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.views import Farewell, LineState, ReceiptState, actions
from kiosk.words.receipt import as_text, layout
from lending.languages import languages
from lending.questions import PostVisitQuestion
from tests.kiosk.screens.sheets import GLYPHS, SIZED, WORDS, Size, drawn, sample, texts, touches
from tests.support.drawn_sheet import render


@SIZED
@pytest.mark.parametrize("look", ["light", "large"])
@pytest.mark.parametrize("name", ["Farewell", "Farewell-on-phone", "Farewell-printing", "IdleWarning"])
def test_countdown_fits_in_its_ring(name: str, look: str, size: Size) -> None:
    sheet = drawn(sample(f"{name}-en-{look}"), size)
    rings = [mark for mark in sheet if isinstance(mark, Shape) and mark.figure is Figure.RING]
    figures = [mark for mark in sheet if isinstance(mark, Text) and mark.text.isdigit()]
    ring, figure = next((ring, figure) for ring in rings for figure in figures if ring.box.contains(*figure.box.centre))
    assert hypot(figure.box.w / 2, CAP_HEIGHT * figure.size / 2) < ring.box.w / 2 - ring.width


@SIZED
@pytest.mark.parametrize("name", ["Farewell-message-en", "Farewell-en"])
def test_countdown_is_not_alone_on_a_following_page(name: str, size: Size) -> None:
    shot, first, alone = sample(f"{name}-large"), FOLLOWING, []
    line = frame_for(Theme(*size, large=True)).line
    while first >= FOLLOWING:
        sheet = drawn(shot, size, first)
        alone += [mark.text for mark in sheet if isinstance(mark, Text) and mark.box.y < line.y and mark.text.isdigit()]
        first = next((mark.turn for mark in touches(sheet) if mark.turn is not None), 0)
    assert not alone


@SIZED
@pytest.mark.parametrize("language", ["zh", "en", "mn"])
@pytest.mark.parametrize("name", ["message", "message-many", "message-no-paper"])
def test_message_receipt_label_is_no_larger_than_the_phone_label(name: str, language: str, size: Size) -> None:
    sheet = drawn(sample(f"Farewell-{name}-{language}-light"), size)
    named = {
        touch.name: mark.size
        for touch in sheet
        if isinstance(touch, Touch) and touch.name.startswith("receipt_")
        for mark in sheet
        if isinstance(mark, Text) and touch.box.contains(*mark.box.centre)
    }
    assert named.get("receipt_message", 0) <= named["receipt_phone"]


@functools.cache
def farewells() -> list[tuple[Shot, Farewell]]:
    """Return the farewell samples; called lazily, because each process would draw the camera pictures at collection."""
    return [(shot, shot.view) for shot in shots("Farewell") if isinstance(shot.view, Farewell)]


@pytest.mark.parametrize("size", [SIZES[0], *(pytest.param(each, marks=pytest.mark.gallery) for each in SIZES[1:])])
def test_qr_code_contains_the_receipt(size: Size) -> None:
    on_phone = [(shot, view) for shot, view in farewells() if view.receipt is ReceiptState.ON_PHONE]
    assert len(on_phone) >= 8
    for shot, view in on_phone:
        (code,) = decode(render(drawn(shot, size), size[:2]))
        whole = layout(view, shot.status, WORDS[shot.status.language])
        assert code.data.decode() in {as_text(whole, most - SAYS_UTF8) for most in CAPACITY}, shot.name
        assert view.code[:3] in code.data.decode()


@pytest.mark.parametrize(
    "size", [SIZES[0], (1280, 720, 7.0), *(pytest.param(each, marks=pytest.mark.gallery) for each in SIZES[1:])]
)
def test_qr_code_is_readable_at_arms_length_and_the_receipt_code_is_shown(size: Size) -> None:
    for shot, view in farewells():
        if view.receipt is not ReceiptState.ON_PHONE:
            continue
        marks = drawn(shot, size)
        module = min(mark.box.h / len(mark.rows) for mark in marks if isinstance(mark, Code))
        assert module >= 3 and module / Theme(*size).px_per_mm > 0.445, shot.name
        assert f"{view.code[:3]} {view.code[3:]}" in texts(marks), shot.name


@SIZED
def test_receipt_problem_is_shown_at_every_size(size: Size) -> None:
    broken = (ReceiptState.FAILED, ReceiptState.NO_PRINTER)
    problems = [(shot, view) for shot, view in farewells() if view.receipt in broken and view.receipt_problem]
    assert any(view.receipt_half for _, view in problems)
    for shot, view in problems:
        words = WORDS[shot.status.language].receipt_problem(view.receipt_problem, view.receipt_half)
        shown = "".join(mark.text for mark in drawn(shot, size) if isinstance(mark, Text))
        assert words.replace(" ", "") in shown.replace(" ", ""), shot.name


MOST_OF_THE_SCREEN = 0.5


def sheet(view: Farewell, size: Size, language: str, contrast: bool, large: bool) -> Sheet:
    theme = Theme(*size, contrast=contrast, large=large)
    return sheet_of(view, status(language, contrast=contrast, large=large), theme, WORDS[language], GLYPHS)


def buttons(found: Sheet, *, asked: bool) -> set[Touch]:
    """Return the answer targets, or all others without paging buttons."""
    return {mark for mark in touches(found) if mark.turn is None and (mark.name == "answer") is asked}


@SIZED
@pytest.mark.parametrize("language", languages())
def test_question_leaves_every_button_and_half_of_the_screen(language: str, size: Size) -> None:
    lines = tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS[language][:3]))
    plain = Farewell(lines, guest(language, 3), seconds=7)
    questions = [
        view for _name, view in farewells_with_questions(language, plain) if isinstance(view, Farewell) and view.ask
    ]
    assert {view.ask.kind for view in questions if view.ask} == {"face", "contact", "channel", "message", "pick"}
    for _look, contrast, large in LOOKS:
        before = buttons(sheet(plain, size, language, contrast, large), asked=False)
        for view in questions:
            found = sheet(replace(view, answered="", days=()), size, language, contrast, large)
            after = {mark.name: mark.box for mark in buttons(found, asked=False)}
            assert {mark.name for mark in before} == set(after)
            assert [mark for mark in before if not after[mark.name].contains(*mark.box.centre)] == []
            assert any(isinstance(mark, Text) and mark.text == "7" for mark in found), "the seconds are counted"
            boxes = [mark.box for mark in buttons(found, asked=True)]
            high = max(box.bottom for box in boxes) - min(box.y for box in boxes)
            assert high < MOST_OF_THE_SCREEN * size[1]


def test_question_adds_actions_and_removes_none() -> None:
    plain = Farewell((), guest("en", 3))
    found = replace(plain, ask=PostVisitQuestion("face"))
    look = status("en")
    assert set(actions(plain, look)) < set(actions(found, look))
