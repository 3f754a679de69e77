"""Test that line breaks are correct in Chinese and Latin text, and lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.rendering.text_layout import shorten, wrap
from lending.line_breaks import MAY_NOT_END, MAY_NOT_START


class Squares:
    """A ruler for which a Chinese character is one em wide and any other half of it."""

    def width(self, text: str, size: int) -> int:
        return sum(size if ord(char) > 0x2E80 else size // 2 for char in text)


RULER = Squares()


def lines(text: str, columns: float, most: int = 0) -> list[str]:
    return wrap(text, 10, columns * 10, RULER, most)[0]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param(8, "Show a book,| hold your card", id="Latin at spaces"),
        pytest.param(4, "出示图|书，或放|上借书证", id="Chinese not before a comma"),
        pytest.param(9, "周六故事会：|月亮上的兔子", id="Chinese after a colon"),
        pytest.param(12, "《汉字拾趣》曾经遗失，|您找到它了！", id="Chinese after a comma"),
        pytest.param(7, "请换读者证，或|请馆员为您开通", id="comma adds no line"),
        pytest.param(7, "好，我们在|服务台等您来", id="early comma is skipped"),
        pytest.param(7, "这个联系方式还|正确吗？", id="Chinese word stays together"),
        pytest.param(18, "请带身份证到服务台办理延期，|约需 2 分钟。", id="line ends at a later comma"),
        pytest.param(5, "请看这本|《听取自|然》", id="not after an opening bracket"),
        pytest.param(12, "预约架保留到| 11月28日 周六", id="weekday stays with its date"),
        pytest.param(16, "One is saved, not yet| confirmed ok", id="last word is not alone"),
        pytest.param(6.2, "Something| else", id="last word may be alone before another is broken"),
        pytest.param(6, "Donaudampfsc|hifffahrten", id="word wider than the line"),
    ],
)
def test_text_breaks_at_suitable_places(columns: float, expected: str) -> None:
    assert lines(expected.replace("|", ""), columns) == [line.strip() for line in expected.split("|")]


def test_excess_lines_end_in_an_ellipsis() -> None:
    title = "The decline and fall of the whole Roman Empire"
    assert wrap(title, 10, 100, RULER, 2) == (["The decline and fall", "of the whole Roman…"], True)


def test_fitting_text_is_not_shortened() -> None:
    assert shorten("Neap tide", 10, 45, RULER) == "Neap tide"


def test_shortened_text_fits() -> None:
    assert shorten("Seasons of the sea", 10, 50, RULER) == "Seasons o…"


@given(st.text(st.sampled_from("借书证，。《》 abcОӨ-"), max_size=60), st.integers(3, 20))
def test_wrapped_text_is_complete_and_fits(text: str, columns: int) -> None:
    found = lines(text, columns)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    for line in found:
        glued = all(char in MAY_NOT_START + MAY_NOT_END for char in line[1:])
        assert RULER.width(line, 10) <= columns * 10 or glued
