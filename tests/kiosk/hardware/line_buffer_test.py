"""Test line assembly: foreign characters, pauses and endless input yield no number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.line_buffer import END, FOREIGN, LONGEST, Assembly

DIGITS = "0123456789"


def lines(text: str, pace: float = 0.01, pause: float = 0.5) -> list[str]:
    assembly = Assembly(DIGITS, pause)
    ended = (assembly.take(each, place * pace) for place, each in enumerate(text))
    return [line for line in ended if line is not None]


def test_line_ends_at_each_terminator() -> None:
    assert lines("0012345678\n\n77\n") == ["0012345678", "77"]


def test_line_with_a_foreign_character_is_dropped() -> None:
    assert lines("12x34\n56\n") == ["56"]
    assert lines(f"12{FOREIGN}34\n56\n") == ["56"]


def test_unfinished_line_is_dropped_after_a_pause() -> None:
    assembly = Assembly(DIGITS, pause=0.5)
    for place, each in enumerate("1234"):
        assert assembly.take(each, 10 + place * 0.4) is None
    assert assembly.take("5", 11.8) is None
    assert assembly.take(END, 11.9) == "5"


def test_overlong_line_is_dropped() -> None:
    assert lines("1" * LONGEST + "\n") == ["1" * LONGEST]
    assert lines("1" * (LONGEST + 1) + "\n22\n") == ["22"]


@given(st.lists(st.text(DIGITS + "aB \t" + FOREIGN, max_size=12)))
def test_only_complete_lines_of_the_alphabet_are_returned(typed: list[str]) -> None:
    good = [each for each in typed if each and set(each) <= set(DIGITS)]
    assert lines("".join(each + END for each in typed)) == good
