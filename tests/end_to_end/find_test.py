"""Test the catalogue search of a real kiosk in its window, typed on each on-screen keyboard."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from kiosk.views import Board
from tests.support.real_kiosk import House, Kiosk, house

pytestmark = pytest.mark.long

SHEET = """\
barcode,type,branch,title,author
30012000880001,book,main,红楼梦,曹雪芹
30012000880002,book,main,Өвлийн үүр,Үлгэр Ж.
"""
"""Items in addition to those of the demo library."""


@pytest.fixture(scope="module")
def library() -> Iterator[House]:
    with house(hub=True) as library:
        sheet = library.folder / "items.csv"
        sheet.write_text(SHEET, encoding="utf-8")
        environment = {**os.environ, "KIOSK_HUB_STATE": str(library.folder / "hub"), "DATABASE_URL": ""}
        command = [sys.executable, "-m", "hub.cli", "import-items", str(sheet), "--yes"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        yield library


@pytest.fixture(scope="module")
def kiosk(library: House) -> Iterator[Kiosk]:
    with library.set_up().with_journal().kiosk() as kiosk:
        kiosk.ask("ready")
        kiosk.look()
        kiosk.press("find")
        yield kiosk


def typed(kiosk: Kiosk, board: Board, text: str) -> list[str]:
    """Type the text into an empty field, and return the offered titles."""
    targets = kiosk.look()["targets"]
    offered = {(each["name"], each["choice"]) for each in targets if each["enabled"]}
    if ("erase", "all") in offered:
        kiosk.press("erase", choice="all")
    if ("turn", board.value) in offered:
        kiosk.press("turn", choice=board.value)
    for sign in text:
        kiosk.press("key", choice=sign)
    return [each["choice"] for each in kiosk.seen["targets"] if each["name"] == "title"]


@pytest.mark.parametrize(
    ("board", "text", "title"),
    [
        (Board.LATIN, "hlm", "红楼梦"),
        (Board.LATIN, "grizz", "Grizzly bears"),
        (Board.DIGITS, "9787503918025", "陈凯歌电影论"),
        (Board.DIGITS, "9781567669435", "Grizzly bears"),
        (Board.CYRILLIC, "үүрийн", "Үүрийн туяа"),
        (Board.CYRILLIC, "өвлийн үүр", "Өвлийн үүр"),
    ],
)
def test_title_is_found_with_each_keyboard(kiosk: Kiosk, board: Board, text: str, title: str) -> None:
    assert typed(kiosk, board, text[:1]) == []
    (found,) = typed(kiosk, board, text)
    kiosk.press("title", choice=found)
    assert kiosk.seen["view"] == "TitlePage" and title in kiosk.text
    kiosk.press("back")


def test_unknown_title_gives_no_results(kiosk: Kiosk) -> None:
    assert typed(kiosk, Board.LATIN, "hlq") == []
    assert "No results" in kiosk.text
