"""Test that a further language needs only one file and one catalogue."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from pydantic import ValidationError

from kiosk.config.models import Library
from kiosk.screens.gallery import shots
from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Text
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.views import Board, Panel, Status, View, actions
from kiosk.views.text_entry import first_board
from kiosk.words import Words, localizer, voice_recordings
from lending import languages as known
from lending.display_preferences import read
from lending.languages import SOURCES, kin, languages, usual

FILE = """
name = "Русский"
short = "РУ"
place = 5
usual = true
board = "cyrillic"
voice = "ru"
"""
LIBRARY = {"names": {"zh": "湖滨图书馆", "en": "Lakeside Library", "ru": "Библиотека"}, "branch": "main"}


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Copy four of the kiosk's languages into test folders."""
    folder = tmp_path / "locale"
    for each in ("zh", "zh_TW", "en", "mn"):
        shutil.copy(known.FOLDER / f"{each}.toml", tmp_path)
        if each != SOURCES:
            shutil.copytree(localizer.LOCALE / each, folder / each)
    monkeypatch.setattr(known, "FOLDER", tmp_path)
    for module in (localizer, voice_recordings):
        monkeypatch.setattr(module, "LOCALE", folder)
    languages.cache_clear()
    yield folder
    languages.cache_clear()


@pytest.fixture
def russian(locale: Path) -> None:
    """Add Russian with one translated message."""
    messages = locale / "ru" / "LC_MESSAGES"
    messages.mkdir(parents=True)
    (locale.parent / "ru.toml").write_text(FILE, encoding="utf-8")
    catalogue = Catalog("ru", language_team="Russian (draft)")
    catalogue.add("Borrow", "Взять")
    with (messages / "kiosk.mo").open("wb") as file:
        write_mo(file, catalogue)


def texts_of(view: View, status: Status) -> set[str]:
    sheet = sheet_of(view, status, Theme(1280, 800, 10.1), Words(status.language), Glyphs())
    return {mark.text for mark in sheet if isinstance(mark, Text)}


@pytest.mark.usefixtures("locale")
def test_language_without_a_file_is_unknown() -> None:
    assert "ru" not in languages() and read("ru") is None
    with pytest.raises(KeyError):
        Words("ru")
    with pytest.raises(ValidationError, match=r"names\.ru"):
        Library.model_validate(LIBRARY)


@pytest.mark.usefixtures("russian")
def test_added_language_is_offered_configured_and_translated() -> None:
    assert usual() == ("zh", "en", "mn", "ru")
    config = Library.model_validate({**LIBRARY, "language": "ru"})
    assert config.languages == usual(), "offered unless the library names its languages"
    assert config.names.model_dump()["ru"] == "Библиотека"
    words = Words("ru")
    assert (words.say("Borrow"), words.say("Return"), words.draft) == ("Взять", "Return", True)
    assert (first_board("ru"), kin("ru"), str(read("ru contrast"))) == (Board.CYRILLIC, "ru", "ru contrast")
    assert languages()["ru"].voice == "ru"


@pytest.mark.usefixtures("russian")
def test_added_language_is_drawn_on_every_screen_and_selectable() -> None:
    drawn = {each.name for each in shots("-ru-light")}
    assert drawn == {each.name.replace("-en-", "-ru-") for each in shots("-en-light")}
    shot = next(shots("Welcome-ru-light"))
    assert "Взять" in texts_of(shot.view, shot.status)
    english = replace(shot.status, language=SOURCES, panel=Panel.LANGUAGES)
    assert "language_ru" in {each.name for each in actions(shot.view, english)}
    assert "Русский" in texts_of(shot.view, english)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('bord = "latin"', "bord"),
        ('place = "4"', "place = '4' is not of type int"),
        ("kin = 3", "kin = 3 is not of type str"),
        ('apart = ["Монгол"]', "not enough values"),
        ("usual = tru", "Invalid value"),
    ],
)
def test_language_file_error_names_file_and_key(locale: Path, line: str, message: str) -> None:
    file = locale.parent / "mn.toml"
    kept = [each for each in file.read_text(encoding="utf-8").splitlines() if each.split()[0] != line.split()[0]]
    file.write_text("\n".join([*kept, line]), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"mn\.toml: .*{message}"):
        languages()
