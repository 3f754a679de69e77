"""Test a file with a damaged record: it is reported with its offset, and no other record is lost."""

from __future__ import annotations

import io
import random

import pytest

from hub.catalogue.marc import Bad, DescribedTitle, read
from tests.hub.catalogue.marc_test import record

RECORDS = [record(f"Book {number}", str(100 + number)).as_marc() for number in range(10)]
BROKEN = 5


def titles_and_faults(raw: bytes) -> tuple[list[str], list[Bad]]:
    """Return the titles read, and the bad records."""
    found = list(read(io.BytesIO(raw)))
    return [each.title for each in found if isinstance(each, DescribedTitle)], [e for e in found if isinstance(e, Bad)]


def file_with(broken: bytes, between: bytes = b"") -> bytes:
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
def test_damaged_record_is_named_and_the_others_are_read(broken: bytes, why: str) -> None:
    titles, (bad,) = titles_and_faults(file_with(broken))
    assert titles == OTHERS
    assert bad.number == BROKEN + 1
    assert why in bad.fault


def test_offset_is_where_the_damaged_record_begins() -> None:
    _titles, (bad,) = titles_and_faults(file_with(b"00134" + WHOLE[5:], b"\r\n"))
    assert bad.at == sum(map(len, RECORDS[:BROKEN])) + 2 * BROKEN


def test_random_damage_to_one_record_loses_no_other() -> None:
    chance = random.Random(2709)
    for _time in range(300):
        at = chance.randrange(len(WHOLE) - 1)
        broken = WHOLE[:at] + chance.randbytes(chance.randrange(9)).replace(b"\x1d", b"") + WHOLE[at + 1 :]
        titles, bad = titles_and_faults(file_with(broken))
        assert set(OTHERS) <= set(titles), broken
        assert len(titles) + len(bad) == 10, broken


@pytest.mark.parametrize("last", [b"2", b"19", b"202", b"2019", b"12019"])
def test_record_truncated_within_digits_does_not_lose_the_next(last: bytes) -> None:
    titles, (bad,) = titles_and_faults(file_with(WHOLE[:60] + last))
    assert titles == OTHERS
    assert f"ends after {60 + len(last)} of 131 bytes" in bad.fault


def test_digits_in_a_directory_start_no_record() -> None:
    for more in range(400):
        broken = record("x" * more, "105").as_marc()
        titles, bad = titles_and_faults(file_with(b"99998" + broken[5:]))
        assert titles == OTHERS and [each.raw for each in bad] == [b"99998" + broken[5:]], more


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\0\0", b" \n "])
def test_bytes_between_records_are_ignored(between: bytes) -> None:
    titles, bad = titles_and_faults(between.join(RECORDS) + between)
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
def test_file_without_records_is_named(raw: bytes, why: str) -> None:
    titles, (bad,) = titles_and_faults(raw)
    assert (titles, bad.number) == ([], 1)
    assert why in bad.fault


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"<collection/>"])
def test_empty_file_has_no_fault(raw: bytes) -> None:
    assert titles_and_faults(raw) == ([], [])
