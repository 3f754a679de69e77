"""Test that hidden titles are neither drawn, spoken nor exported, and that messages are hidden too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.gallery import Shot, shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Cover, Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.samples.sample_details import LETTERS
from kiosk.screens.samples.sample_parts import BOOKS, LONG
from kiosk.screens.screen_reader import spoken_text
from kiosk.views import Details, Find, Learn, Panel, RecordPage, Status, TitlePage, View, Welcome, actions
from kiosk.words import Words

EVERYBODYS = Welcome | Find | TitlePage | Learn
"""Views that are the same for every patron, such as new titles, posters and the catalogue."""
TITLES = {book[0] for books in (*BOOKS.values(), *LONG.values()) for book in books}
WRITTEN = {text for letter in LETTERS.values() for text in letter}


def personal(looks: str) -> list[Shot]:
    return [each for each in shots(looks) if not isinstance(each.view, EVERYBODYS)]


def drawn(view: View, status: Status, glyphs: Glyphs) -> str:
    sheet = sheet_of(view, status, Theme(1080, 1920, 21.5), Words(status.language), glyphs)
    marks = (mark for mark in sheet if isinstance(mark, Text | Cover))
    return "\n".join((mark.whole or mark.text) if isinstance(mark, Text) else mark.title for mark in marks)


def named(text: str) -> set[str]:
    return {each for each in TITLES | WRITTEN if each in text}


def output_of(shot: Shot, status: Status, glyphs: Glyphs) -> str:
    said = spoken_text(shot.view, status, Words(status.language), glyphs)
    return "\n".join((drawn(shot.view, status, glyphs), *said.sentences, *said.labels.values()))


@pytest.mark.parametrize("looks", ["-en-light,-zh-light", pytest.param("-light", marks=pytest.mark.gallery)])
def test_personal_screens_name_no_hidden_title(glyphs: Glyphs, looks: str) -> None:
    open_, hidden = {}, {}
    for shot in personal(looks):
        if found := named(output_of(shot, replace(shot.status, hidden=False), glyphs)):
            open_[shot.name] = found
        if found := named(output_of(shot, replace(shot.status, hidden=True), glyphs)):
            hidden[shot.name] = found
    assert hidden == {}
    kinds = {name.partition("-")[0] for name in open_}
    assert {"Borrowing", "Returning", "Account", "ForYou", "Details", "Farewell", "Refused", "Asking"} <= kinds, kinds


def test_messages_screen_offers_to_show_titles() -> None:
    view = next(each.view for each in shots("Details-letters-en-light"))
    assert isinstance(view, Details) and view.room is RecordPage.LETTERS
    status = next(each.status for each in shots("Details-letters-en-light"))
    assert "hide_titles" in {each.name for each in actions(view, replace(status, panel=Panel.DISPLAY))}
