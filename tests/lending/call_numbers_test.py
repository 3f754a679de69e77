"""Test call number sort order, rejection of invalid ones, and shelf ranges."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lending.call_numbers import (
    CallNumberFault,
    Scheme,
    ShelfPosition,
    Span,
    UnsortedCallNumber,
    holding,
    parse_call_number,
    parse_range,
)

SHELVES = {
    Scheme.CLC: """A811 B222 B82-49/3 D922.290.4/2 F299.2 F299.2-49/1 F299.2(2)/1 F299.21/1 G633.8/1 I2 I207.227.42/8
        I247.5/9 I247.57 I247.57/3 I247.57/12 I247.57/123 I247.57/4561 I247.57/L123 I247.57/L123=2 I247.58/1 I248
        I712.45/2 K825.6 K825.6-5 K825.6(2) K825.6=76 K825.61/1 N49/2 R-052 R1/5 T-49 TB1 TP3 TP312 TP312-43/1
        TP312BA/1 TP312C/7 TP312PY/12 TP313/1 TQ1/1 U1 Z228/4""".split(),
    Scheme.DEWEY: """001 BEL|030 ENC v.2|030 ENC v.10|364 A|364.1 HAR|364.162 H263|364.162 H27|364.162 HAR
        |364.162 HAR 1999|364.162 HAR 2001|364.17 A|365|796.332 BEC|813 BEL|813.54 KIN|895.1 孔庆茂""".split("|"),
    Scheme.LCC: """A1 .B2|K25 .A4|PN1995.9 .F67|PS3552 .A45 D8 1999|PS3552 .A45 D82 1998|QA9 .B1|QA76 1999 .B2|QA76 .A4
        |QA76.73 .C15|QA76.73 .P98 M3|QA76.73 .P98 M3 1999|QA76.73 .P98 M3 1999 v.2|QA76.73 .P98 M3 1999 v.10
        |QA76.9 .A1|QA761 .A1|Z1001 .A2""".split("|"),
}


def position(text: str, scheme: Scheme | None = None) -> ShelfPosition:
    found = parse_call_number(text, scheme)
    assert isinstance(found, ShelfPosition), found
    return found


def span(first: str, last: str = "", scheme: Scheme | None = None) -> Span:
    found = parse_range(first, last, scheme)
    assert isinstance(found, Span), found
    return found


@pytest.mark.parametrize("scheme", Scheme)
def test_call_numbers_sort_in_shelf_order(scheme: Scheme) -> None:
    shelf = [each.strip() for each in SHELVES[scheme]]
    shuffled = random.Random(1).sample(shelf, len(shelf))
    assert sorted(shuffled, key=lambda each: position(each, scheme)) == shelf
    assert sorted(shuffled) != shelf, "plain string order must differ, or the test proves nothing"


@pytest.mark.parametrize("scheme", Scheme)
def test_scheme_is_detected(scheme: Scheme) -> None:
    parsed = {each.strip(): parse_call_number(each) for each in SHELVES[scheme]}
    wrong = {
        each for each, found in parsed.items() if not isinstance(found, ShelfPosition) or found.scheme is not scheme
    }
    assert wrong == set()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", CallNumberFault.EMPTY),
        ("  ", CallNumberFault.EMPTY),
        ("HAR", CallNumberFault.NO_CLASS),
        ("8222 PEN", CallNumberFault.NO_CLASS),
        ("横須賀", CallNumberFault.NO_CLASS),
        ("[Fic]", CallNumberFault.NO_CLASS),
        ("QA123456", CallNumberFault.NO_CLASS),
    ],
)
def test_invalid_call_number_is_named(text: str, why: CallNumberFault) -> None:
    assert parse_call_number(text) == UnsortedCallNumber(text, why)


def test_scheme_of_a_shelf_decides_ambiguous_numbers() -> None:
    assert position("K25 .A4").scheme is Scheme.LCC
    assert position("K25 .A4", Scheme.LCC) < position("K25.3 .A4", Scheme.LCC)
    assert isinstance(parse_call_number("K25 .A4", Scheme.DEWEY), UnsortedCallNumber)


@pytest.mark.parametrize(
    ("written", "same"),
    [("I247.57/12", "ｉ２４７．５７／１２"), ("I247.57/12", " i 247.57 / 12 "), ("TP312/3", "tp312 3"),
     ("364.162 HAR", "364.162 har"), ("364.162 HAR", "364.16/2 HAR"), ("QA76.73 .P98", "QA 76.73.P98"),
     ("K825.6(2)/1", "K825.6（2）/1"), ("I247.57/12", "I247.57/012")],
)  # fmt: skip
def test_equivalent_spellings_are_equal(written: str, same: str) -> None:
    assert position(written) == position(same)


@pytest.mark.parametrize(
    ("first", "last", "within", "without"),
    [("I247.5", "I247.57", ["I247.5/1", "I247.57/4561", "I247.55"], ["I247.4/9", "I247.58/1", "I248"]),
     ("I247.57/1", "I247.57/12", ["I247.57/1", "I247.57/12", "I247.57/2"], ["I247.57", "I247.57/123", "I247.57/13"]),
     ("I", "K", ["I2", "J292.1/3", "K9/1"], ["H31/1", "N0/1"]),
     ("36", "", ["360 A", "364.162 HAR", "369 Z"], ["359 A", "370 A"]),
     ("364.162 A", "364.162 H", ["364.162 HAR", "364.162 BEL"], ["364.162 KIN", "364.17 A"]),
     ("QA", "QA", ["QA1 .A1", "QA761 .A1"], ["PS1 .A1", "QB1 .A1"]),
     ("QA76", "QA76.73", ["QA76 .A4", "QA76.73 .P98"], ["QA76.9 .A1", "QA761 .A1"])],
)  # fmt: skip
def test_range_contains_its_call_numbers(first: str, last: str, within: list[str], without: list[str]) -> None:
    scheme = Scheme.LCC if first.startswith("Q") else None
    found = span(first, last, scheme)
    assert {each: found.holds(position(each, scheme)) for each in within + without} == {
        **dict.fromkeys(within, True),
        **dict.fromkeys(without, False),
    }


SIDE_BY_SIDE = (("I2", "I247.5"), ("I247.57/1", "I247.57/50"), ("I247.58", "I7"), ("I5", "K"), None)


@pytest.mark.parametrize(
    ("text", "shelves"),
    [("I207.2", [0]), ("I247.5/3", [0]), ("I247.51/3", [0]), ("I247.57", [0]), ("I247.57/12", [1]), ("I247.57/51", []),
     ("I3", [2]), ("I561/4", [2, 3]), ("K1", [3]), ("H31", [])],
)  # fmt: skip
def test_adjacent_ranges_end_where_the_next_begins(text: str, shelves: list[int]) -> None:
    spans = [span(*each) if each else None for each in SIDE_BY_SIDE]
    assert holding(spans, position(text)) == shelves


def test_overlapping_ranges_are_detected() -> None:
    one, two, three, four = (span(*each) for each in SIDE_BY_SIDE if each)
    assert [one.meets(two), two.meets(three), three.meets(four), four.meets(three)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("I248", "I247", CallNumberFault.BACKWARDS),
        ("I2", "364", CallNumberFault.BACKWARDS),
        ("", "I2", CallNumberFault.EMPTY),
        ("?", "", CallNumberFault.NO_CLASS),
    ],
)
def test_invalid_range_is_named(first: str, last: str, why: CallNumberFault) -> None:
    found = parse_range(first, last)
    assert isinstance(found, UnsortedCallNumber) and found.fault is why


DIGITS = st.text("0123456789", min_size=1, max_size=6)


@given(DIGITS, DIGITS, st.integers(0, 99999), st.integers(0, 99999))
def test_clc_class_sorts_as_a_decimal_and_its_book_number_as_an_integer(
    one: str, two: str, first: int, second: int
) -> None:
    left, right = position(f"I{one}/{first}"), position(f"I{two}/{second}")
    assert (left < right) is ((one, first) < (two, second))


@given(st.integers(0, 999), st.integers(0, 999), DIGITS, DIGITS)
def test_dewey_class_sorts_as_a_number(one: int, two: int, behind: str, other: str) -> None:
    left, right = position(f"{one:03}.{behind} ABC"), position(f"{two:03}.{other} ABC")
    assert (left < right) is ((one, behind) < (two, other))


@given(st.integers(1, 9999), st.integers(1, 9999), DIGITS, DIGITS)
def test_lcc_class_sorts_as_a_number_and_its_cutter_as_a_decimal(one: int, two: int, cut: str, other: str) -> None:
    left, right = position(f"QA{one} .B{cut}", Scheme.LCC), position(f"QA{two} .B{other}", Scheme.LCC)
    assert (left < right) is ((one, cut) < (two, other))


@given(st.text(max_size=30))
def test_any_text_is_parsed_without_error(text: str) -> None:
    for scheme in (None, *Scheme):
        found, range_ = parse_call_number(text, scheme), parse_range(text, text, scheme)
        if isinstance(found, ShelfPosition):
            assert isinstance(range_, Span) and range_.holds(found)
