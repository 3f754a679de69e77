"""Test which pieces move between two sheets and where they are meanwhile, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.screens.layout import sheet_of
from kiosk.screens.rendering.display_list import Fill, Piece, Sheet
from kiosk.screens.rendering.geometry import Box
from kiosk.screens.rendering.glyphs import Glyphs
from kiosk.screens.rendering.theme import Theme
from kiosk.screens.rendering.transitions import Move, going_on, moves
from kiosk.screens.samples.sample_parts import BOOKS, guest, line, status
from kiosk.views import Borrowing, Identify, LineState, Returning, Status, View, VisitTask
from kiosk.words import Words

EN = status("en")
SIZES = [(1024, 600, 7.0), (1280, 800, 10.1), (1080, 1920, 21.5)]
ADA = guest("en", 3)
LINES = tuple(line(book, LineState.DONE, number) for number, book in enumerate(BOOKS["en"]))
THREE = Borrowing(ADA, LINES[2::-1])
FOUR = Borrowing(ADA, (replace(LINES[3], state=LineState.CHECKING), *LINES[2::-1]))


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
    three, four = sheet(THREE, size=size), sheet(FOUR, size=size)
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
            three, four = sheet(THREE, look, size), sheet(FOUR, look, size)
            paper = four[
                next(at for at, mark in enumerate(four) if isinstance(mark, Piece) and mark.name == "row 4") + 1
            ]
            assert isinstance(paper, Fill)
            row = places(four).get("row 3")
            if row is not None:
                assert paper.box.holds(replace(row, y=places(three)["row 3"].y))


def test_checked_undone_or_refused_rows_change_without_motion() -> None:
    done = Borrowing(ADA, LINES[3::-1])
    assert moving(FOUR, done) == {}
    assert [name for name in moving(done, THREE) if not name.startswith("lit")] == []
    assert moving(FOUR, Borrowing(ADA, (replace(LINES[3], state=LineState.REFUSED), *LINES[2::-1]))) == {}


def test_rows_below_a_notice_do_not_move() -> None:
    noticed = replace(FOUR, notice="unreadable")
    assert moving(FOUR, noticed) == {}
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
    assert moving(Returning(LINES[2::-1]), FOUR, opened=True) == {}


def test_row_motion_continues_after_a_response() -> None:
    before, after = sheet(FOUR), sheet(Borrowing(ADA, LINES[3::-1]))
    found = moves(sheet(THREE), before, opened=False)
    assert going_on(found, before, after) == found
    lower = sheet(replace(FOUR, notice="unreadable"))
    assert {name.split()[0] for name in going_on(found, before, lower)} == {"spine", "lit"}
    assert going_on(found, before, ()) == {}


def test_slide_takes_200_ms_and_fade_120_ms() -> None:
    slide, fade = Move((300, -90)), Move(None)
    assert (slide.offset(0), slide.offset(0.2), slide.offset(9)) == ((300, -90), (0, 0), (0, 0))
    way = [slide.offset(ms / 1000)[0] for ms in range(0, 201, 10)]
    assert way == sorted(way, reverse=True) and 0 < way[10] < 150
    assert [fade.strength(seconds) for seconds in (0, 0.06, 0.12)] == pytest.approx([0, 0.5, 1])
