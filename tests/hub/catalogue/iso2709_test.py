"""Test a file with a damaged record: it is reported with its offset, and no other record is lost."""

from __future__ import annotations

import io
import random

import pytest

from hub.catalogue.marc import Bad, Described, read
from tests.hub.catalogue.marc_test import record

RECORDS = [record(f"Book {number}", str(100 + number)).as_marc() for number in range(10)]
BROKEN = 5


def said(raw: bytes) -> tuple[list[str], list[Bad]]:
    """The titles, and what is bad."""
    found = list(read(io.BytesIO(raw)))
    return [each.title for each in found if isinstance(each, Described)], [e for e in found if isinstance(e, Bad)]


def with_one(broken: bytes, between: bytes = b"") -> bytes:
    return between.join([*RECORDS[:BROKEN], broken, *RECORDS[BROKEN + 1 :]])


OTHERS = [f"Book {number}" for number in range(10) if number != BROKEN]
WHOLE = RECORDS[BROKEN]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"xxxxx" + WHOLE[5:], "no record starts here"),
        (b"00000" + WHOLE[5:], "states 0 bytes but has 131"),
        (b"00128" + WHOLE[5:], "states 128 bytes but has 131"),
        (b"00134" + WHOLE[5:], "states 134 bytes but has 131"),
        (b"99999" + WHOLE[5:], "states 99,999 bytes"),
        (WHOLE[:60], "ends after 60 of 131 bytes"),
        (WHOLE[:12] + b"zzzzz" + WHOLE[17:], "directory"),
        (WHOLE[:30] + b"?" * 10 + WHOLE[40:], "directory"),
        (b"<p>502 Bad Gateway</p>\x1d", "no record starts here"),
    ],
)
def test_a_broken_record_is_named_and_costs_no_other(broken: bytes, why: str) -> None:
    titles, (bad,) = said(with_one(broken))
    assert titles == OTHERS
    assert bad.number == BROKEN + 1
    assert why in bad.fault


def test_the_place_is_where_it_begins() -> None:
    _titles, (bad,) = said(with_one(b"00134" + WHOLE[5:], b"\r\n"))
    assert bad.at == sum(map(len, RECORDS[:BROKEN])) + 2 * BROKEN


def test_however_one_is_broken_no_other_is_lost() -> None:
    chance = random.Random(2709)
    for _time in range(300):
        at = chance.randrange(len(WHOLE) - 1)
        broken = WHOLE[:at] + chance.randbytes(chance.randrange(9)).replace(b"\x1d", b"") + WHOLE[at + 1 :]
        titles, bad = said(with_one(broken))
        assert set(OTHERS) <= set(titles), broken
        assert len(titles) + len(bad) == 10, broken


@pytest.mark.parametrize("last", [b"2", b"19", b"202", b"2019", b"12019"])
def test_one_that_breaks_off_amid_digits_costs_not_the_next(last: bytes) -> None:
    titles, (bad,) = said(with_one(WHOLE[:60] + last))
    assert titles == OTHERS
    assert f"ends after {60 + len(last)} of 131 bytes" in bad.fault


def test_what_looks_like_a_length_in_its_directory_begins_no_record() -> None:
    for more in range(400):
        broken = record("x" * more, "105").as_marc()
        titles, bad = said(with_one(b"99998" + broken[5:]))
        assert titles == OTHERS and [each.raw for each in bad] == [b"99998" + broken[5:]], more


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\0\0", b" \n "])
def test_what_stands_between_records_is_passed_over(between: bytes) -> None:
    titles, bad = said(between.join(RECORDS) + between)
    assert (len(titles), bad) == (10, [])


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"<html><body>Not found</body></html>", "this file with <html>"),
        (b"these are no records\n" * 9, "no record starts here"),
        (b"PK\x03\x04" + bytes(2_000_000), "no record starts here"),
        ("title,author\n".encode("utf-16") * 9, "no record starts here"),
    ],
)
def test_what_is_no_file_of_records_is_told(raw: bytes, why: str) -> None:
    titles, (bad,) = said(raw)
    assert (titles, bad.number) == ([], 1)
    assert why in bad.fault


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"<collection/>"])
def test_nothing_is_no_fault(raw: bytes) -> None:
    assert said(raw) == ([], [])
