"""Test records of Chinese libraries: CNMARC in GB 18030 and UTF-8, mixed files, damaged records."""

import io

import pytest
from pymarc import Field, Indicators, Record, Subfield

from hub.catalogue.marc import Bad, DescribedTitle, of_bytes, read
from hub.catalogue.marc_import import import_marc
from hub.catalogue.models import Title
from tests.hub.catalogue.marc_test import record as of_marc21

FIELDS = {
    "010": ["a9787530216781", "dCNY32.00"],
    "100": ["a20170301d2016    em y0chiy50      ea"],
    "101": ["achi"],
    "200": ["a呼兰河传", "e插图本", "f萧红著"],
    "606": ["a长篇小说", "y中国", "z现代"],
    "690": ["aI246.5", "v5"],
    "701": ["a萧红", "4著"],
    "856": ["uhttp://127.0.0.1:1/hulanhe.epub", "2电子书", "z馆内可读"],
    "905": ["aHBTSG", "dI246.5", "e4412"],
}


def cnmarc(encoding: str = "gb18030", **changed: list[str]) -> bytes:
    """Return a record as a Chinese ILS writes it, without its character set in the leader."""
    directory, data = b"", b""
    fields = {**FIELDS, **{tag.lstrip("f"): parts for tag, parts in changed.items()}}
    for tag, parts in {"001": [], **fields}.items():
        body = b"012016000042" if tag == "001" else b"4 " if tag == "856" else b"  "
        body += b"".join(b"\x1f" + part.encode(encoding) for part in parts) + b"\x1e"
        directory += f"{tag}{len(body):04}{len(data):05}".encode()
        data += body
    base = 24 + len(directory) + 1
    return f"{base + len(data) + 1:05}nam0 22{base:05}   450 ".encode() + directory + b"\x1e" + data + b"\x1d"


def one(raw: bytes) -> DescribedTitle:
    (found,) = read(io.BytesIO(raw))
    assert isinstance(found, DescribedTitle), found
    return found


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_record_is_read_in_either_character_set(encoding: str) -> None:
    book = one(cnmarc(encoding))
    assert (book.title, book.subtitle, book.author) == ("呼兰河传", "插图本", "萧红")
    assert (book.control_number, book.isbns, book.language, book.year) == (
        "012016000042", ("9787530216781",), "chi", 2016,
    )  # fmt: skip
    assert (book.clc, book.subject, book.call_number) == ("I246.5", "I", "I246.5/4412")


def test_record_is_kept_unchanged_and_can_be_read_again() -> None:
    raw = cnmarc()
    book = one(raw)
    assert book.record == raw
    assert "呼兰河传" in str(of_bytes(book.record))


def test_both_formats_can_be_mixed_in_one_file(db: None) -> None:
    file = io.BytesIO(cnmarc() + of_marc21("Dune /").as_marc() + cnmarc("utf-8", f200=["a生死场", "f萧红著"]))
    report = import_marc(file, lambda: None)
    assert (report.added, report.updated, report.bad) == (2, 0, []), (
        "the third record has the control number of the first"
    )
    assert set(Title.objects.values_list("title", flat=True)) == {"生死场", "Dune"}


def test_without_a_call_number_the_class_is_used() -> None:
    assert one(cnmarc(f905=["aHBTSG"])).call_number == "I246.5"


def test_record_without_title_is_named_and_the_next_is_read() -> None:
    bad, good = read(io.BytesIO(cnmarc(f200=["f萧红著"]) + cnmarc()))
    assert isinstance(bad, Bad) and (bad.number, bad.fault) == (1, "no title in field 245")
    assert isinstance(good, DescribedTitle)


def test_undecodable_characters_are_named() -> None:
    raw = cnmarc().replace("呼兰".encode("gb18030"), b"\xff\xff\xff\xff")
    (bad,) = read(io.BytesIO(raw))
    assert isinstance(bad, Bad) and "UnicodeDecodeError" in bad.fault


def test_marc21_call_number_is_read_from_field_852() -> None:
    marc_record = of_marc21()
    parts = [Subfield("h", "813.54"), Subfield("i", "HER")]
    marc_record.add_field(Field(tag="852", indicators=Indicators(" ", " "), subfields=parts))
    assert one(marc_record.as_marc()).call_number == "813.54 HER"


def test_marc21_record_is_read() -> None:
    marc_record: Record = of_marc21("Dune /")
    assert one(marc_record.as_marc()).title == "Dune"
